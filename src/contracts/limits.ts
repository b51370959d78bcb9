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
