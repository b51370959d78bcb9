import type { ColumnType, TableColumn } from '../contracts/tables'
import type { Dialect } from './dialect'
import { emailValid, FINDINGS, phoneValid } from './findings'
import { GEO_CITIES, GEO_STATES, type GeoCity, type GeoState } from './geo'
import { RAW_COLUMNS } from './raw-columns'
import { caseOf, firstOf } from './sql-text'

/** Values that a silver row depends on beside its raw row. */
export interface SilverContext {
  /** `YYYY-MM-DD` that stands for today. */
  readonly dataClock: string
  /** ISO-8601 UTC with at most microseconds; one value for all rows of a run. */
  readonly processedAt: string
  /** SQL of that time in its place, where a statement is used again and again. */
  readonly processedFrom?: string
  /** Column of the source with the time a row's data landed; without it that is `processedAt`. */
  readonly ingestedFrom?: string
}

export interface SilverColumn extends TableColumn {
  /** Over raw columns and steps (`silver-steps.ts`). */
  sql(d: Dialect, context: SilverContext): string
}

const column = (name: string, type: ColumnType, sql?: SilverColumn['sql']): SilverColumn => ({
  name,
  type,
  sql: sql ?? (() => name),
})

/** A string column that is a CASE: the first condition that holds decides, else the last argument. */
const category = (
  name: string,
  entries: readonly (readonly [string, string])[],
  otherwise: string,
) => column(name, 'string', d => firstOf(d, entries, otherwise))

/** Columns 42 to 73: the reference transform. Those without SQL are steps, computed once since others read them too. */
export const DERIVED_COLUMNS: readonly SilverColumn[] = [
  column('email_clean', 'string'),
  column('phone_clean', 'string'),
  column('state_standardized', 'string', d => {
    const folded = { CA: ['CA', 'CALIFORNIA'], TX: ['TX', 'TEXAS'], NY: ['NY', 'NEW YORK'] }
    const entries = Object.entries(folded).flatMap(([code, names]) =>
      names.map(n => [n, d.text(code)] as const),
    )
    return caseOf(d, '_state_upper', entries, '_state_upper')
  }),
  column('city_standardized', 'string', d => {
    const entries = [
      ['NEW YORK', 'New York'],
      ['NYC', 'New York'],
      ['LA', 'Los Angeles'],
    ] as const
    return caseOf(
      d,
      '_city_upper',
      entries.map(([k, v]) => [k, d.text(v)] as const),
      'city_raw',
    )
  }),
  column('interaction_date', 'date'),
  column('interaction_hour', 'int'),
  column('interaction_day_of_week', 'int'),
  column('interaction_week_of_year', 'int', d => d.datePart('iso_week', 'event_timestamp')),
  column('interaction_month', 'int', d => d.datePart('month', 'event_timestamp')),
  column('interaction_year', 'int', d => d.datePart('year', 'event_timestamp')),
  column('is_weekend', 'boolean', () => 'interaction_day_of_week IN (1, 7)'),
  column('is_business_hours', 'boolean', () => 'interaction_hour BETWEEN 9 AND 17'),
  column(
    'is_peak_hours',
    'boolean',
    () => 'interaction_hour BETWEEN 12 AND 14 OR interaction_hour BETWEEN 18 AND 20',
  ),
  column('customer_value_tier', 'string'),
  column('transaction_size_category', 'string', d => {
    const above = (n: number) => d.greater('transaction_amount', n)
    return firstOf(
      d,
      [
        [above(1000), 'large'],
        [above(250), 'medium'],
        [above(0), 'small'],
      ],
      'none',
    )
  }),
  column('engagement_score', 'int', () => {
    return 'CASE WHEN page_views = 0 THEN 0 WHEN page_views <= 2 THEN 1 WHEN page_views <= 5 THEN 2 WHEN page_views <= 10 THEN 3 ELSE 4 END'
  }),
  category(
    'session_depth_category',
    [
      ['page_views > 10', 'deep'],
      ['page_views > 3', 'medium'],
      ['page_views > 0', 'shallow'],
    ],
    'bounce',
  ),
  category(
    'time_spent_category',
    [
      ['time_on_site_seconds > 1800', 'long'],
      ['time_on_site_seconds > 300', 'medium'],
      ['time_on_site_seconds > 0', 'short'],
    ],
    'none',
  ),
  column('channel_preference', 'string'),
  column('lifetime_value_estimate', 'double', d => d.roundShortest('_lifetime_value', 2)),
  column('customer_recency_score', 'int', (d, { dataClock }) =>
    d.tryCast(`30 - ${d.daysBetween('interaction_date', d.dateLiteral(dataClock))}`, 'int'),
  ),
  // Exact for up to 900,000 page views: the numerator is an integer below 2^53, a half is representable.
  column(
    'engagement_velocity',
    'double',
    () => 'round(CAST(page_views AS DOUBLE) * 1e10 / _micro_minutes) / 1e4',
  ),
  category(
    'churn_risk_indicator',
    [
      ['satisfaction_score <= 2', 'high_risk'],
      ['satisfaction_score <= 3', 'medium_risk'],
      ['satisfaction_score IS NULL', 'unknown_risk'],
    ],
    'low_risk',
  ),
  column('attribution_channel', 'string', () => "COALESCE(utm_source, 'direct')"),
  category(
    'attribution_quality',
    [
      ['utm_source IS NOT NULL AND utm_medium IS NOT NULL', 'high'],
      ['utm_source IS NOT NULL', 'medium'],
    ],
    'low',
  ),
  category(
    'customer_journey_stage',
    [
      ["interaction_type = 'browse'", 'awareness'],
      ["interaction_type = 'abandoned_cart'", 'consideration'],
      ["interaction_type = 'purchase'", 'conversion'],
      ["interaction_type = 'support'", 'retention'],
    ],
    'other',
  ),
  category(
    'device_category',
    [
      ["device_type = 'mobile'", 'mobile'],
      ["device_type = 'tablet'", 'tablet'],
    ],
    'desktop',
  ),
  category(
    'browser_family',
    [
      ["browser IN ('chrome', 'edge')", 'chromium'],
      ["browser = 'safari'", 'webkit'],
      ["browser = 'firefox'", 'gecko'],
    ],
    'other',
  ),
  column('interaction_context', 'string', d =>
    d.concatSkippingNulls('|', ['device_type', 'browser', 'channel']),
  ),
  column('customer_segment_key', 'string', d =>
    d.concatSkippingNulls(':', ['customer_value_tier', 'channel_preference', 'loyalty_tier']),
  ),
  column(
    'silver_processing_timestamp',
    'timestamp',
    (d, { processedAt, processedFrom }) => processedFrom ?? d.timestampLiteral(processedAt),
  ),
  column(
    'data_quality_score',
    'double',
    () =>
      "CASE data_quality_flag WHEN 'clean' THEN 1e0 WHEN 'format_inconsistent' THEN 8e-1 WHEN 'incomplete_data' THEN 6e-1 ELSE 5e-1 END",
  ),
]

/** Something of the city where it is known, of the state text where not. */
const byCityOrState = (d: Dialect, ofState: (state: GeoState) => string) => {
  const stateOf = (city: GeoCity) => GEO_STATES.find(s => s.code === city.state)!
  const byCity = caseOf(
    d,
    'geo_city',
    GEO_CITIES.map(c => [c.name, d.text(ofState(stateOf(c)))] as const),
  )
  const byState = caseOf(
    d,
    '_state_code',
    GEO_STATES.map(s => [s.code, d.text(ofState(s))] as const),
  )
  return `COALESCE(${byCity}, ${byState})`
}

const degrees = (d: Dialect, of: (city: GeoCity) => number) =>
  caseOf(
    d,
    'geo_city',
    GEO_CITIES.map(c => [c.name, `${of(c)}e0`] as const),
  )

/** Columns that the product page promises beyond the reference. A known city decides state and region, the state's text only where the city is unknown. */
export const FURTHER_COLUMNS: readonly SilverColumn[] = [
  column('email_valid', 'boolean', emailValid),
  column('phone_valid', 'boolean', phoneValid),
  column('geo_city', 'string'),
  column('geo_state', 'string', d => byCityOrState(d, s => s.code)),
  column('geo_region', 'string', d => byCityOrState(d, s => s.region)),
  column('geo_latitude', 'double', d => degrees(d, c => c.latitude)),
  column('geo_longitude', 'double', d => degrees(d, c => c.longitude)),
  column('quality_flags', 'string_list', d =>
    d.nonNullStrings(FINDINGS.map(f => `CASE WHEN ${f.predicate(d)} THEN ${d.text(f.name)} END`)),
  ),
  // In a batch the rows become visible as of the run; freshness is counted from here.
  column(
    '_ingested_at',
    'timestamp',
    (d, { processedAt, ingestedFrom }) => ingestedFrom ?? d.timestampLiteral(processedAt),
  ),
]

/** The silver table: 41 raw columns, 32 derived ones, 9 further ones. */
export const SILVER_COLUMNS: readonly SilverColumn[] = [
  ...RAW_COLUMNS.map(c => column(c.name, c.type)),
  ...DERIVED_COLUMNS,
  ...FURTHER_COLUMNS,
]

/** Rows that silver keeps; a NULL flag is not kept. */
export const SILVER_FILTER = "data_quality_flag <> 'duplicate_suspected'"
