import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import type { Duck } from './duck'

/** SQL of raw values; columns that are not named take a plain value of `PLAIN`. */
export type RawValues = Readonly<Record<string, string>>

/** An ordinary row. */
export const PLAIN: RawValues = {
  id: '1',
  row_id: '1',
  event_timestamp: "TIMESTAMP '2024-05-06 07:08:09.123456'",
  event_id: "'e'",
  session_id: "'s'",
  customer_id: '7',
  email_raw: "'user1234@gmail.com'",
  phone_raw: "'+12125550123'",
  interaction_type: "'purchase'",
  product_id: "'PRD10000'",
  product_category: "'books'",
  transaction_amount: '12.34',
  currency: "'USD'",
  channel: "'web'",
  device_type: "'mobile'",
  browser: "'chrome'",
  ip_address: "'1.2.3.4'",
  city_raw: "'Chicago'",
  state_raw: "'IL'",
  zip_code: "'60601'",
  page_views: '3',
  time_on_site_seconds: '90',
  bounce_rate: '0',
  click_count: '4',
  cart_value: '5.5',
  items_in_cart: '2',
  support_ticket_id: "'TKT10000'",
  issue_category: "'billing'",
  satisfaction_score: '2',
  campaign_id: "'CMP100'",
  utm_source: "'google'",
  utm_medium: "'cpc'",
  loyalty_member: 'true',
  loyalty_tier: "'gold'",
  points_earned: '123',
  points_redeemed: '0',
  data_source: "'primary_system'",
  data_quality_flag: "'clean'",
  raw_user_agent: "'chrome/99.0'",
  session_fingerprint: "'ab'",
  interaction_payload: "'payload'",
}

export async function createRaw(
  duck: Duck,
  table: string,
  rows: readonly RawValues[],
): Promise<void> {
  const columns = RAW_COLUMNS.map(c => `${c.name} ${DUCKDB.typeName(c.type)}`).join(', ')
  await duck.run(`CREATE OR REPLACE TABLE ${table} (${columns})`)
  const values = rows.map(
    row => `(${RAW_COLUMNS.map(c => row[c.name] ?? PLAIN[c.name]!).join(', ')})`,
  )
  for (let i = 0; i < values.length; i += 200) {
    await duck.run(`INSERT INTO ${table} VALUES ${values.slice(i, i + 200).join(',\n')}`)
  }
}
