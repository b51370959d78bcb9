import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { resultFingerprint } from '../../src/workload/fingerprint'
import { GOLD_COLUMNS } from '../../src/workload/gold-kpis'
import { QUERIES } from '../../src/workload/queries'
import { bindRelations, renderGold, renderSilver } from '../../src/workload/render'
import { DERIVED_COLUMNS, SILVER_COLUMNS } from '../../src/workload/silver-columns'
import { type Duck, openDuck } from './duck'
import { GOLDEN, goldenQueries, goldenStats } from './golden-corpus'

const CLOCK = ['customer_recency_score', 'silver_processing_timestamp']
const TIMELESS = DERIVED_COLUMNS.map(c => c.name).filter(name => !CLOCK.includes(name))
const golden = goldenQueries()
const tables = { silver: 'silver', gold: 'gold' }

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
  const context = { dataClock: '2024-03-31', processedAt: '2026-01-02T03:04:05.678901Z' }
  await duck.run(`CREATE TABLE silver AS ${renderSilver(DUCKDB, context, { source: GOLDEN.raw })}`)
  await duck.run(`CREATE TABLE gold AS ${bindRelations(renderGold(DUCKDB), tables)}`)
  await duck.run(`CREATE VIEW expected_silver AS SELECT * FROM ${GOLDEN.silver}`)
  await duck.run(`CREATE VIEW expected_gold AS SELECT * FROM ${GOLDEN.gold}`)
})
afterAll(() => duck.close())

/** Keys of rows where two tables differ in one column, with both values; at most a few. */
const differences = (column: string, [ours, theirs]: [string, string], key: string) =>
  duck.records(`SELECT ${key} AS key, o.${column} AS ours, e.${column} AS expected
    FROM ${ours} o FULL JOIN ${theirs} e USING (${key})
    WHERE o.${column} IS DISTINCT FROM e.${column} ORDER BY 1 LIMIT 5`)

describe('silver', () => {
  test('30 columns do not depend on the clock, and the table has the rows that pass the filter', async () => {
    expect(TIMELESS).toHaveLength(30)
    expect(await duck.names('SELECT * EXCLUDE (id, row_id) FROM expected_silver')).toEqual(TIMELESS)
    expect(await duck.rows('SELECT count(*) FROM silver')).toEqual([
      [String(goldenStats().rows.silver)],
    ])
  })

  test.each(TIMELESS)('%s', async column => {
    expect(await differences(column, ['silver', 'expected_silver'], 'id')).toEqual([])
  })

  test('raw columns pass through unchanged', async () => {
    const raw = SILVER_COLUMNS.slice(0, 41)
      .map(c => c.name)
      .join(', ')
    const rest = `SELECT ${raw} FROM silver EXCEPT ALL SELECT ${raw} FROM ${GOLDEN.raw} WHERE data_quality_flag <> 'duplicate_suspected'`
    expect(await duck.rows(`SELECT count(*) FROM (${rest})`)).toEqual([['0']])
  })

  test('customer_recency_score counts back from the data clock', async () => {
    const range = 'SELECT min(customer_recency_score), max(customer_recency_score) FROM silver'
    // 2024-01-01 is 90 days before the clock, 2024-03-30 one.
    expect(await duck.rows(range)).toEqual([[-60, 29]])
  })

  test.each([
    [2021, 0.4687],
    [6415, 4.0601],
    [7342, 4.2187],
    [7421, 7.3771],
  ])('engagement_velocity of id %i is rounded twice', async (id, expected) => {
    expect(await duck.rows(`SELECT engagement_velocity FROM silver WHERE id = ${id}`)).toEqual([
      [expected],
    ])
  })
})

describe('gold', () => {
  test('has one row a date', async () => {
    expect(await duck.rows('SELECT count(*) FROM gold')).toEqual([
      [String(goldenStats().rows.gold)],
    ])
    expect(await duck.names('SELECT * FROM expected_gold')).toEqual(GOLD_COLUMNS.map(c => c.name))
  })

  test.each(GOLD_COLUMNS.slice(1).map(c => c.name))('%s', async column => {
    expect(await differences(column, ['gold', 'expected_gold'], 'interaction_date')).toEqual([])
  })

  test.each([
    ['avg_satisfaction_score', '2024-01-19', 2.88],
    ['avg_engagement_score', '2024-02-09', 1.68],
    ['avg_engagement_score', '2024-02-23', 1.38],
    ['avg_transaction_value', '2024-02-28', 27.8],
    ['avg_satisfaction_score', '2024-03-11', 2.88],
    ['avg_satisfaction_score', '2024-03-28', 2.88],
  ])('%s of %s is an exact half and goes up', async (column, date, expected) => {
    expect(
      await duck.rows(`SELECT ${column} FROM gold WHERE interaction_date = '${date}'`),
    ).toEqual([[expected]])
  })
})

describe('queries', () => {
  test('run in the order of the reference', () => {
    expect(QUERIES.map(q => q.id)).toEqual(golden.execution_order)
  })

  test.each(QUERIES)('$name', async query => {
    const expected = golden.queries[query.id]!
    const sql = bindRelations(query.render(DUCKDB), tables)
    const columns = (await duck.names(sql)).map(name => ({ name }))
    const rows = await duck.rows(sql)
    const plain = rows.map(row =>
      row.map((v, i) => (v !== null && query.columns[i]?.type === 'long' ? Number(v) : v)),
    )
    expect(query.name).toBe(expected.name)
    expect(columns.map(c => c.name)).toEqual(expected.columns)
    expect(plain).toEqual(expected.rows)
    expect(resultFingerprint(columns, rows, query)).toBe(
      resultFingerprint(columns, expected.rows, query),
    )
  })

  test('exact halves go up', () => {
    const cell = (id: string, column: string, key: (row: readonly unknown[]) => boolean) =>
      golden.queries[id]!.rows.find(key)![golden.queries[id]!.columns.indexOf(column)]
    expect(cell('Q3', 'avg_engagement', r => r[0] === 'low_value' && r[1] === 'mobile_first')).toBe(
      3.05,
    )
    expect(cell('Q5', 'dau_ma7', r => r[0] === '2024-01-04')).toBe(33)
  })

  test('order keys are those of the corpus, made total where it leaves ties', () => {
    for (const query of QUERIES) {
      const keys = query.order_by.map(k => (k.descending ? `${k.column} desc` : k.column))
      const expected = golden.queries[query.id]!.order_by.map(k => k.replace(' nulls last', ''))
      expect(keys.slice(0, expected.length)).toEqual(expected)
    }
  })
})
