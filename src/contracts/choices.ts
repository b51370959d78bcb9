/** Ways to write silver. */
export const STRATEGY_NAMES = ['simple', 'streaming', 'chunked', 'salted'] as const
/** Name of a way to write silver. */
export type StrategyName = (typeof STRATEGY_NAMES)[number]

/** Content of one partition of a table. */
export type PartitionGranularity = 'day' | 'month' | 'none'

/** Classes of queries, by the part of an engine that each tries most. */
export const QUERY_CLASSES = [
  'scan',
  'filter_prune',
  'aggregation',
  'analytics',
  'operational',
] as const
/** Class of a query: what of an engine it tries most. */
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

/** Numbers that a plan keeps to and advice is given by. */

/** Executors from which on the driver's default memory may not do, and what it then needs, bytes. Source: product page. */
export const EXECUTORS_BEFORE_MORE_DRIVER_MEMORY = 20
export const DRIVER_MEMORY_FOR_MANY = 24 * 2 ** 30

/** The page: from 32 executors their polling overwhelms the API server; "keep executor counts at 28 or below". */
export const MOST_EXECUTORS = 28

/** Bytes a silver data file should have in batch mode. Source: the reference's `write.target-file-size-bytes`. */
export const SILVER_TARGET_FILE_SIZE = 128 * 2 ** 20

/** A mean file below this share of its target is small. Source: decisions, 11. */
export const LEAST_FILE_SHARE = 0.25

/** Bytes up to which a table is fingerprinted, by `architecture.pipeline.fingerprint`; it costs a scan of all but the payload. */
export const FINGERPRINT_LIMIT = {
  never: -1,
  auto: 4 * 2 ** 30,
  always: Number.MAX_SAFE_INTEGER,
} as const
