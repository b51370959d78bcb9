import type { QueryClass } from '../contracts/choices'
import type { ColumnType, TableColumn } from '../contracts/tables'
import type { Dialect } from './dialect'
import { meanOfDoubles } from './gold-kpis'
import { selectList } from './sql-text'

export interface QueryColumn extends TableColumn {
  /** Decimals of a double. */
  readonly digits?: number
}

/** Ascending has NULL first, descending has NULL last, in every engine. */
export interface OrderKey {
  readonly column: string
  readonly descending: boolean
}

/** One of the benchmark's eight queries. */
export interface WorkloadQuery {
  readonly id: string
  /** Id and subject, as in the reference. */
  readonly name: string
  readonly display_name: string
  readonly class: QueryClass
  readonly columns: readonly QueryColumn[]
  /** A total order; empty where there is one row. */
  readonly order_by: readonly OrderKey[]
  readonly limit: number | null
  /** It reads the first so many months of the table alone; `null`: all of it. */
  readonly first_months: number | null
  /** A generated corpus may give it no rows. */
  readonly may_be_empty: boolean
  /** SQL over `{silver}` or `{gold}`. */
  render(d: Dialect): string
}

interface Definition {
  readonly name: string
  readonly display_name: string
  readonly class: QueryClass
  /** Result columns as `name: [type, SQL, digits]`. */
  readonly columns: Readonly<Record<string, readonly [ColumnType, (d: Dialect) => string, number?]>>
  /** Column names, each with ` desc` where it descends. */
  readonly order_by: readonly string[]
  readonly limit?: number
  readonly first_months?: number
  readonly may_be_empty?: boolean
  /** SQL before SELECT, with its last line break. */
  readonly prelude?: (d: Dialect) => string
  /** FROM and the clauses after it, without ORDER BY and LIMIT. */
  readonly body: (d: Dialect) => string
}

/** Keys of `column` and `column desc`. */
export const orderKeys = (keys: readonly string[]): OrderKey[] =>
  keys.map(key => {
    const [column = '', direction] = String(key).split(' ')
    return { column, descending: direction?.toLowerCase() === 'desc' }
  })

/** ORDER BY and LIMIT, a line each. */
export const orderAndLimit = (
  keys: readonly OrderKey[],
  limit: number | null | undefined,
): string[] => {
  const order = keys.map(k => `${k.column} ${k.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}`)
  return [
    ...(order.length > 0 ? [`ORDER BY ${order.join(', ')}`] : []),
    ...(limit == null ? [] : [`LIMIT ${limit}`]),
  ]
}

function query(definition: Definition): WorkloadQuery {
  const { name, display_name, columns, limit, prelude, body } = definition
  const order_by = orderKeys(definition.order_by)
  const render = (d: Dialect) => {
    const unrounded = selectList(
      Object.entries(columns).map(([column, [, sql]]) => ({ name: column, sql: sql(d) })),
    )
    const rounded = selectList(
      Object.entries(columns).map(([column, [, , digits]]) => ({
        name: column,
        sql: digits === undefined ? column : d.roundAggregate(column, digits),
      })),
    )
    return [
      `${prelude?.(d) ?? ''}SELECT\n${rounded}\nFROM (`,
      `SELECT\n${unrounded}\n${body(d)}`,
      ') AS unrounded',
      ...orderAndLimit(order_by, limit),
    ].join('\n')
  }
  return {
    id: name.split('_')[0]!,
    name,
    display_name,
    class: definition.class,
    columns: Object.entries(columns).map(([column, [type, , digits]]) => ({
      name: column,
      type,
      digits,
    })),
    order_by,
    limit: limit ?? null,
    first_months: definition.first_months ?? null,
    may_be_empty: definition.may_be_empty ?? false,
    render,
  }
}

const same = (name: string, type: ColumnType) => [type, () => name] as const
const rows = ['long', () => 'count(*)'] as const
const distinct = (column: string) => ['long', () => `count(DISTINCT ${column})`] as const
const countOf = (condition: string) =>
  ['long', () => `count(*) FILTER (WHERE ${condition})`] as const
const sumOf = (column: string) => ['double', (d: Dialect) => d.sum(column), 2] as const
const meanOf = (column: string, digits = 2) =>
  ['double', (d: Dialect) => meanOfDoubles(d, column), digits] as const
const meanOfIntegers = (column: string, digits = 2) =>
  ['double', () => `avg(${column})`, digits] as const
const stage = (name: string) => `customer_journey_stage = '${name}'`

/** How much of the table the query that tests pruning reads. */
const Q2_MONTHS = 3

/** In the order of a power run. There is no Q8. */
export const QUERIES: readonly WorkloadQuery[] = [
  query({
    name: 'Q1_full_aggregation_scan',
    display_name: 'Full aggregation scan',
    class: 'scan',
    columns: {
      total_records: rows,
      unique_customers: distinct('customer_id'),
      unique_sessions: distinct('session_id'),
      total_revenue: sumOf('transaction_amount'),
      avg_transaction: meanOf('transaction_amount'),
    },
    order_by: [],
    body: () => 'FROM {silver}',
  }),
  query({
    name: 'Q2_filtered_aggregation',
    first_months: Q2_MONTHS,
    display_name: 'First three months by day and type',
    class: 'filter_prune',
    columns: {
      interaction_date: same('interaction_date', 'date'),
      interaction_type: same('interaction_type', 'string'),
      interactions: rows,
      customers: distinct('customer_id'),
      revenue: sumOf('transaction_amount'),
    },
    order_by: ['interaction_date', 'revenue desc', 'interaction_type'],
    body: d =>
      `FROM {silver}
WHERE interaction_date >= (SELECT min(interaction_date) FROM {silver})
  AND interaction_date < (SELECT ${d.addMonths('min(interaction_date)', Q2_MONTHS)} FROM {silver})
GROUP BY interaction_date, interaction_type`,
  }),
  query({
    name: 'Q4_churn_risk_analysis',
    // Only groups of more than ten customers are in it.
    may_be_empty: true,
    display_name: 'Churn risk analysis',
    class: 'filter_prune',
    columns: {
      churn_risk_indicator: same('churn_risk_indicator', 'string'),
      customer_journey_stage: same('customer_journey_stage', 'string'),
      device_category: same('device_category', 'string'),
      interactions: rows,
      at_risk_customers: distinct('customer_id'),
      avg_engagement: meanOfIntegers('engagement_score'),
      avg_satisfaction: meanOfIntegers('satisfaction_score'),
    },
    order_by: [
      'at_risk_customers desc',
      'churn_risk_indicator',
      'customer_journey_stage',
      'device_category',
    ],
    body: () =>
      `FROM {silver}
WHERE churn_risk_indicator IN ('high_risk', 'medium_risk')
GROUP BY churn_risk_indicator, customer_journey_stage, device_category
HAVING count(DISTINCT customer_id) > 10`,
  }),
  query({
    name: 'Q3_customer_segmentation',
    display_name: 'Customer segmentation',
    class: 'aggregation',
    columns: {
      customer_value_tier: same('customer_value_tier', 'string'),
      channel_preference: same('channel_preference', 'string'),
      customers: distinct('customer_id'),
      total_spend: sumOf('transaction_amount'),
      avg_engagement: meanOfIntegers('engagement_score'),
      avg_ltv: meanOf('lifetime_value_estimate'),
    },
    order_by: ['total_spend desc', 'customer_value_tier', 'channel_preference'],
    body: d =>
      `FROM {silver}
WHERE ${d.greater('transaction_amount', 0)}
GROUP BY customer_value_tier, channel_preference`,
  }),
  query({
    name: 'Q7_channel_conversion_funnel',
    display_name: 'Channel conversion funnel',
    class: 'aggregation',
    columns: {
      channel: same('channel', 'string'),
      total_interactions: rows,
      awareness: countOf(stage('awareness')),
      consideration: countOf(stage('consideration')),
      conversions: countOf(stage('conversion')),
      retention: countOf(stage('retention')),
      conversion_rate_pct: [
        'double',
        () =>
          `count(*) FILTER (WHERE ${stage('conversion')}) * 1e2 / NULLIF(count(*) FILTER (WHERE ${stage('awareness')}), 0)`,
        2,
      ],
      channel_revenue: sumOf('transaction_amount'),
      avg_engagement: meanOfIntegers('engagement_score'),
    },
    order_by: ['channel_revenue desc', 'channel'],
    body: () => 'FROM {silver}\nGROUP BY channel',
  }),
  query({
    name: 'Q5_revenue_trend_ma7',
    display_name: 'Revenue trend, moving average of 7',
    class: 'analytics',
    columns: {
      interaction_date: same('interaction_date', 'date'),
      dau: same('dau', 'long'),
      revenue: ['double', () => 'revenue', 2],
      total_interactions: same('total_interactions', 'long'),
      revenue_ma7: ['double', () => 'mean_revenue', 2],
      dau_ma7: ['double', () => 'mean_dau', 0],
    },
    order_by: ['interaction_date desc'],
    limit: 90,
    prelude: d => `WITH daily AS (
  SELECT
    interaction_date,
    count(DISTINCT customer_id) AS dau,
    ${d.roundAggregate(d.sum('transaction_amount'), 2)} AS revenue,
    count(*) AS total_interactions
  FROM {silver}
  GROUP BY interaction_date
), trend AS (
  SELECT
    *,
    avg(revenue) OVER (ORDER BY interaction_date ASC NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS mean_revenue,
    avg(dau) OVER (ORDER BY interaction_date ASC NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS mean_dau
  FROM daily
)
`,
    body: () => 'FROM trend',
  }),
  query({
    name: 'Q6_customer_rfm',
    display_name: 'Customer recency, frequency, monetary value',
    class: 'analytics',
    columns: {
      rfm_segment: same('rfm_segment', 'string'),
      customer_count: rows,
      avg_spend: meanOf('monetary'),
      avg_frequency: meanOfIntegers('frequency', 1),
      avg_recency: meanOfIntegers('recency_days', 0),
    },
    order_by: ['avg_spend desc', 'rfm_segment'],
    // Recency counts back from the newest date of the data, so that the answer does not depend on the day of the run.
    prelude: d => `WITH per_customer AS (
  SELECT
    customer_id,
    max(interaction_date) AS last_date,
    count(DISTINCT interaction_date) AS frequency,
    ${d.sum('transaction_amount')} AS spend
  FROM {silver}
  GROUP BY customer_id
), rfm AS (
  SELECT
    frequency,
    ${d.roundAggregate('spend', 2)} AS monetary,
    ${d.daysBetween('last_date', '(SELECT max(last_date) FROM per_customer)')} AS recency_days
  FROM per_customer
), segments AS (
  SELECT
    CASE
      WHEN recency_days <= 30 AND frequency >= 20 AND ${d.greater('monetary', 1000)} THEN 'Champions'
      WHEN recency_days <= 60 AND frequency >= 10 AND ${d.greater('monetary', 500)} THEN 'Loyal'
      WHEN recency_days <= 30 AND ${d.greater('monetary', 200)} THEN 'Potential Loyalists'
      WHEN recency_days <= 90 AND frequency >= 5 THEN 'At Risk'
      WHEN recency_days > 180 THEN 'Lost'
      ELSE 'Casual'
    END AS rfm_segment,
    frequency,
    monetary,
    recency_days
  FROM rfm
)
`,
    body: () => 'FROM segments\nGROUP BY rfm_segment',
  }),
  query({
    name: 'Q9_executive_dashboard',
    display_name: 'Executive dashboard',
    class: 'operational',
    columns: {
      interaction_date: same('interaction_date', 'date'),
      daily_active_customers: same('daily_active_customers', 'long'),
      total_daily_revenue: ['double', () => 'total_daily_revenue', 2],
      conversions: same('conversions', 'long'),
      avg_engagement_score: ['double', () => 'avg_engagement_score', 2],
      high_churn_risk_count: same('high_churn_risk_count', 'long'),
      revenue_change: ['double', () => 'total_daily_revenue - previous_revenue', 2],
      dau_change_pct: [
        'double',
        () => '(daily_active_customers - previous_dau) * 1e2 / NULLIF(previous_dau, 0)',
        1,
      ],
    },
    order_by: ['interaction_date desc'],
    limit: 30,
    prelude: () => `WITH days AS (
  SELECT
    *,
    lag(total_daily_revenue) OVER (ORDER BY interaction_date ASC NULLS FIRST) AS previous_revenue,
    lag(daily_active_customers) OVER (ORDER BY interaction_date ASC NULLS FIRST) AS previous_dau
  FROM {gold}
)
`,
    body: () => 'FROM days',
  }),
]
