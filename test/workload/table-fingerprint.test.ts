import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import {
  CLOCK_COLUMNS,
  renderTableFingerprint,
  UNREAD_COLUMNS,
} from '../../src/workload/fingerprint'
import { renderSilver } from '../../src/workload/render'
import { SILVER_COLUMNS } from '../../src/workload/silver-columns'
import { type Duck, openDuck } from './duck'
import { GOLDEN } from './golden-corpus'

const LEFT_OUT = [...CLOCK_COLUMNS, ...UNREAD_COLUMNS]
const ROWS = 500
let duck: Duck

/** Of the 500 first golden rows, or of SQL over them. */
const digest = async (source = 'silver', exclude?: readonly string[]) => {
  const sql = renderTableFingerprint(DUCKDB, {
    source,
    columns: SILVER_COLUMNS,
    ...(exclude && { exclude }),
  })
  return (await duck.rows(sql))[0]![0]
}

beforeAll(async () => {
  duck = await openDuck()
  const context = { dataClock: '2024-03-31', processedAt: '2026-01-02T03:04:05.678901Z' }
  await duck.run(
    `CREATE TABLE silver AS SELECT * FROM (${renderSilver(DUCKDB, context, { source: GOLDEN.raw })}) WHERE id < ${ROWS}`,
  )
})
afterAll(() => duck.close())

/** Another value of a column's type in one row. */
const OTHER: Record<string, (column: string) => string> = {
  long: c => `COALESCE(${c}, 0) + 1`,
  int: c => `COALESCE(${c}, 0) + 1`,
  double: c => `CASE WHEN isfinite(${c}) THEN ${c} + 0.0001 ELSE 0 END`,
  string: c => `concat(${c}, 'x')`,
  boolean: c => `NOT ${c}`,
  date: c => `CAST(${c} + INTERVAL 1 DAY AS DATE)`,
  timestamp: c => `${c} + INTERVAL 1 MICROSECOND`,
  string_list: c => `list_append(${c}, 'x')`,
}

describe('a table fingerprint', () => {
  test('does not depend on the order of rows', async () => {
    expect(await digest('(SELECT * FROM silver ORDER BY event_id DESC)')).toBe(await digest())
  })

  test('of the golden rows is always this one; another value means another canonical form or another transform', async () => {
    expect(await digest()).toBe('cc9c02b2f635fafcf9e2b9ac9ea85636')
  })

  test.each(SILVER_COLUMNS.filter(c => !LEFT_OUT.includes(c.name)))(
    'changes with one value of $name',
    async ({ name, type }) => {
      const changed = `(SELECT * REPLACE (CASE WHEN id = 3 THEN ${OTHER[type]!(name)} ELSE ${name} END AS ${name}) FROM silver)`
      expect(await digest(changed)).not.toBe(await digest())
    },
  )

  test.each(['email_clean', 'loyalty_member', 'transaction_amount', 'interaction_date'])(
    'tells NULL in %s',
    async name => {
      const changed = `(SELECT * REPLACE (CASE WHEN id <> 3 THEN ${name} END AS ${name}) FROM silver)`
      expect(await digest(changed)).not.toBe(await digest())
    },
  )

  test.each(LEFT_OUT)('does not change with %s, unless told to', async name => {
    const { type } = SILVER_COLUMNS.find(c => c.name === name)!
    const changed = `(SELECT * REPLACE (${OTHER[type]!(name)} AS ${name}) FROM silver)`
    expect(await digest(changed)).toBe(await digest())
    expect(await digest(changed, [])).not.toBe(await digest('silver', []))
  })

  test('changes with a row missing, and with two rows in place of one', async () => {
    const prints = [
      await digest(),
      await digest('(SELECT * FROM silver WHERE id <> 3)'),
      await digest('(FROM silver UNION ALL FROM silver WHERE id = 3)'),
      await digest('(FROM silver WHERE false)'),
    ]
    expect(new Set(prints).size).toBe(4)
  })

  test('swapped values of two columns or two rows do not cancel out', async () => {
    const columns = '(SELECT * REPLACE (city_raw AS state_raw, state_raw AS city_raw) FROM silver)'
    const swapped =
      '(SELECT * REPLACE (CASE id WHEN 3 THEN 4 WHEN 4 THEN 3 ELSE id END AS id) FROM silver)'
    expect(await digest(columns)).not.toBe(await digest())
    expect(await digest(swapped)).not.toBe(await digest())
  })

  test('takes -0 for 0, and tells NaN, infinities and NULL apart', async () => {
    const one = (value: string) =>
      digest(`(SELECT * REPLACE (${value}::DOUBLE AS cart_value) FROM silver WHERE id = 3)`)
    expect(await one('-0.0')).toBe(await one('0.0'))
    const prints = await Promise.all(
      ["'NaN'", "'Infinity'", "'-Infinity'", 'NULL', '0.0', '1e300', '-1e300'].map(one),
    )
    expect(new Set(prints).size).toBe(prints.length)
  })

  test('is what its description says: halves of the rows’ MD5, summed', async () => {
    const columns = [
      { name: 'a', type: 'int' },
      { name: 'b', type: 'double' },
      { name: 'c', type: 'date' },
      { name: 'd', type: 'string_list' },
      { name: 'e', type: 'boolean' },
      { name: 'f', type: 'timestamp' },
      { name: 'g', type: 'string' },
    ] as const
    const source = `(VALUES
      (1, 0.25::DOUBLE, DATE '1970-01-03', ['x', 'y'], true, TIMESTAMP '1970-01-01 00:00:01', 'é'),
      (NULL, 'NaN'::DOUBLE, DATE '1969-12-31', [], false, NULL, '')) AS t(a, b, c, d, e, f, g)`
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    const rows = ['1␟250000␟2␟x,y␟t␟1000000␟é', '␀␟nan␟-1␟␟f␟␀␟'].map(md5)
    const total = (from: number) =>
      rows.reduce((sum, h) => sum + BigInt(`0x${h.slice(from, from + 15)}`), 0n)
    const [row] = await duck.rows(renderTableFingerprint(DUCKDB, { source, columns }))
    expect(row![0]).toBe(md5(`2-${total(0)}-${total(16)}`))
  })
})
