/** Ways to write silver. */
export const STRATEGY_NAMES = ['simple', 'streaming', 'chunked', 'salted'] as const
export type StrategyName = (typeof STRATEGY_NAMES)[number]

/** What one partition of a table holds. */
export type PartitionGranularity = 'day' | 'month' | 'none'

/** What a query is good for. */
export const QUERY_CLASSES = [
  'scan',
  'filter_prune',
  'aggregation',
  'analytics',
  'operational',
] as const
export type QueryClass = (typeof QUERY_CLASSES)[number]

/** Shares (0..1) above which `bronze-verify` fails; `null` never fails. */
export interface QualityGates {
  /** Rows beyond the first of an event_id. */
  readonly max_duplicate_ratio: number | null
  /** Rows whose email is not valid. */
  readonly max_invalid_email_ratio: number | null
  /** Rows whose phone number is not valid. */
  readonly max_invalid_phone_ratio: number | null
  /** NULLs where the schema says never, all columns together ÷ rows. */
  readonly max_null_violation_ratio: number | null
}
