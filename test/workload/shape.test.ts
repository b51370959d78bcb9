import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { FINDINGS } from '../../src/workload/findings'
import { CITY_BY_TEXT, GEO_CITIES, GEO_STATES, STATE_BY_TEXT } from '../../src/workload/geo'
import { GOLD_COLUMNS, GOLD_KPIS } from '../../src/workload/gold-kpis'
import { QUERIES } from '../../src/workload/queries'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { bindRelations, renderGold, renderSilver } from '../../src/workload/render'
import { DERIVED_COLUMNS, FURTHER_COLUMNS, SILVER_COLUMNS } from '../../src/workload/silver-columns'
import { renderVerify } from '../../src/workload/verify'
import { type Duck, openDuck } from './duck'
import { createRaw } from './raw-rows'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
  await createRaw(duck, 'raw', [{}])
  const context = { dataClock: '2025-01-01', processedAt: '2026-01-02T03:04:05.678901Z' }
  await duck.run(`CREATE TABLE silver AS ${renderSilver(DUCKDB, context, { source: 'raw' })}`)
  await duck.run(`CREATE TABLE gold AS ${renderGold(DUCKDB, { source: 'silver' })}`)
})
afterAll(() => duck.close())

const names = (columns: readonly { name: string }[]) => columns.map(c => c.name)
const declared = (columns: readonly { name: string; type: keyof typeof TYPES }[]) =>
  Object.fromEntries(columns.map(c => [c.name, TYPES[c.type]]))
const TYPES = {
  long: 'BIGINT',
  int: 'INTEGER',
  double: 'DOUBLE',
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  string_list: 'VARCHAR[]',
}

describe('the workload', () => {
  test('has 41 raw, 32 derived and 9 further silver columns, 30 KPIs, 8 queries, no name twice', () => {
    expect(
      [RAW_COLUMNS, DERIVED_COLUMNS, FURTHER_COLUMNS, SILVER_COLUMNS, GOLD_KPIS, QUERIES].map(
        l => l.length,
      ),
    ).toEqual([41, 32, 9, 82, 30, 8])
    for (const columns of [SILVER_COLUMNS, GOLD_COLUMNS, FINDINGS]) {
      expect(new Set(names(columns)).size).toBe(columns.length)
    }
  })

  test('derived columns come in the order of the specification', () => {
    expect(names(DERIVED_COLUMNS).join(' ')).toBe(
      'email_clean phone_clean state_standardized city_standardized interaction_date interaction_hour interaction_day_of_week interaction_week_of_year interaction_month interaction_year is_weekend is_business_hours is_peak_hours customer_value_tier transaction_size_category engagement_score session_depth_category time_spent_category channel_preference lifetime_value_estimate customer_recency_score engagement_velocity churn_risk_indicator attribution_channel attribution_quality customer_journey_stage device_category browser_family interaction_context customer_segment_key silver_processing_timestamp data_quality_score',
    )
    expect(names(FURTHER_COLUMNS).join(' ')).toBe(
      'email_valid phone_valid geo_city geo_state geo_region geo_latitude geo_longitude quality_flags _ingested_at',
    )
  })

  test('declared types are those that DuckDB gives', async () => {
    expect(await duck.types('SELECT * FROM silver')).toEqual(declared(SILVER_COLUMNS))
    expect(await duck.types('SELECT * FROM gold')).toEqual(declared(GOLD_COLUMNS))
    for (const query of QUERIES) {
      const sql = bindRelations(query.render(DUCKDB), { silver: 'silver', gold: 'gold' })
      expect(await duck.types(sql), query.id).toEqual(declared(query.columns))
    }
  })

  test('every query but Q1 has a total order over its own columns, and one of five classes', () => {
    for (const query of QUERIES) {
      expect(query.order_by.length > 0).toBe(query.id !== 'Q1')
      expect(names(query.columns)).toEqual(
        expect.arrayContaining(query.order_by.map(k => k.column)),
      )
    }
    expect(Object.fromEntries(QUERIES.map(q => [q.id, q.class]))).toEqual({
      Q1: 'scan',
      Q2: 'filter_prune',
      Q4: 'filter_prune',
      Q3: 'aggregation',
      Q7: 'aggregation',
      Q5: 'analytics',
      Q6: 'analytics',
      Q9: 'operational',
    })
  })

  test('every city has a state, and every way to write either is folded', () => {
    expect(GEO_CITIES).toHaveLength(10)
    for (const city of GEO_CITIES) expect(GEO_STATES.map(s => s.code)).toContain(city.state)
    for (const text of [...CITY_BY_TEXT.keys(), ...STATE_BY_TEXT.keys()])
      expect(text).toBe(text.toLowerCase().trim())
  })

  test('verification never reads the payload, nor columns it does not check', () => {
    const { sql, reads, qualityFlagsSql } = renderVerify(DUCKDB, { source: 'raw' })
    for (const unread of [
      'interaction_payload',
      'session_fingerprint',
      'raw_user_agent',
      'session_id',
    ]) {
      expect(sql + qualityFlagsSql).not.toContain(unread)
      expect(reads).not.toContain(unread)
    }
  })
})

describe('placeholders', () => {
  test('only the exact ones are replaced, and `$` in a path stays', () => {
    const sql = "SELECT '{other}', {silver}.x FROM {silver}, {gold} -- {Silver} {silver }"
    expect(bindRelations(sql, { silver: "read('$&')", gold: 'g' })).toBe(
      "SELECT '{other}', read('$&').x FROM read('$&'), g -- {Silver} {silver }",
    )
  })

  test('a table that is not there is named', () => {
    expect(() => bindRelations('SELECT * FROM {bronze}', { silver: 's' })).toThrow('{bronze}')
  })
})

describe('literals', () => {
  test.each(["2024-01-01'; DROP TABLE x", '2024-1-1', '', '2024-01-01T00:00:00'])(
    '%j is no date',
    text => {
      expect(() => DUCKDB.dateLiteral(text)).toThrow(RangeError)
    },
  )

  test.each([
    '2024-01-01',
    "2024-01-01T00:00:00Z' OR 1",
    '2024-01-01T00:00:00+02:00',
    '2024-01-01T00:00:00.1234567Z',
  ])('%j is no timestamp in UTC', text =>
    expect(() => DUCKDB.timestampLiteral(text)).toThrow(RangeError),
  )
})
