import { type Duck, parquet } from './duck'

const of = (channel: string) => `sum(CASE WHEN channel = '${channel}' THEN cents ELSE 0 END)`
const stage = (name: string) => `count(*) FILTER (WHERE interaction_type = '${name}')`

/**
 * The 30 indicators of a date (workload, 2.5) over silver's raw columns as far as those suffice: each an exact integer, in
 * units of the last decimal that gold keeps.
 */
const KPIS: Readonly<Record<string, readonly [sql: string, units: number]>> = {
  daily_active_customers: ['count(DISTINCT customer_id)', 1],
  unique_emails: ["count(DISTINCT replace(lower(trim(email_raw, ' ')), '.duplicate', ''))", 1],
  total_sessions: ['count(DISTINCT session_id)', 1],
  total_daily_revenue: ['sum(cents)', 100],
  avg_transaction_value: ['half_up(sum(cents), count(cents))', 100],
  largest_transaction: ['max(cents)', 100],
  total_transactions: ['count(*) FILTER (WHERE cents > 0)', 1],
  web_revenue: [of('web'), 100],
  mobile_revenue: [of('mobile_app'), 100],
  store_revenue: [of('store'), 100],
  call_center_revenue: [of('call_center'), 100],
  avg_engagement_score: ['half_up(100 * sum(engagement_score), count(engagement_score))', 100],
  avg_time_on_site_seconds: ['half_up(sum(time_on_site_seconds), count(time_on_site_seconds))', 1],
  avg_page_views: ['half_up(10 * sum(page_views), count(page_views))', 10],
  awareness_interactions: [stage('browse'), 1],
  consideration_interactions: [stage('abandoned_cart'), 1],
  conversions: [stage('purchase'), 1],
  retention_interactions: [stage('support'), 1],
  loyalty_member_interactions: ['count(*) FILTER (WHERE loyalty_member)', 1],
  total_points_earned: ['sum(points_earned)', 1],
  total_points_redeemed: ['sum(points_redeemed)', 1],
  support_tickets_created: ['count(DISTINCT support_ticket_id)', 1],
  avg_satisfaction_score: [
    'half_up(100 * sum(satisfaction_score), nullif(count(satisfaction_score), 0))',
    100,
  ],
  high_churn_risk_count: ['count(*) FILTER (WHERE satisfaction_score <= 2)', 1],
  medium_churn_risk_count: ['count(*) FILTER (WHERE satisfaction_score = 3)', 1],
  total_estimated_ltv: ['sum(ltv_cents)', 100],
  avg_estimated_ltv: ['half_up(sum(ltv_cents), count(ltv_cents))', 100],
  web_interactions: ["count(*) FILTER (WHERE channel = 'web')", 1],
  mobile_interactions: ["count(*) FILTER (WHERE channel = 'mobile_app')", 1],
  store_interactions: ["count(*) FILTER (WHERE channel = 'store')", 1],
}

export interface GoldFacts {
  readonly rows: number
  /** Dates of silver that gold lacks, and the other way round. */
  readonly missing: number
  readonly surplus: number
  /** Dates on which an indicator differs, by indicator; only those with any. */
  readonly mismatches: Record<string, number>
  /** Columns beside the date that are no indicator. */
  readonly further: readonly string[]
}

/** Gold's files against silver: every indicator of every date. The view `silver` must be there; leaves the view `gold`. */
export async function readGoldFacts(duck: Duck, files: readonly string[]): Promise<GoldFacts> {
  await duck.run(`CREATE OR REPLACE VIEW gold AS SELECT * FROM ${parquet(files)}`)
  const made = Object.entries(KPIS).map(([name, [sql]]) => `${sql} AS ${name}`)
  await duck.run(`CREATE OR REPLACE TABLE expected_gold AS SELECT interaction_date, ${made.join(', ')} FROM (
    SELECT *, CAST(round(transaction_amount * 100) AS BIGINT) AS cents,
      CAST(round(lifetime_value_estimate * 100) AS BIGINT) AS ltv_cents FROM silver) GROUP BY interaction_date`)
  const differs = ([name, [, units]]: [string, readonly [string, number]]) =>
    `count(*) FILTER (WHERE CAST(round(g.${name} * ${units}) AS HUGEINT) IS DISTINCT FROM e.${name}
      OR abs(g.${name} * ${units} - round(g.${name} * ${units})) > 1e-4) AS ${name}`
  const { rows, missing, surplus, ...mismatches } = await duck.counts(`SELECT
    (SELECT count(*) FROM gold) AS rows,
    (SELECT count(*) FROM expected_gold ANTI JOIN gold USING (interaction_date)) AS missing,
    (SELECT count(*) FROM gold ANTI JOIN expected_gold USING (interaction_date)) AS surplus,
    ${Object.entries(KPIS).map(differs).join(', ')}
    FROM gold AS g JOIN expected_gold AS e USING (interaction_date)`)
  const columns = (await duck.rows('DESCRIBE gold')).map(column => String(column.column_name))
  return {
    rows: rows!,
    missing: missing!,
    surplus: surplus!,
    mismatches: Object.fromEntries(Object.entries(mismatches).filter(([, n]) => n !== 0)),
    further: columns.filter(name => name !== 'interaction_date' && !(name in KPIS)),
  }
}
