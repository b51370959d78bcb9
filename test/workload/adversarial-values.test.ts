import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnType } from '../../src/contracts/tables'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { renderTableFingerprint } from '../../src/workload/fingerprint'
import { GOLD_COLUMNS } from '../../src/workload/gold-kpis'
import { QUERIES } from '../../src/workload/queries'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { bindRelations, renderGold, renderSilver } from '../../src/workload/render'
import { SILVER_COLUMNS } from '../../src/workload/silver-columns'
import { renderProfile, renderVerify } from '../../src/workload/verify'
import { type Duck, openDuck } from './duck'
import { createRaw, type RawValues } from './raw-rows'

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const timestamp = (text: string) => `TIMESTAMP '${text}'`

const NASTY: Record<ColumnType, readonly string[]> = {
  long: ['NULL', '0', '-1', '9223372036854775807', '-9223372036854775808'],
  int: ['NULL', '0', '-1', '1', '61', '2147483647', '-2147483648'],
  double: [
    'NULL',
    "'NaN'",
    "'Infinity'",
    "'-Infinity'",
    '1e308',
    '-1e308',
    '-0.0',
    '5e-324',
    '1.005',
    '-0.005',
    '1e20',
    '1e30',
  ],
  string: [
    'NULL',
    ...[
      '',
      ' ',
      "'",
      '@',
      '.',
      '%_',
      '\\',
      'İΑΣ@ΟΔΟΣ.ΑΣ',
      'straße',
      'ﬁﬀ',
      '👩‍👩‍👧‍👦',
      'e\u0301\u0301',
      '\u202eabc',
      '\u00a0a\u00a0',
      '\t\n',
      '١٢٣٤٥٦٧٨٩٠',
      'x'.repeat(10_000),
      '{silver}',
      '$1 \\1',
    ].map(quoted),
    "chr(0) || 'a'",
  ],
  boolean: ['NULL', 'true', 'false'],
  date: [],
  timestamp: [
    'NULL',
    ...[
      'infinity',
      '-infinity',
      '0044-03-15 (BC) 12:00:00',
      '290309-12-22 (BC) 00:00:00',
      '294247-01-10 04:00:54.775806',
      '9999-12-31 23:59:59.999999',
      '0001-01-01 00:00:00',
      '1969-12-31 23:59:59.999999',
      '2024-02-29 00:00:00',
    ].map(timestamp),
  ],
  string_list: [],
}

const single: RawValues[] = RAW_COLUMNS.flatMap(c =>
  NASTY[c.type].map(value => ({ [c.name]: value })),
)
const pairs: RawValues[] = [
  ...NASTY.double.flatMap(transaction_amount =>
    NASTY.int.map(points_earned => ({ transaction_amount, points_earned })),
  ),
  ...NASTY.int.flatMap(page_views =>
    NASTY.int.map(time_on_site_seconds => ({ page_views, time_on_site_seconds })),
  ),
]
const allNull: RawValues = Object.fromEntries(
  RAW_COLUMNS.map(c => [c.name, c.name === 'data_quality_flag' ? "'clean'" : 'NULL']),
)

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

/** Everything that the embedded engine would run on these rows. */
async function wholePipeline(
  rows: readonly RawValues[],
): Promise<{ silver: number; gold: number }> {
  await createRaw(duck, 'raw', rows)
  const verify = renderVerify(DUCKDB, {
    source: 'raw',
    window: { start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' },
  })
  const [counts] = await duck.records(verify.sql)
  expect(counts!.row_count).toBe(String(rows.length))
  await duck.rows(verify.qualityFlagsSql)
  await duck.rows(renderProfile(DUCKDB, { source: 'raw' }))
  const context = { dataClock: '2025-01-01', processedAt: '2026-01-01T00:00:00Z' }
  await duck.run(
    `CREATE OR REPLACE TABLE silver AS ${renderSilver(DUCKDB, context, { source: 'raw' })}`,
  )
  await duck.run(`CREATE OR REPLACE TABLE gold AS ${renderGold(DUCKDB, { source: 'silver' })}`)
  for (const query of QUERIES)
    await duck.rows(bindRelations(query.render(DUCKDB), { silver: 'silver', gold: 'gold' }))
  for (const [source, columns] of [
    ['silver', SILVER_COLUMNS],
    ['gold', GOLD_COLUMNS],
  ] as const) {
    const [row] = await duck.rows(renderTableFingerprint(DUCKDB, { source, columns }))
    expect(row![0]).toMatch(/^[0-9a-f]{32}$/)
  }
  const [[silver], [gold]] = [
    (await duck.rows('SELECT count(*) FROM silver'))[0]!,
    (await duck.rows('SELECT count(*) FROM gold'))[0]!,
  ]
  return { silver: Number(silver), gold: Number(gold) }
}

describe('no value in any column makes a statement fail', () => {
  test(`${single.length} values one at a time and ${pairs.length} pairs, in one table`, async () => {
    const rows = [...single, ...pairs, allNull, {}]
    const { silver } = await wholePipeline(rows)
    // Only a NULL flag is dropped.
    expect(silver).toBe(rows.length - 1)
  })

  test.each(NASTY.timestamp)('only the time %s', async event_timestamp => {
    expect(
      await wholePipeline([{ event_timestamp }, { event_timestamp, customer_id: '8' }]),
    ).toEqual({
      silver: 2,
      gold: 1,
    })
  })

  test.each(NASTY.double)('only the amount %s', async transaction_amount => {
    expect(await wholePipeline([{ transaction_amount }])).toEqual({ silver: 1, gold: 1 })
  })

  test('only NULLs', async () =>
    expect(await wholePipeline([allNull])).toEqual({ silver: 1, gold: 1 }))

  test('no rows', async () => expect(await wholePipeline([])).toEqual({ silver: 0, gold: 0 }))
})

test('verification counts NaN, infinite, negative, missing, repeated and late values', async () => {
  await createRaw(duck, 'raw', [
    { transaction_amount: "'NaN'", event_id: 'NULL' },
    { transaction_amount: "'-Infinity'", event_id: 'NULL' },
    { cart_value: "'Infinity'", points_earned: '-5', event_id: "'a'" },
    { event_timestamp: 'NULL', event_id: "'a'" },
    { event_timestamp: timestamp('2025-01-01 00:00:00'), event_id: "'a'" },
    { event_timestamp: timestamp('2023-12-31 23:59:59.999999'), event_id: "'b'" },
    { event_timestamp: timestamp('2024-01-01 00:00:00'), customer_id: 'NULL', event_id: "'c'" },
  ])
  const window = { start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' }
  const { sql } = renderVerify(DUCKDB, { source: 'raw', window })
  expect((await duck.records(sql))[0]).toMatchObject({
    row_count: '7',
    nan_transaction_amount: '1',
    infinite_transaction_amount: '1',
    negative_transaction_amount: '1',
    infinite_cart_value: '1',
    negative_points_earned: '1',
    nulls_event_id: '2',
    nulls_event_timestamp: '1',
    nulls_customer_id: '1',
    finding_timestamp_missing: '1',
    duplicate_event_ids: '2',
    outside_window: '2',
    min_timestamp: '2023-12-31T23:59:59.999999',
    max_timestamp: '2025-01-01T00:00:00.000000',
  })
})

test('NULL inputs give what the reference gives', async () => {
  await createRaw(duck, 'raw', [allNull])
  const context = { dataClock: '2025-01-01', processedAt: '2026-01-01T00:00:00Z' }
  const [row] = await duck.records(renderSilver(DUCKDB, context, { source: 'raw' }))
  expect(row).toMatchObject({
    email_clean: null,
    phone_clean: null,
    interaction_date: null,
    is_weekend: null,
    is_business_hours: null,
    is_peak_hours: null,
    customer_value_tier: 'browser_only',
    transaction_size_category: 'none',
    engagement_score: 4,
    session_depth_category: 'bounce',
    time_spent_category: 'none',
    channel_preference: 'omnichannel',
    lifetime_value_estimate: null,
    customer_recency_score: null,
    engagement_velocity: null,
    churn_risk_indicator: 'unknown_risk',
    attribution_channel: 'direct',
    attribution_quality: 'low',
    customer_journey_stage: 'other',
    device_category: 'desktop',
    browser_family: 'other',
    interaction_context: '',
    customer_segment_key: 'browser_only:omnichannel',
    data_quality_score: 1,
    email_valid: false,
    phone_valid: false,
    geo_city: null,
    geo_state: null,
    geo_region: null,
    geo_latitude: null,
    quality_flags: ['timestamp_missing'],
  })
})
