import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { renderProfile, renderVerify } from '../../src/workload/verify'
import { type Duck, openDuck } from './duck'
import { GOLDEN, goldenStats } from './golden-corpus'

const stats = goldenStats()
const verify = renderVerify(DUCKDB, { source: GOLDEN.raw, window: GOLDEN.window })

let duck: Duck
let counts: Record<string, unknown>
beforeAll(async () => {
  duck = await openDuck()
  counts = (await duck.records(verify.sql))[0]!
})
afterAll(() => duck.close())

describe('verification of the golden corpus counts', () => {
  test.each([
    ['row_count', stats.rows.raw],
    ['finding_email_missing_at', stats.email_patterns.no_at_and_not_dot_at_dot!.rows],
    ['finding_email_uppercase', stats.email_patterns.upper_case!.rows],
    ['finding_email_whitespace', stats.email_patterns.surrounding_spaces!.rows],
    ['finding_email_double_at', stats.email_patterns.double_at!.rows],
    ['finding_email_missing_tld', stats.email_patterns.no_tld!.rows],
    ['finding_email_spelled_at', stats.email_patterns.dot_at_dot!.rows],
    ['finding_email_duplicate_marker', stats.email_patterns.duplicate_marker!.rows],
    ['finding_phone_plain_digits', stats.phone_patterns.ten_digits!.rows],
    ['finding_phone_dashed', stats.phone_patterns.plus1_dashes!.rows],
    ['finding_phone_truncated', stats.phone_patterns.six_digits!.rows],
    ['finding_phone_letter_o', stats.phone_patterns.letter_O!.rows],
    ['finding_state_variant', stats.state_patterns.not_in_clean_list!.rows],
    ['finding_city_misspelled', misspelledCities()],
    ['finding_city_unknown', 0],
    ['finding_state_unknown', 0],
    ['finding_timestamp_missing', 0],
    ['duplicate_event_ids', 0],
    ['outside_window', 0],
    ['nan_cart_value', stats.raw_nan.cart_value],
    ['negative_cart_value', 0],
    ['infinite_cart_value', 0],
    ['nulls_click_count', stats.raw_nulls.click_count],
    // Upper case and spaces are repaired by cleaning; the other four kinds are not.
    [
      'invalid_emails',
      stats.email_patterns.no_at!.rows +
        stats.email_patterns.double_at!.rows +
        stats.email_patterns.no_tld!.rows,
    ],
    ['invalid_phones', stats.phone_patterns.six_digits!.rows + stats.phone_patterns.letter_O!.rows],
  ])('%s = %i', (name, expected) => {
    expect(counts[name]).toBe(String(expected))
  })

  test('the range of event times', () => {
    expect(counts.min_timestamp).toBe(stats.event_timestamp.min.replace(' ', 'T'))
    expect(counts.max_timestamp).toBe(stats.event_timestamp.max.replace(' ', 'T'))
  })

  test('quality flags', async () => {
    const flags = Object.fromEntries(await duck.rows(verify.qualityFlagsSql))
    expect(flags).toEqual(
      Object.fromEntries(stats.data_quality_flag.map(([flag, rows]) => [flag, String(rows)])),
    )
  })

  test('rows per date', async () => {
    const dates = await duck.records(renderProfile(DUCKDB, { source: GOLDEN.raw }))
    expect(dates).toHaveLength(stats.event_timestamp.distinct_dates)
    expect(dates.reduce((sum, d) => sum + Number(d.row_count), 0)).toBe(stats.rows.raw)
    expect(dates.every(d => /^2024-0[1-3]-\d\d$/.test(String(d.event_date)))).toBe(true)
  })
})

function misspelledCities(): number {
  const known = [
    'New York',
    'NYC',
    'New York City',
    'Los Angeles',
    'LA',
    'Chicago',
    'Houston',
    'Phoenix',
    'Philadelphia',
    'Philly',
    'San Antonio',
    'San Diego',
    'Dallas',
    'San Jose',
  ]
  return stats.city_raw
    .filter(([city]) => !known.includes(city))
    .reduce((sum, [, rows]) => sum + rows, 0)
}
