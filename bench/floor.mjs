// The floor: the same work as bare DuckDB statements in a process of the same kind, on the same files.
// Usage: node bench/floor.mjs pipeline <storage> <out> | queries <storage>. Prints one JSON document.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DuckDBInstance } from '@duckdb/node-api'

const [, , what, storage, out] = process.argv
const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
const connection = await instance.connect()
const timed = async sql => {
  const started = performance.now()
  await connection.run(sql)
  return (performance.now() - started) / 1000
}
const raw = `read_parquet('${storage}/bronze/customer/interactions/*.parquet')`
const parquetBelow = dir =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(f => f.endsWith('.parquet'))
    .map(f => join(dir, f))

if (what === 'pipeline') {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const verify =
    await timed(`SELECT count(*), count(event_timestamp), count(DISTINCT event_id), count(customer_id), min(event_timestamp), max(event_timestamp),
    count(*) FILTER (email_raw NOT LIKE '%@%'), count(*) FILTER (email_raw LIKE '%@@%'), count(*) FILTER (email_raw <> trim(email_raw)), count(*) FILTER (email_raw LIKE '%.DUPLICATE%'),
    count(*) FILTER (NOT regexp_matches(phone_raw, '^(\\+1\\d{10}|\\(\\d{3}\\) \\d{3}-\\d{4})$')), count(*) FILTER (length(state_raw) > 2), count(DISTINCT city_raw),
    count(*) FILTER (transaction_amount < 0), count(*) FILTER (isnan(cart_value)), count(*) FILTER (data_quality_flag = 'clean'), count(interaction_type), count(channel) FROM ${raw}`)
  const silver =
    await timed(`COPY (SELECT *, replace(lower(trim(email_raw)), '.duplicate', '') AS email_clean,
    CASE WHEN regexp_matches(regexp_replace(phone_raw, '\\D', '', 'g'), '^1?\\d{10}$') THEN '+1' || right(regexp_replace(phone_raw, '\\D', '', 'g'), 10) ELSE regexp_replace(phone_raw, '\\D', '', 'g') END AS phone_clean,
    CASE WHEN upper(state_raw) IN ('CA', 'CALIFORNIA') THEN 'CA' WHEN upper(state_raw) IN ('TX', 'TEXAS') THEN 'TX' WHEN upper(state_raw) IN ('NY', 'NEW YORK') THEN 'NY' ELSE upper(state_raw) END AS state_standardized,
    CASE WHEN upper(city_raw) IN ('NEW YORK', 'NYC') THEN 'New York' WHEN upper(city_raw) = 'LA' THEN 'Los Angeles' ELSE city_raw END AS city_standardized,
    CAST(event_timestamp AS DATE) AS interaction_date, hour(event_timestamp) AS interaction_hour, dayofweek(event_timestamp) + 1 AS interaction_day_of_week, weekofyear(event_timestamp) AS interaction_week_of_year,
    month(event_timestamp) AS interaction_month, year(event_timestamp) AS interaction_year, dayofweek(event_timestamp) IN (0, 6) AS is_weekend, hour(event_timestamp) BETWEEN 9 AND 17 AS is_business_hours,
    hour(event_timestamp) BETWEEN 12 AND 14 OR hour(event_timestamp) BETWEEN 18 AND 20 AS is_peak_hours,
    CASE WHEN transaction_amount > 500 THEN 'high_value' WHEN transaction_amount > 100 THEN 'medium_value' WHEN transaction_amount > 0 THEN 'low_value' ELSE 'browser_only' END AS customer_value_tier,
    CASE WHEN transaction_amount > 1000 THEN 'large' WHEN transaction_amount > 250 THEN 'medium' WHEN transaction_amount > 0 THEN 'small' ELSE 'none' END AS transaction_size_category,
    CASE WHEN page_views = 0 THEN 0 WHEN page_views <= 2 THEN 1 WHEN page_views <= 5 THEN 2 WHEN page_views <= 10 THEN 3 ELSE 4 END AS engagement_score,
    CASE WHEN page_views > 10 THEN 'deep' WHEN page_views > 3 THEN 'medium' WHEN page_views > 0 THEN 'shallow' ELSE 'bounce' END AS session_depth_category,
    CASE WHEN time_on_site_seconds > 1800 THEN 'long' WHEN time_on_site_seconds > 300 THEN 'medium' WHEN time_on_site_seconds > 0 THEN 'short' ELSE 'none' END AS time_spent_category,
    CASE channel WHEN 'mobile_app' THEN 'mobile_first' WHEN 'web' THEN 'web_first' WHEN 'store' THEN 'physical_first' ELSE 'omnichannel' END AS channel_preference,
    round(transaction_amount * (1 + points_earned / 1000.0), 2) AS lifetime_value_estimate, 30 - date_diff('day', CAST(event_timestamp AS DATE), DATE '2025-01-01') AS customer_recency_score,
    round(page_views / greatest(time_on_site_seconds / 60.0, 1.0), 4) AS engagement_velocity,
    CASE WHEN satisfaction_score <= 2 THEN 'high_risk' WHEN satisfaction_score <= 3 THEN 'medium_risk' WHEN satisfaction_score IS NULL THEN 'unknown_risk' ELSE 'low_risk' END AS churn_risk_indicator,
    coalesce(utm_source, 'direct') AS attribution_channel, CASE WHEN utm_source IS NOT NULL AND utm_medium IS NOT NULL THEN 'high' WHEN utm_source IS NOT NULL THEN 'medium' ELSE 'low' END AS attribution_quality,
    CASE interaction_type WHEN 'browse' THEN 'awareness' WHEN 'abandoned_cart' THEN 'consideration' WHEN 'purchase' THEN 'conversion' WHEN 'support' THEN 'retention' ELSE 'other' END AS customer_journey_stage,
    CASE device_type WHEN 'mobile' THEN 'mobile' WHEN 'tablet' THEN 'tablet' ELSE 'desktop' END AS device_category,
    CASE WHEN browser IN ('chrome', 'edge') THEN 'chromium' WHEN browser = 'safari' THEN 'webkit' WHEN browser = 'firefox' THEN 'gecko' ELSE 'other' END AS browser_family,
    concat_ws('|', device_type, browser, channel) AS interaction_context, concat_ws(':', CASE WHEN transaction_amount > 500 THEN 'high_value' WHEN transaction_amount > 100 THEN 'medium_value' WHEN transaction_amount > 0 THEN 'low_value' ELSE 'browser_only' END, channel, loyalty_tier) AS customer_segment_key,
    now()::TIMESTAMP AS silver_processing_timestamp, CASE data_quality_flag WHEN 'clean' THEN 1.0 WHEN 'format_inconsistent' THEN 0.8 WHEN 'incomplete_data' THEN 0.6 ELSE 0.5 END AS data_quality_score,
    strftime(event_timestamp, '%Y-%m') AS interaction_month_key
    FROM ${raw} WHERE data_quality_flag <> 'duplicate_suspected') TO '${out}/silver' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (interaction_month_key))`)
  const gold =
    await timed(`COPY (SELECT interaction_date, count(DISTINCT customer_id) AS daily_active_customers, count(DISTINCT email_clean) AS unique_emails, count(DISTINCT session_id) AS total_sessions,
    round(sum(transaction_amount), 2) AS total_daily_revenue, round(avg(transaction_amount), 2) AS avg_transaction_value, max(transaction_amount) AS largest_transaction, count(*) FILTER (transaction_amount > 0) AS total_transactions,
    round(sum(transaction_amount) FILTER (channel = 'web'), 2) AS web_revenue, round(sum(transaction_amount) FILTER (channel = 'mobile_app'), 2) AS mobile_revenue, round(sum(transaction_amount) FILTER (channel = 'store'), 2) AS store_revenue, round(sum(transaction_amount) FILTER (channel = 'call_center'), 2) AS call_center_revenue,
    round(avg(engagement_score), 2) AS avg_engagement_score, round(avg(time_on_site_seconds), 0) AS avg_time, round(avg(page_views), 1) AS avg_page_views, count(*) FILTER (customer_journey_stage = 'awareness') AS awareness_interactions,
    count(*) FILTER (customer_journey_stage = 'consideration') AS consideration_interactions, count(*) FILTER (customer_journey_stage = 'conversion') AS conversions, count(*) FILTER (customer_journey_stage = 'retention') AS retention_interactions,
    count(*) FILTER (loyalty_member) AS loyalty_member_interactions, sum(points_earned) AS total_points_earned, sum(points_redeemed) AS total_points_redeemed, count(DISTINCT support_ticket_id) AS support_tickets_created, round(avg(satisfaction_score), 2) AS avg_satisfaction_score,
    count(*) FILTER (churn_risk_indicator = 'high_risk') AS high_churn_risk_count, count(*) FILTER (churn_risk_indicator = 'medium_risk') AS medium_churn_risk_count, round(sum(lifetime_value_estimate), 2) AS total_estimated_ltv, round(avg(lifetime_value_estimate), 2) AS avg_estimated_ltv,
    count(*) FILTER (channel = 'web') AS web_interactions, count(*) FILTER (channel = 'mobile_app') AS mobile_interactions, count(*) FILTER (channel = 'store') AS store_interactions, strftime(interaction_date, '%Y-%m') AS month_key
    FROM read_parquet('${out}/silver/**/*.parquet') GROUP BY interaction_date ORDER BY interaction_date) TO '${out}/gold' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (month_key))`)
  console.log(
    JSON.stringify({
      verify,
      silver,
      gold,
      total: verify + silver + gold,
      peak_rss: process.resourceUsage().maxRSS * 1024,
    }),
  )
} else if (what === 'queries') {
  const list = dir =>
    `read_parquet([${parquetBelow(join(storage, dir, 'warehouse'))
      .map(f => `'${f}'`)
      .join(', ')}])`
  const S = list('silver')
  const G = list('gold')
  const queries = {
    Q1: `SELECT count(*), count(DISTINCT customer_id), count(DISTINCT session_id), round(sum(transaction_amount), 2), round(avg(transaction_amount), 2) FROM ${S}`,
    Q2: `SELECT interaction_date, interaction_type, count(*), count(DISTINCT customer_id), round(sum(transaction_amount), 2) AS revenue FROM ${S}
      WHERE interaction_date >= (SELECT min(interaction_date) FROM ${S}) AND interaction_date < (SELECT min(interaction_date) FROM ${S}) + INTERVAL 3 MONTH GROUP BY 1, 2 ORDER BY 1, 5 DESC, 2`,
    Q4: `SELECT churn_risk_indicator, customer_journey_stage, device_category, count(*), count(DISTINCT customer_id) AS c, round(avg(engagement_score), 2), round(avg(satisfaction_score), 2) FROM ${S}
      WHERE churn_risk_indicator IN ('high_risk', 'medium_risk') GROUP BY 1, 2, 3 HAVING count(DISTINCT customer_id) > 10 ORDER BY 5 DESC, 1, 2, 3`,
    Q3: `SELECT customer_value_tier, channel_preference, count(DISTINCT customer_id), round(sum(transaction_amount), 2), round(avg(engagement_score), 2), round(avg(lifetime_value_estimate), 2) FROM ${S} WHERE transaction_amount > 0 GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2`,
    Q7: `SELECT channel, count(*), count(*) FILTER (customer_journey_stage = 'awareness'), count(*) FILTER (customer_journey_stage = 'consideration'), count(*) FILTER (customer_journey_stage = 'conversion'), count(*) FILTER (customer_journey_stage = 'retention'),
      round(count(*) FILTER (customer_journey_stage = 'conversion') * 100.0 / nullif(count(*) FILTER (customer_journey_stage = 'awareness'), 0), 2), round(sum(transaction_amount), 2), round(avg(engagement_score), 2) FROM ${S} GROUP BY 1 ORDER BY 8 DESC, 1`,
    Q5: `WITH daily AS (SELECT interaction_date, count(DISTINCT customer_id) AS dau, round(sum(transaction_amount), 2) AS revenue, count(*) AS n FROM ${S} GROUP BY 1)
      SELECT *, round(avg(revenue) OVER w, 2), round(avg(dau) OVER w, 0) FROM daily WINDOW w AS (ORDER BY interaction_date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) ORDER BY 1 DESC LIMIT 90`,
    Q6: `WITH a AS (SELECT max(interaction_date) AS d FROM ${S}), c AS (SELECT customer_id, date_diff('day', max(interaction_date), (SELECT d FROM a)) AS r, count(DISTINCT interaction_date) AS f, round(sum(transaction_amount), 2) AS m FROM ${S} GROUP BY 1)
      SELECT CASE WHEN r <= 30 AND f >= 20 AND m > 1000 THEN 'Champions' WHEN r <= 60 AND f >= 10 AND m > 500 THEN 'Loyal' WHEN r <= 30 AND m > 200 THEN 'Potential Loyalists' WHEN r <= 90 AND f >= 5 THEN 'At Risk' WHEN r > 180 THEN 'Lost' ELSE 'Casual' END AS s, count(*), round(avg(m), 2), round(avg(f), 1), round(avg(r), 0) FROM c GROUP BY 1 ORDER BY 3 DESC, 1`,
    Q9: `SELECT interaction_date, daily_active_customers, total_daily_revenue, conversions, avg_engagement_score, high_churn_risk_count, round(total_daily_revenue - lag(total_daily_revenue) OVER (ORDER BY interaction_date), 2),
      round((daily_active_customers - lag(daily_active_customers) OVER (ORDER BY interaction_date)) * 100.0 / nullif(lag(daily_active_customers) OVER (ORDER BY interaction_date), 0), 1) FROM ${G} ORDER BY 1 DESC LIMIT 30`,
  }
  const seconds = {}
  for (const [name, sql] of Object.entries(queries)) {
    await connection.run(sql)
    const samples = []
    for (let i = 0; i < 3; i++) samples.push(await timed(sql))
    seconds[name] = samples.sort((a, b) => a - b)[1]
  }
  console.log(
    JSON.stringify({ ...seconds, total: Object.values(seconds).reduce((a, b) => a + b, 0) }),
  )
}
