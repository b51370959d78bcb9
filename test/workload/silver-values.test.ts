import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { renderSilver } from '../../src/workload/render'
import { type Duck, openDuck } from './duck'
import { createRaw, type RawValues } from './raw-rows'

const CONTEXT = { dataClock: '2025-01-01', processedAt: '2026-01-02T03:04:05.678901Z' }

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

/** Columns of the silver rows that raw rows become, in their order. */
async function silver(rows: readonly RawValues[], columns: readonly string[]) {
  await createRaw(
    duck,
    'raw',
    rows.map((row, i) => ({ ...row, id: String(i) })),
  )
  return duck.rows(
    `SELECT ${columns.join(', ')} FROM (${renderSilver(DUCKDB, CONTEXT, { source: 'raw' })}) ORDER BY id`,
  )
}

const text = (value: string) => `'${value.replaceAll("'", "''")}'`
const quality = async (row: RawValues) => (await silver([row], ['quality_flags']))[0]![0]

describe('email', () => {
  test.each([
    ['  User1.DUPLICATE@Gmail.com  ', 'user1@gmail.com'],
    ['\tA@b.c', '\ta@b.c'],
    ['a.duplicate@x.y ', 'a@x.y'],
    [' .duplicate a@x.y', ' a@x.y'],
    ['İ@X.Y', 'i\u0307@x.y'],
    // A full stop between letters does not end the word.
    ['ΟΔΟΣ@ΟΣ.ΑΣ', 'οδος@οσ.ας'],
    ['ΣΑΣ Σ', 'σας σ'],
  ])('%j becomes %j', async (raw, clean) => {
    expect(await silver([{ email_raw: text(raw) }], ['email_clean'])).toEqual([[clean]])
  })

  test('lower case is that of the full Unicode rules', async () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."aZİıßẞΣσςΑά.:'@- 1ÀÉ\u0301\u00adʰ😀"),
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(letters, { minLength: 20, maxLength: 40 }), async texts => {
        const rows = texts.map((t, i) => `(${i}, ${text(t)})`).join(', ')
        const got = await duck.rows(
          `SELECT ${DUCKDB.lower('x')} FROM (VALUES ${rows}) AS t(i, x) ORDER BY i`,
        )
        expect(got.map(([v]) => v)).toEqual(texts.map(t => t.toLowerCase()))
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ['user1@gmail.com', true],
    ['USER1@GMAIL.COM', true],
    ['  user1@gmail.com  ', true],
    ['user1.DUPLICATE@gmail.com', true],
    ['user1gmail.com', false],
    ['user1@@gmail.com', false],
    ['user1@gmail', false],
    ['user1.at.gmail.com', false],
    ['us er@gmail.com', false],
    ['user@gmail.', false],
    ['@gmail.com', false],
    ['ö@exämple.org', true],
    ['', false],
  ])('%j is valid: %s', async (raw, valid) => {
    expect(await silver([{ email_raw: text(raw) }], ['email_valid'])).toEqual([[valid]])
  })
})

describe('phone', () => {
  test.each([
    ['+12125550123', '+12125550123', true],
    ['(212) 555-0123', '+12125550123', true],
    ['2125550123', '+12125550123', true],
    ['+1-212-555-0123', '+12125550123', true],
    ['212555', '212555', false],
    ['212555O123', '212555123', false],
    ['1125550123', '+11125550123', false],
    ['+442071234567', '442071234567', false],
    ['٢١٢٥٥٥٠١٢٣', '', false],
    ['', '', false],
  ])('%j becomes %j, valid: %s', async (raw, clean, valid) => {
    expect(await silver([{ phone_raw: text(raw) }], ['phone_clean', 'phone_valid'])).toEqual([
      [clean, valid],
    ])
  })
})

describe('city and state', () => {
  test.each([
    ['Chicgao', 'Ill.', ['Chicgao', 'ILL.', 'Chicago', 'IL', 'Midwest', 41.8781, -87.6298]],
    ['NYC', 'new york', ['New York', 'NY', 'New York', 'NY', 'Northeast', 40.7128, -74.006]],
    [
      'Newyork City',
      'N.Y.',
      ['Newyork City', 'N.Y.', 'New York', 'NY', 'Northeast', 40.7128, -74.006],
    ],
    ['La', 'Calif.', ['Los Angeles', 'CALIF.', 'Los Angeles', 'CA', 'West', 34.0522, -118.2437]],
    ['Atlantis', 'Tex.', ['Atlantis', 'TEX.', null, 'TX', 'South', null, null]],
    ['Dallas', 'Groß', ['Dallas', 'GROSS', 'Dallas', 'TX', 'South', 32.7767, -96.797]],
    ['Atlantis', 'Mars', ['Atlantis', 'MARS', null, null, null, null, null]],
  ])('%j, %j', async (city, state, expected) => {
    const columns =
      'city_standardized state_standardized geo_city geo_state geo_region geo_latitude geo_longitude'.split(
        ' ',
      )
    expect(await silver([{ city_raw: text(city), state_raw: text(state) }], columns)).toEqual([
      expected,
    ])
  })

  test('upper case is that of the full Unicode rules for every character that becomes longer', async () => {
    const characters = Array.from({ length: 0xffff }, (_, i) => String.fromCharCode(i + 1)).filter(
      c => [...c.toUpperCase()].length > 1,
    )
    expect(characters.length).toBeGreaterThan(100)
    const rows = characters.map((c, i) => `(${i}, ${text(`x${c}y`)})`).join(', ')
    const got = await duck.rows(
      `SELECT ${DUCKDB.upper('x')} FROM (VALUES ${rows}) AS t(i, x) ORDER BY i`,
    )
    expect(got.map(([v]) => v)).toEqual(characters.map(c => `x${c}y`.toUpperCase()))
  })
})

describe('rounding', () => {
  test.each([
    ['1.005', 0, 1.01],
    ['-1.005', 0, -1.01],
    ['2.675', 0, 2.68],
    ['0.125', 0, 0.13],
    ['10.55', 155, 12.19],
    // The product in doubles is not the exact one.
    ['1e15', 1, 1000999999999999.9],
    ['1e20', 0, 1e20],
    ['1e308', 2147483647, Number.POSITIVE_INFINITY],
    ['-0.0', 5, 0],
  ])('lifetime value of %s with %i points is %d', async (transaction_amount, points, expected) => {
    const rows = await silver(
      [{ transaction_amount, points_earned: String(points) }],
      ['lifetime_value_estimate'],
    )
    expect(Number(rows[0]![0]) + 0).toBe(expected)
  })

  test('lifetime value is HALF_UP on the shortest text of the product', async () => {
    const row = fc.record({
      cents: fc.integer({ min: 0, max: 999_999 }),
      points: fc.integer({ min: 0, max: 100_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 100, maxLength: 200 }), async cases => {
        const rows = cases.map(c => ({
          transaction_amount: `${c.cents / 100}::DOUBLE`,
          points_earned: String(c.points),
        }))
        const got = await silver(rows, ['lifetime_value_estimate'])
        expect(got.map(([v]) => v)).toEqual(
          cases.map(c => roundText((c.cents / 100) * ((c.points + 1000) / 1000), 2)),
        )
      }),
      { numRuns: 5 },
    )
  })

  test('engagement velocity is rounded at 6 and then at 4 decimals', async () => {
    const row = fc.record({
      views: fc.integer({ min: -50, max: 5000 }),
      seconds: fc.integer({ min: -10, max: 1_000_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 100, maxLength: 200 }), async cases => {
        const rows = cases.map(c => ({
          page_views: String(c.views),
          time_on_site_seconds: String(c.seconds),
        }))
        const got = await silver(rows, ['engagement_velocity'])
        expect(got.map(([v]) => Number(v) + 0)).toEqual(
          cases.map(c => velocity(c.views, c.seconds)),
        )
      }),
      { numRuns: 5 },
    )
  })
})

describe('findings in a row', () => {
  test.each<[string, string, string[]]>([
    ['email_raw', 'user1gmail.com', ['email_missing_at']],
    ['email_raw', 'USER1@GMAIL.COM', ['email_uppercase']],
    ['email_raw', '  user1@gmail.com  ', ['email_whitespace']],
    ['email_raw', 'user1@@gmail.com', ['email_double_at']],
    ['email_raw', 'user1@gmail', ['email_missing_tld']],
    ['email_raw', 'user1.at.gmail.com', ['email_spelled_at']],
    ['email_raw', 'user1.DUPLICATE@gmail.com', ['email_duplicate_marker']],
    ['email_raw', 'USER1.DUPLICATE@GMAIL.COM', ['email_uppercase', 'email_duplicate_marker']],
    ['email_raw', 'me.at.work@gmail.com', []],
    ['phone_raw', '2125550123', ['phone_plain_digits']],
    ['phone_raw', '+1-212-555-0123', ['phone_dashed']],
    ['phone_raw', '212555', ['phone_truncated']],
    ['phone_raw', '212555O123', ['phone_letter_o']],
    ['phone_raw', '(212) 555-0123', []],
    ['city_raw', 'Chicgao', ['city_misspelled']],
    ['city_raw', 'La', ['city_misspelled']],
    ['city_raw', 'LA', []],
    ['city_raw', 'Atlantis', ['city_unknown']],
    ['state_raw', 'Ill.', ['state_variant']],
    ['state_raw', 'illinois', ['state_variant']],
    ['state_raw', 'Illinois', []],
    ['state_raw', 'Mars', ['state_unknown']],
  ])('%s %j', async (column, value, expected) => {
    expect(await quality({ [column]: text(value) })).toEqual(expected)
  })

  test('a missing time', async () =>
    expect(await quality({ event_timestamp: 'NULL' })).toEqual(['timestamp_missing']))
})

test('dates: Sunday is 1, weeks are ISO, the clock stands for today', async () => {
  const columns =
    'interaction_day_of_week interaction_week_of_year interaction_year is_weekend is_business_hours is_peak_hours customer_recency_score'
  const rows = await silver(
    [
      { event_timestamp: "TIMESTAMP '2024-12-29 17:59:59'" },
      { event_timestamp: "TIMESTAMP '2024-12-30 18:00:00'" },
    ],
    columns.split(' '),
  )
  expect(rows).toEqual([
    [1, 52, 2024, true, true, false, 27],
    [2, 1, 2024, false, false, true, 28],
  ])
})

test('both clocks carry the moment of the run, and rows of other flags stay', async () => {
  await createRaw(duck, 'raw', [
    { data_quality_flag: "'duplicate_suspected'" },
    { data_quality_flag: 'NULL' },
    { data_quality_flag: "'Duplicate_suspected'" },
  ])
  const sql = renderSilver(DUCKDB, CONTEXT, { source: 'raw', where: 'id = 1 OR id = 2' })
  expect(
    await duck.rows(
      `SELECT silver_processing_timestamp, _ingested_at, data_quality_score FROM (${sql})`,
    ),
  ).toEqual([['2026-01-02 03:04:05.678901', '2026-01-02 03:04:05.678901', 0.5]])
})

/** HALF_UP on the shortest decimal text, by integers. */
function roundText(value: number, digits: number): number {
  const [whole = '0', fraction = ''] = String(value).split('.')
  const padded = fraction.padEnd(digits + 1, '0')
  const kept = BigInt(whole + padded.slice(0, digits))
  return Number(kept + (padded[digits]! >= '5' ? 1n : 0n)) / 10 ** digits
}

function velocity(views: number, seconds: number): number {
  const micro = seconds > 60 ? (BigInt(seconds) * 2_000_000n + 60n) / 120n : 1_000_000n
  const size = BigInt(Math.abs(views))
  const units = (size * 20_000_000_000n + micro) / (2n * micro)
  return (Number(units) / 10_000) * (views < 0 ? -1 : 1) + 0
}
