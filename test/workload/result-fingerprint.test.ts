import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QueryFailedError } from '../../src/contracts/errors'
import type { CellValue } from '../../src/contracts/ports'
import { decimalText, resultFingerprint } from '../../src/workload/fingerprint'
import { QUERIES, type WorkloadQuery } from '../../src/workload/queries'

const q2 = QUERIES.find(q => q.id === 'Q2')!
const columnsOf = (query: WorkloadQuery) => query.columns.map(({ name }) => ({ name }))
const print = (rows: readonly (readonly CellValue[])[], query = q2) =>
  resultFingerprint(columnsOf(query), rows, query)

const rows = [
  ['2024-01-01', 'purchase', 15, 9, 1341.3],
  ['2024-01-01', 'browse', 46, 13, 0],
] as const

describe('the same answer has the same fingerprint', () => {
  test.each<[string, CellValue[][]]>([
    [
      'big integers',
      [
        ['2024-01-01', 'purchase', 15n, 9n, 1341.3],
        ['2024-01-01', 'browse', 46n, 13n, 0],
      ],
    ],
    [
      'text',
      [
        ['2024-01-01', 'purchase', '15', '9', '1341.30'],
        ['2024-01-01', 'browse', '46', '13', '0.0'],
      ],
    ],
    [
      'scientific text',
      [
        ['2024-01-01', 'purchase', '1.5E1', '9', '1.3413E3'],
        ['2024-01-01', 'browse', '46', '13', '0.0E0'],
      ],
    ],
    [
      'dates with a time',
      [
        ['2024-01-01T00:00:00', 'purchase', 15, 9, 1341.3],
        ['2024-01-01 00:00:00.000 UTC', 'browse', 46, 13, 0],
      ],
    ],
    [
      'noise below the rounding',
      [
        ['2024-01-01', 'purchase', 15, 9, 1341.3000000000002],
        ['2024-01-01', 'browse', 46, 13, -0],
      ],
    ],
  ])('%s', (_, spelled) => expect(print(spelled)).toBe(print(rows)))

  test('upper-case column names', () => {
    expect(
      resultFingerprint(
        q2.columns.map(c => ({ name: c.name.toUpperCase() })),
        rows,
        q2,
      ),
    ).toBe(print(rows))
  })

  test('any order of rows, where the query has none', () => {
    const query = { ...q2, order_by: [] }
    expect(print([rows[1], rows[0]], query)).toBe(print(rows, query))
  })
})

describe('another answer has another fingerprint', () => {
  test.each<[string, CellValue[][]]>([
    ['a cent', [[...rows[0].slice(0, 4), 1341.31], [...rows[1]]]],
    ['a count', [['2024-01-01', 'purchase', 16, 9, 1341.3], [...rows[1]]]],
    ['NULL for zero', [[...rows[0]], ['2024-01-01', 'browse', 46, 13, null]]],
    ['NULL for its text', [[...rows[0]], ['2024-01-01', '\\N', 46, 13, 0]]],
    ['NaN', [[...rows[0]], ['2024-01-01', 'browse', 46, 13, Number.NaN]]],
    ['infinite', [[...rows[0]], ['2024-01-01', 'browse', 46, 13, '-Infinity']]],
    ['the rows turned round', [[...rows[1]], [...rows[0]]]],
    ['a row missing', [[...rows[0]]]],
    ['a separator inside text', [['2024-01-01', 'purchase\t15', 15, 9, 1341.3], [...rows[1]]]],
  ])('%s', (_, other) => expect(print(other)).not.toBe(print(rows)))

  test('16 hex digits, for every query', () => {
    const prints = QUERIES.map(q => print([], q))
    for (const p of prints) expect(p).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set(prints).size).toBe(QUERIES.length)
  })
})

test('answers that cannot be those of the query are refused', () => {
  expect(() => resultFingerprint([{ name: 'x' }], [], q2)).toThrow(QueryFailedError)
  expect(() => print([['2024-01-01', 'a', 'many', 1, 1]])).toThrow(/interactions.*many/)
})

describe('decimal text', () => {
  test.each([
    ['1.005', 2, '1.01'],
    ['-1.005', 2, '-1.01'],
    ['-0.004', 2, '0.00'],
    ['32.5', 0, '33'],
    ['1e21', 1, '1000000000000000000000.0'],
    ['1e-7', 2, '0.00'],
    ['.5', 0, '1'],
    ['', 2, null],
    ['.', 2, null],
    ['1.2.3', 2, null],
    ['NaN', 2, null],
  ])('%s at %i is %s', (text, digits, expected) => expect(decimalText(text, digits)).toBe(expected))

  test('is what rounding by integers gives, whatever the spelling', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 12), max: 10 ** 12 }),
        fc.integer({ min: 0, max: 3 }),
        (thousandths, digits) => {
          const size = BigInt(Math.abs(thousandths))
          const unit = 10n ** BigInt(3 - digits)
          const units = (size * 2n + unit) / (2n * unit)
          const expected = Number(units) * (thousandths < 0 ? -1 : 1)
          const plain = decimalText(String(thousandths / 1000), digits)!
          expect(Math.round(Number(plain) * 10 ** digits) + 0).toBe(expected + 0)
          expect(decimalText((thousandths / 1000).toExponential(), digits)).toBe(plain)
        },
      ),
    )
  })
})
