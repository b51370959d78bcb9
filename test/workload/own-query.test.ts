import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError } from '../../src/contracts/errors'
import type { CellValue } from '../../src/contracts/ports'
import { defineQuery, type QueryDefinition } from '../../src/workload/benchmark-queries'
import { resultFingerprint } from '../../src/workload/fingerprint'

const sql = 'SELECT city, count(*) AS n FROM {silver} GROUP BY city'
const top = (more: Partial<QueryDefinition> = {}) =>
  defineQuery({ name: 'top_cities', sql, ...more })

test('the text is one SELECT, sorted and cut as the definition says, alike on every engine', () => {
  const query = top({ order_by: ['n desc', 'city'], limit: 10 })
  for (const dialect of ['duckdb', 'spark', 'trino'] as const)
    expect(query.forDialect(dialect).sql).toBe(
      `SELECT * FROM (\n${sql}\n) AS own\nORDER BY n DESC NULLS LAST, city ASC NULLS FIRST\nLIMIT 10`,
    )
  expect(top().forDialect('trino')).toMatchObject({
    name: 'top_cities',
    display_name: 'top_cities',
    class: 'own',
    sql: `SELECT * FROM (\n${sql}\n) AS own`,
  })
})

test('a text for each dialect is for that dialect alone', () => {
  const query = top({ sql: { duckdb: 'SELECT 1 AS n', trino: 'SELECT 2 AS n' } })
  expect(query.forDialect('trino').sql).toContain('SELECT 2')
  expect(() => query.forDialect('spark')).toThrow(
    /defineQuery\(top_cities\).*\n {2}sql\.spark: is needed/,
  )
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['a limit without an order', { limit: 10 }, /limit: needs order_by/],
  [
    'a limit that is no count',
    { limit: 0, order_by: ['n'] },
    /limit: must be a whole number from 1/,
  ],
  ['an order by an expression', { order_by: ['count(*) desc'] }, /order_by\[0\]: must be a column/],
  ['an order of another direction', { order_by: ['n', 'city down'] }, /order_by\[1\]: must be/],
  ['a key of an order that is no text', { order_by: [7] }, /order_by\[0\]: must be/],
  ['no text', { sql: ' ' }, /sql: must be a SELECT/],
  ['no dialect', { sql: {} }, /sql: must be a SELECT, or an object/],
  [
    'an unknown dialect',
    { sql: { postgres: 'SELECT 1' } },
    /sql\.postgres: is no dialect; there are/,
  ],
  ['two statements', { sql: 'SELECT 1; ' }, /sql: must be one statement/],
  ['a name for nobody', { name: 'top cities' }, /name: must be letters/],
  ['the name of a query of the workload', { name: 'Q1' }, /name: is a query of the workload/],
  ['a key that there is not', { orderby: ['n'] }, /orderby: .*Did you mean `order_by`/],
])('%s is refused with what would do', (_, more, text) => {
  expect(() => top(more as never)).toThrow(ConfigError)
  expect(() => top(more as never)).toThrow(text)
})

test('a definition needs a name and a text', () => {
  expect(() => defineQuery({} as never)).toThrow(/name: is needed\.\n {2}sql: is needed\./)
})

const answer = (type: string, ...values: CellValue[]) =>
  resultFingerprint(
    [{ name: 'x', type }],
    values.map(value => [value]),
    {
      order_by: [{ column: 'x', descending: false }],
    },
  )

test('an answer has one fingerprint, however engines type and spell it', () => {
  const twelve = answer('bigint', 12)
  for (const same of [
    answer('BIGINT', 12n),
    answer('HUGEINT', '12'),
    answer('decimal(38,2)', '12.00'),
    answer('DOUBLE', 12),
    answer('double', '1.2E1'),
    answer('UINTEGER', 12),
  ])
    expect(same).toBe(twelve)
  expect(answer('bigint', 13)).not.toBe(twelve)
  expect(answer('varchar', '12')).not.toBe(twelve)
  expect(answer('boolean', true)).toBe(answer('BOOLEAN', 'true'))
  expect(answer('date', '2024-01-02')).toBe(answer('DATE', '2024-01-02 00:00:00'))
  expect(answer('timestamp(6)', '2024-01-02 03:04:05')).toBe(
    answer('TIMESTAMP', '2024-01-02T03:04:05.000000'),
  )
  expect(answer('bigint', null)).toBe(answer('double', null))
  expect(answer('double', 'NaN')).toBe(answer('DOUBLE', Number.NaN))
  expect(answer('double', -0)).toBe(answer('bigint', 0))
})

test('doubles that engines add up in another order are one, those that differ by a millionth are not', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-3, max: 1e12 })
  fc.assert(
    fc.property(double, x => {
      fc.pre(Number(x.toPrecision(9)) === Number((x * (1 + 4e-16)).toPrecision(9)))
      expect(answer('double', x * (1 + 4e-16))).toBe(answer('double', x))
      expect(answer('double', x * 1.000001)).not.toBe(answer('double', x))
    }),
  )
})

test('rows in another order are the same answer only where the query has no order', () => {
  const columns = [{ name: 'n', type: 'bigint' }]
  const [up, down] = [
    [[1], [2]],
    [[2], [1]],
  ]
  const order_by = [{ column: 'n', descending: false }]
  expect(resultFingerprint(columns, up!)).toBe(resultFingerprint(columns, down!))
  expect(resultFingerprint(columns, up!, { order_by })).not.toBe(
    resultFingerprint(columns, down!, { order_by }),
  )
  expect(resultFingerprint(columns, [[1], [1]])).not.toBe(resultFingerprint(columns, [[1]]))
})
