import type { ColumnType, TableColumn } from '../contracts/tables'

/** One of the 41 raw columns. `key` columns may not be NULL in every row. */
export interface RawColumn extends TableColumn {
  readonly nullable: boolean
  readonly key: boolean
}

const KEY_COLUMNS = new Set([
  'event_timestamp',
  'customer_id',
  'interaction_type',
  'channel',
  'data_quality_flag',
])

const column = (name: string, type: ColumnType, nullable = false): RawColumn => ({
  name,
  type,
  nullable,
  key: KEY_COLUMNS.has(name),
})

/** The raw Customer 360 interactions, in file order. */
export const RAW_COLUMNS: readonly RawColumn[] = [
  column('id', 'long'),
  column('row_id', 'long'),
  column('event_timestamp', 'timestamp'),
  column('event_id', 'string'),
  column('session_id', 'string'),
  column('customer_id', 'long'),
  column('email_raw', 'string'),
  column('phone_raw', 'string'),
  column('interaction_type', 'string'),
  column('product_id', 'string', true),
  column('product_category', 'string', true),
  column('transaction_amount', 'double'),
  column('currency', 'string'),
  column('channel', 'string'),
  column('device_type', 'string', true),
  column('browser', 'string', true),
  column('ip_address', 'string'),
  column('city_raw', 'string'),
  column('state_raw', 'string'),
  column('zip_code', 'string'),
  column('page_views', 'int'),
  column('time_on_site_seconds', 'int'),
  column('bounce_rate', 'double'),
  column('click_count', 'int', true),
  // NaN, not NULL, where there is no cart.
  column('cart_value', 'double'),
  column('items_in_cart', 'int', true),
  column('support_ticket_id', 'string', true),
  column('issue_category', 'string', true),
  column('satisfaction_score', 'int', true),
  column('campaign_id', 'string', true),
  column('utm_source', 'string', true),
  column('utm_medium', 'string', true),
  column('loyalty_member', 'boolean'),
  column('loyalty_tier', 'string', true),
  column('points_earned', 'int'),
  column('points_redeemed', 'int'),
  column('data_source', 'string'),
  column('data_quality_flag', 'string'),
  column('raw_user_agent', 'string'),
  column('session_fingerprint', 'string'),
  column('interaction_payload', 'string'),
]

/** Where raw files lie, below the storage root. */
export const RAW_PREFIX = 'bronze/customer/interactions/'

/**
 * Event times that a date of every engine holds, the years 1 to 9999, as microseconds since 1970; both ends are in. A raw time outside
 * counts as none.
 */
export const EVENT_TIMES = {
  first: -62_135_596_800_000_000n,
  last: 253_402_300_799_999_999n,
} as const
