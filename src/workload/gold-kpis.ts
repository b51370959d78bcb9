import type { ColumnType, TableColumn } from '../contracts/tables'
import type { Dialect, GroupSize } from './dialect'

export interface GoldKpi extends TableColumn {
  /** Decimals it is rounded to; absent for counts. */
  readonly digits?: number
  /** An aggregate over silver rows of one date, not yet rounded. */
  sql(d: Dialect, dates: GroupSize): string
}

const kpi = (name: string, type: ColumnType, sql: GoldKpi['sql'], digits?: number): GoldKpi => ({
  name,
  type,
  sql,
  digits,
})

const count = (name: string, condition: string | ((d: Dialect) => string)) =>
  kpi(name, 'long', d => d.countIf(typeof condition === 'string' ? condition : condition(d)))

const distinct = (name: string, column: string) =>
  kpi(name, 'long', (d, dates) => d.countDistinct(column, dates))

const rounded = (name: string, digits: number, aggregate: (d: Dialect) => string) =>
  kpi(name, 'double', aggregate, digits)

/** Sum of doubles; a mean divides it by the values that are not NULL. */
const sumOf = (name: string, column: string) => rounded(name, 2, d => d.sum(column))
const meanOf = (name: string, column: string) => rounded(name, 2, d => meanOfDoubles(d, column))
/** Mean of integers: exact in every engine. */
const meanOfIntegers = (name: string, column: string, digits: number) =>
  rounded(name, digits, () => `avg(${column})`)

/** Rows of other channels count as 0, so a channel absent that day has 0, not NULL. */
const channelRevenue = (name: string, channel: string) =>
  rounded(name, 2, d =>
    d.sum(`CASE WHEN channel = ${d.text(channel)} THEN transaction_amount ELSE 0e0 END`),
  )

/** Mean of doubles from their order-independent sum; NULL values are left out. */
export const meanOfDoubles = (d: Dialect, column: string): string =>
  `(${d.sum(column)}) / NULLIF(count(${column}), 0)`

/** The 30 daily indicators, in table order. */
export const GOLD_KPIS: readonly GoldKpi[] = [
  distinct('daily_active_customers', 'customer_id'),
  distinct('unique_emails', 'email_clean'),
  distinct('total_sessions', 'session_id'),
  sumOf('total_daily_revenue', 'transaction_amount'),
  meanOf('avg_transaction_value', 'transaction_amount'),
  rounded('largest_transaction', 2, d => d.max('transaction_amount')),
  count('total_transactions', d => d.greater('transaction_amount', 0)),
  channelRevenue('web_revenue', 'web'),
  channelRevenue('mobile_revenue', 'mobile_app'),
  channelRevenue('store_revenue', 'store'),
  channelRevenue('call_center_revenue', 'call_center'),
  meanOfIntegers('avg_engagement_score', 'engagement_score', 2),
  meanOfIntegers('avg_time_on_site_seconds', 'time_on_site_seconds', 0),
  meanOfIntegers('avg_page_views', 'page_views', 1),
  count('awareness_interactions', "customer_journey_stage = 'awareness'"),
  count('consideration_interactions', "customer_journey_stage = 'consideration'"),
  count('conversions', "customer_journey_stage = 'conversion'"),
  count('retention_interactions', "customer_journey_stage = 'retention'"),
  count('loyalty_member_interactions', 'loyalty_member'),
  kpi('total_points_earned', 'long', () => 'CAST(sum(points_earned) AS BIGINT)'),
  kpi('total_points_redeemed', 'long', () => 'CAST(sum(points_redeemed) AS BIGINT)'),
  distinct('support_tickets_created', 'support_ticket_id'),
  meanOfIntegers('avg_satisfaction_score', 'satisfaction_score', 2),
  count('high_churn_risk_count', "churn_risk_indicator = 'high_risk'"),
  count('medium_churn_risk_count', "churn_risk_indicator = 'medium_risk'"),
  sumOf('total_estimated_ltv', 'lifetime_value_estimate'),
  meanOf('avg_estimated_ltv', 'lifetime_value_estimate'),
  count('web_interactions', "channel = 'web'"),
  count('mobile_interactions', "channel = 'mobile_app'"),
  count('store_interactions', "channel = 'store'"),
]

/** The gold table: its date and the 30 indicators. */
export const GOLD_COLUMNS: readonly TableColumn[] = [
  { name: 'interaction_date', type: 'date' },
  ...GOLD_KPIS.map(({ name, type }) => ({ name, type })),
]
