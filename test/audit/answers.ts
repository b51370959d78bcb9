import { createHash } from 'node:crypto'
import type { Cell, Duck } from './duck'

/** A column of an answer: its decimals (of a number that comes in units of the last one), or what else it is. */
type Kind = 0 | 1 | 2 | 'text' | 'date'

interface OwnQuery {
  readonly class: string
  readonly columns: Readonly<Record<string, Kind>>
  /** Over the views `s` (silver, with `cents` and `ltv_cents`) and `gold`. */
  readonly sql: string
}

const REVENUE = 'sum(cents)'
const stage = (name: string) => `count(*) FILTER (WHERE interaction_type = '${name}')`
const mean = (column: string, units = 100) =>
  `half_up(${units} * sum(${column}), nullif(count(${column}), 0))`

/** The eight queries (workload, 4), written here once more in exact integers. In the order of a power run. */
export const OWN_QUERIES: Readonly<Record<string, OwnQuery>> = {
  Q1: {
    class: 'scan',
    columns: {
      total_records: 0,
      unique_customers: 0,
      unique_sessions: 0,
      total_revenue: 2,
      avg_transaction: 2,
    },
    sql: `SELECT count(*), count(DISTINCT customer_id), count(DISTINCT session_id), ${REVENUE}, half_up(sum(cents), count(cents)) FROM s`,
  },
  Q2: {
    class: 'filter_prune',
    columns: {
      interaction_date: 'date',
      interaction_type: 'text',
      interactions: 0,
      customers: 0,
      revenue: 2,
    },
    sql: `WITH first AS (SELECT min(interaction_date) AS d FROM s)
      SELECT interaction_date, interaction_type, count(*), count(DISTINCT customer_id), ${REVENUE} AS revenue FROM s, first
      WHERE interaction_date < d + INTERVAL 3 MONTH GROUP BY ALL ORDER BY interaction_date, revenue DESC, interaction_type`,
  },
  Q4: {
    class: 'filter_prune',
    columns: {
      churn_risk_indicator: 'text',
      customer_journey_stage: 'text',
      device_category: 'text',
      interactions: 0,
      at_risk_customers: 0,
      avg_engagement: 2,
      avg_satisfaction: 2,
    },
    sql: `SELECT churn_risk_indicator AS c, customer_journey_stage AS j, device_category AS d, count(*),
      count(DISTINCT customer_id) AS customers, ${mean('engagement_score')}, ${mean('satisfaction_score')} FROM s
      WHERE satisfaction_score <= 3 GROUP BY c, j, d HAVING customers > 10 ORDER BY customers DESC, c, j, d`,
  },
  Q3: {
    class: 'aggregation',
    columns: {
      customer_value_tier: 'text',
      channel_preference: 'text',
      customers: 0,
      total_spend: 2,
      avg_engagement: 2,
      avg_ltv: 2,
    },
    sql: `SELECT customer_value_tier AS t, channel_preference AS p, count(DISTINCT customer_id), ${REVENUE} AS spend,
      ${mean('engagement_score')}, half_up(sum(ltv_cents), count(ltv_cents)) FROM s
      WHERE cents > 0 GROUP BY t, p ORDER BY spend DESC, t, p`,
  },
  Q7: {
    class: 'aggregation',
    columns: {
      channel: 'text',
      total_interactions: 0,
      awareness: 0,
      consideration: 0,
      conversions: 0,
      retention: 0,
      conversion_rate_pct: 2,
      channel_revenue: 2,
      avg_engagement: 2,
    },
    sql: `SELECT channel, count(*), ${stage('browse')}, ${stage('abandoned_cart')}, ${stage('purchase')}, ${stage('support')},
      half_up(10000 * ${stage('purchase')}, nullif(${stage('browse')}, 0)), ${REVENUE} AS revenue, ${mean('engagement_score')}
      FROM s GROUP BY channel ORDER BY revenue DESC, channel`,
  },
  Q5: {
    class: 'analytics',
    columns: {
      interaction_date: 'date',
      dau: 0,
      revenue: 2,
      total_interactions: 0,
      revenue_ma7: 2,
      dau_ma7: 0,
    },
    sql: `WITH daily AS (SELECT interaction_date AS day, count(DISTINCT customer_id) AS dau, ${REVENUE} AS revenue, count(*) AS n
      FROM s GROUP BY day), numbered AS (SELECT *, row_number() OVER (ORDER BY day) AS i FROM daily)
      SELECT a.day, a.dau, a.revenue, a.n, half_up(sum(b.revenue), count(*)), half_up(sum(b.dau), count(*))
      FROM numbered AS a JOIN numbered AS b ON b.i BETWEEN a.i - 6 AND a.i
      GROUP BY a.day, a.dau, a.revenue, a.n ORDER BY a.day DESC LIMIT 90`,
  },
  Q6: {
    class: 'analytics',
    columns: {
      rfm_segment: 'text',
      customer_count: 0,
      avg_spend: 2,
      avg_frequency: 1,
      avg_recency: 0,
    },
    sql: `WITH c AS (SELECT customer_id, date_diff('day', max(interaction_date), (SELECT max(interaction_date) FROM s)) AS recency,
        count(DISTINCT interaction_date) AS frequency, ${REVENUE} AS spend FROM s GROUP BY customer_id),
      named AS (SELECT *, CASE WHEN recency <= 30 AND frequency >= 20 AND spend > 100000 THEN 'Champions'
        WHEN recency <= 60 AND frequency >= 10 AND spend > 50000 THEN 'Loyal'
        WHEN recency <= 30 AND spend > 20000 THEN 'Potential Loyalists'
        WHEN recency <= 90 AND frequency >= 5 THEN 'At Risk' WHEN recency > 180 THEN 'Lost' ELSE 'Casual' END AS segment FROM c)
      SELECT segment, count(*), half_up(sum(spend), count(*)) AS mean, ${mean('frequency', 10)}, ${mean('recency', 1)}
      FROM named GROUP BY segment ORDER BY mean DESC, segment`,
  },
  Q9: {
    class: 'operational',
    columns: {
      interaction_date: 'date',
      daily_active_customers: 0,
      total_daily_revenue: 2,
      conversions: 0,
      avg_engagement_score: 2,
      high_churn_risk_count: 0,
      revenue_change: 2,
      dau_change_pct: 1,
    },
    sql: `WITH g AS (SELECT *, CAST(round(total_daily_revenue * 100) AS BIGINT) AS revenue,
        CAST(round(avg_engagement_score * 100) AS BIGINT) AS engagement, daily_active_customers AS dau,
        row_number() OVER (ORDER BY interaction_date) AS i FROM gold)
      SELECT a.interaction_date, a.dau, a.revenue, a.conversions, a.engagement, a.high_churn_risk_count, a.revenue - b.revenue,
        half_up(1000 * (a.dau - b.dau), nullif(b.dau, 0))
      FROM g AS a LEFT JOIN g AS b ON b.i = a.i - 1 ORDER BY a.interaction_date DESC LIMIT 30`,
  },
}

export interface Answer {
  readonly rows: readonly (readonly string[])[]
  /** Of the answer as the product defines it: columns and canonical values, tab by tab and line by line. */
  readonly fingerprint: string
}

/** Answers of all eight over the views `silver` and `gold`. */
export async function readAnswers(duck: Duck): Promise<Record<string, Answer>> {
  await duck.run(`CREATE OR REPLACE VIEW s AS SELECT *, CAST(round(transaction_amount * 100) AS BIGINT) AS cents,
    CAST(round(lifetime_value_estimate * 100) AS BIGINT) AS ltv_cents FROM silver`)
  const answers: Record<string, Answer> = {}
  for (const [id, { columns, sql }] of Object.entries(OWN_QUERIES)) {
    const kinds = Object.values(columns)
    const cells = (await duck.rows(sql)).map(row =>
      Object.values(row).map((cell, i) => canonical(cell, kinds[i]!)),
    )
    const text = [Object.keys(columns).join('\t'), ...cells.map(line => line.join('\t'))].join('\n')
    answers[id] = {
      rows: cells,
      fingerprint: createHash('sha256').update(text).digest('hex').slice(0, 16),
    }
  }
  return answers
}

function canonical(cell: Cell, kind: Kind): string {
  if (cell === null) return '\\N'
  if (kind === 'date') return String(cell)
  if (kind === 'text') return JSON.stringify(String(cell))
  const units = BigInt(String(cell))
  const digits = String(units < 0n ? -units : units).padStart(kind + 1, '0')
  const sign = units < 0n ? '-' : ''
  return kind === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -kind)}.${digits.slice(-kind)}`
}
