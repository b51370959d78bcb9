import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { meanOfDoubles } from '../../src/workload/gold-kpis'
import { type Duck, openDuck } from './duck'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const sum = `${DUCKDB.sum('x')}`
const rounded = (expression: string, digits: number) =>
  `(SELECT ${DUCKDB.roundAggregate('v', digits)} FROM (SELECT ${expression} AS v FROM t))`

describe('sums and means of doubles', () => {
  test('of cents are exact, HALF_UP, whatever the order of rows', async () => {
    const amounts = fc.array(fc.integer({ min: -99_999_999, max: 99_999_999 }), {
      minLength: 1,
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(amounts, async cents => {
        const exact = cents.reduce((total, c) => total + BigInt(c), 0n)
        for (const order of [cents, [...cents].reverse()]) {
          await duck.run(
            `CREATE OR REPLACE TABLE t AS SELECT x::DOUBLE AS x FROM (VALUES ${order.map(c => `(${c / 100})`).join(', ')}) AS v(x)`,
          )
          const [[total, mean]] = (await duck.rows(
            `SELECT ${rounded(sum, 2)}, ${rounded(meanOfDoubles(DUCKDB, 'x'), 2)}`,
          )) as [[number, number]]
          expect(Math.round(total * 100) + 0).toBe(Number(exact) + 0)
          expect(Math.round(mean * 100) + 0).toBe(halfUp(exact, BigInt(cents.length)))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('of a million rows are exact to the cent', async () => {
    await duck.run(
      'CREATE OR REPLACE TABLE t AS SELECT (i * 7919 % 1000003) / 100 AS x FROM range(1000003) AS r(i)',
    )
    // Every residue once: 0.00 + 0.01 + … + 10000.02.
    expect(await duck.rows(`SELECT ${rounded(sum, 2)}`)).toEqual([[(1000003 * 1000002) / 2 / 100]])
  })

  test.each([
    ["'Infinity'", '1', 'Infinity'],
    ["'Infinity'", "'-Infinity'", 'NaN'],
    ["'NaN'", '1', 'NaN'],
    ['1e308', '1e308', 'Infinity'],
    ['NULL', 'NULL', null],
    ['1e20', '1', 1e20],
    ['1234567.345', '0', 1234567.35],
  ])('%s + %s = %s', async (a, b, expected) => {
    await duck.run(
      `CREATE OR REPLACE TABLE t AS SELECT x::DOUBLE AS x FROM (VALUES ((${a})::DOUBLE), ((${b})::DOUBLE)) AS v(x)`,
    )
    expect(await duck.rows(`SELECT ${rounded(sum, 2)}`)).toEqual([[expected]])
  })
})

/** a / n HALF_UP, away from zero. */
function halfUp(a: bigint, n: bigint): number {
  const size = a < 0n ? -a : a
  const quotient = Number((2n * size + n) / (2n * n))
  return (a < 0n ? -quotient : quotient) + 0
}
