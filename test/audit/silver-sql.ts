import { FINDINGS, spelled } from './dirt-sql'
import { type Duck, parquet } from './duck'

const NAME = '[^@\\s]+'
const FLAGS = Object.entries(FINDINGS).map(([name, sql]) => `CASE WHEN ${sql} THEN '${name}' END`)

/**
 * Silver's columns over raw rows (workload, 2.2, and the further ones of the product page), each from its own definition.
 * Rounded values are exact: cents and points are integers.
 */
const COLUMNS: Readonly<Record<string, string>> = {
  email_clean: "regexp_replace(lower(trim(email_raw, ' ')), '\\.duplicate', '', 'g')",
  phone_clean: `CASE WHEN regexp_full_match(digits, '1?[0-9]{10}') THEN '+1' || right(digits, 10) ELSE digits END`,
  state_standardized: `CASE upper(state_raw) WHEN 'CALIFORNIA' THEN 'CA' WHEN 'TEXAS' THEN 'TX' WHEN 'NEW YORK' THEN 'NY'
    ELSE upper(state_raw) END`,
  city_standardized: `CASE WHEN upper(city_raw) IN ('NEW YORK', 'NYC') THEN 'New York' WHEN upper(city_raw) = 'LA' THEN 'Los Angeles'
    ELSE city_raw END`,
  interaction_date: "strptime(strftime(event_timestamp, '%Y-%m-%d'), '%Y-%m-%d')::DATE",
  interaction_hour: 'hour(event_timestamp)',
  interaction_day_of_week: "1 + strftime(event_timestamp, '%w')::INTEGER",
  interaction_week_of_year: "strftime(event_timestamp, '%V')::INTEGER",
  interaction_month: 'month(event_timestamp)',
  interaction_year: 'year(event_timestamp)',
  is_weekend: "strftime(event_timestamp, '%w') IN ('0', '6')",
  is_business_hours: 'hour(event_timestamp) >= 9 AND hour(event_timestamp) <= 17',
  is_peak_hours: 'hour(event_timestamp) IN (12, 13, 14, 18, 19, 20)',
  customer_value_tier: `CASE WHEN cents > 50000 THEN 'high_value' WHEN cents > 10000 THEN 'medium_value' WHEN cents > 0 THEN 'low_value'
    ELSE 'browser_only' END`,
  transaction_size_category: `CASE WHEN cents > 100000 THEN 'large' WHEN cents > 25000 THEN 'medium' WHEN cents > 0 THEN 'small'
    ELSE 'none' END`,
  engagement_score: `CASE WHEN page_views IS NULL OR page_views > 10 THEN 4 WHEN page_views > 5 THEN 3 WHEN page_views > 2 THEN 2
    WHEN page_views > 0 THEN 1 ELSE 0 END`,
  session_depth_category: `CASE WHEN page_views > 10 THEN 'deep' WHEN page_views > 3 THEN 'medium' WHEN page_views > 0 THEN 'shallow'
    ELSE 'bounce' END`,
  time_spent_category: `CASE WHEN time_on_site_seconds > 1800 THEN 'long' WHEN time_on_site_seconds > 300 THEN 'medium'
    WHEN time_on_site_seconds > 0 THEN 'short' ELSE 'none' END`,
  channel_preference: `coalesce(map {'mobile_app': 'mobile_first', 'web': 'web_first', 'store': 'physical_first'}[channel],
    'omnichannel')`,
  lifetime_value_estimate: 'half_up(cents * (1000 + points_earned), 1000) / 100',
  customer_recency_score: "30 - date_diff('day', event_timestamp::DATE, {clock}::DATE)",
  churn_risk_indicator: `CASE WHEN satisfaction_score IS NULL THEN 'unknown_risk' WHEN satisfaction_score > 3 THEN 'low_risk'
    WHEN satisfaction_score > 2 THEN 'medium_risk' ELSE 'high_risk' END`,
  attribution_channel: "ifnull(utm_source, 'direct')",
  attribution_quality: `CASE WHEN utm_source IS NULL THEN 'low' WHEN utm_medium IS NULL THEN 'medium' ELSE 'high' END`,
  customer_journey_stage: `ifnull(map {'browse': 'awareness', 'abandoned_cart': 'consideration', 'purchase': 'conversion',
    'support': 'retention'}[interaction_type], 'other')`,
  device_category:
    "CASE WHEN device_type IN ('mobile', 'tablet') THEN device_type ELSE 'desktop' END",
  browser_family: `ifnull(map {'chrome': 'chromium', 'edge': 'chromium', 'safari': 'webkit', 'firefox': 'gecko'}[browser], 'other')`,
  interaction_context: `array_to_string(list_filter([device_type, browser, channel], lambda x: x IS NOT NULL), '|')`,
  data_quality_score: `map {'clean': 1.0, 'format_inconsistent': 0.8, 'incomplete_data': 0.6}[data_quality_flag]`,
  email_valid: `regexp_full_match(regexp_replace(lower(trim(email_raw, ' ')), '\\.duplicate', '', 'g'), '${NAME}@[^@.\\s]+(\\.[^@.\\s]+)+')`,
  phone_valid: "regexp_full_match(digits, '1?[2-9][0-9]{2}[2-9][0-9]{6}')",
  geo_city: 'known_city',
  geo_state: 'coalesce(city_state, known_state)',
  geo_region: `coalesce(city_region, map {'NY': 'Northeast', 'PA': 'Northeast', 'IL': 'Midwest', 'TX': 'South', 'CA': 'West',
    'AZ': 'West'}[known_state])`,
  geo_latitude: 'latitude',
  geo_longitude: 'longitude',
  quality_flags: `list_filter([${FLAGS.join(', ')}], lambda x: x IS NOT NULL)`,
}

/** `n / d` to the nearest integer, a half away from 0; exact. */
export const HALF_UP = `CREATE OR REPLACE MACRO half_up(n, d) AS
  sign(n) * ((2 * abs(n)::HUGEINT + d::HUGEINT) // (2 * d::HUGEINT))`

export interface SilverFacts {
  readonly rows: number
  /** Raw rows that the filter keeps and that silver lacks, and the other way round; by event id. */
  readonly missing: number
  readonly surplus: number
  /** Rows that differ from raw data or from the definition, by column; only columns with any. */
  readonly mismatches: Record<string, number>
  readonly compared: number
}

/**
 * Silver's files against the raw files: which rows, and every column but those of the clock. The view `raw` and the spellings
 * must be there; leaves the view `silver`.
 */
export async function readSilverFacts(
  duck: Duck,
  files: readonly string[],
  clock: string,
): Promise<SilverFacts> {
  await duck.run(HALF_UP)
  await duck.run(`CREATE OR REPLACE VIEW silver AS SELECT * FROM ${parquet(files)}`)
  const raw = (await duck.rows('DESCRIBE raw')).map(column => String(column.column_name))
  const columns = { ...COLUMNS, ...Object.fromEntries(raw.map(name => [name, name])) }
  const made = Object.entries(columns).map(
    ([name, sql]) => `${sql.replace('{clock}', `'${clock}'`)} AS ${name}`,
  )
  await duck.run(`CREATE OR REPLACE TABLE expected AS SELECT ${made.join(', ')}, velocity FROM (
    SELECT *, CAST(round(transaction_amount * 100) AS BIGINT) AS cents, regexp_replace(phone_raw, '[^0-9]', '', 'g') AS digits,
      page_views / greatest(time_on_site_seconds / 60.0, 1.0) AS velocity
    FROM (${spelled('raw')}) WHERE data_quality_flag <> 'duplicate_suspected')`)
  const differs = (name: string) =>
    /^(lifetime_value_estimate|geo_l.*itude|data_quality_score)$/.test(name)
      ? `coalesce(abs(s.${name} - e.${name}) > 1e-9, (s.${name} IS NULL) <> (e.${name} IS NULL))`
      : `s.${name} IS DISTINCT FROM e.${name}`
  const checks: Record<string, string> = {
    ...Object.fromEntries(Object.keys(columns).map(name => [name, differs(name)])),
    // Rounded to four decimals, of minutes that are themselves rounded to six.
    engagement_velocity:
      'abs(s.engagement_velocity - e.velocity) > 0.00005 + 0.000001 * e.velocity',
    customer_segment_key: `s.customer_segment_key <> e.customer_value_tier || ':' || e.channel_preference || coalesce(':' || e.loyalty_tier, '')`,
  }
  const { rows, missing, surplus, ...mismatches } = await duck.counts(`SELECT
    (SELECT count(*) FROM silver) AS rows,
    (SELECT count(*) FROM expected ANTI JOIN silver USING (event_id)) AS missing,
    (SELECT count(*) FROM silver ANTI JOIN expected USING (event_id)) AS surplus,
    ${Object.entries(checks)
      .map(([name, sql]) => `count(*) FILTER (WHERE ${sql}) AS ${name}`)
      .join(', ')}
    FROM silver AS s JOIN expected AS e USING (event_id)`)
  return {
    rows: rows!,
    missing: missing!,
    surplus: surplus!,
    mismatches: Object.fromEntries(Object.entries(mismatches).filter(([, n]) => n !== 0)),
    compared: Object.keys(checks).length,
  }
}
