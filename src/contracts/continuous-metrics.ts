import { z } from 'zod'
import { object } from './document-schema'

/** Seconds on the window's own clock: 0 is its start, so what came before is negative. */
const at = z.number()
const seconds = z.number().nonnegative()
const rows = z.number().nonnegative()
const unknown = (what: z.ZodNumber) => what.nullable()

/** One micro-batch, or one refresh of gold, that was committed. */
export const StreamBatchSchema = object({
  batch: z.number(),
  /** When the commit was visible. */
  at,
  /** From the trigger to the commit. */
  seconds,
  input_rows: rows,
  output_rows: rows,
  /** Bytes and files of what was written. */
  bytes: rows,
  files: rows,
  snapshot_id: z.string(),
  /** The last batch of bronze that silver now holds, or of silver that gold does; null for bronze, and where nobody says. */
  source_batch: z.number().nullable(),
  /** When the newest data landed that is in the table from now on; null where it holds none whose landing was noted. */
  through: at.nullable(),
})
export type StreamBatch = z.infer<typeof StreamBatchSchema>

export const StreamMetricsSchema = object({
  /** bronze-ingest, silver-stream or gold-refresh. */
  job_name: z.string(),
  job_type: z.literal('streaming'),
  engine: z.string(),
  trigger_interval_seconds: seconds,
  elapsed_seconds: seconds,
  /** Batches with data; triggers that found nothing are beside them. */
  total_batches: z.number(),
  empty_triggers: z.number(),
  /** Rows taken in; gold reads silver whole each time, and each time counts. */
  total_rows_processed: rows,
  /** Rows taken in for the first time; null for gold. */
  unique_rows_processed: unknown(rows),
  /** Rows of the window ÷ its seconds. */
  throughput_rps: unknown(rows),
  /** Mean, 95th percentile and longest. */
  micro_batch_duration_ms: unknown(rows),
  micro_batch_p95_ms: unknown(rows),
  micro_batch_max_ms: unknown(rows),
  /** Mean rows of a batch. */
  batch_size: unknown(rows),
  /** Share of the window in which the stream was at work. */
  busy: unknown(z.number()),
  /** Oldest that its table was as seen by a reader; null where that cannot be told. */
  freshness_seconds: unknown(z.number()),
  /** Batches that had to be tried again, e.g. since the store was away. */
  retries: z.number(),
  /** Compactions of small files, with the files before and after. */
  compactions: object({ count: z.number(), files_before: z.number(), files_after: z.number() }),
  /** Files that expired snapshots left and that were deleted. */
  expired_files: z.number(),
  output_fingerprint: z.string().nullable(),
  success: z.boolean(),
  error_message: z.string().nullable(),
  batches: z.array(StreamBatchSchema),
})
export type StreamMetrics = z.infer<typeof StreamMetricsSchema>

/** One benchmark round in the window. */
export const BenchmarkRoundSchema = object({
  round: z.number(),
  at,
  elapsed_seconds: seconds,
  valid: z.boolean(),
  invalid_reasons: z.array(z.string()),
  qph: z.number().nullable(),
  total_seconds: seconds,
  /** How old the newest data in gold was when the round began; null where gold cannot tell. */
  gold_freshness_seconds: z.number().nullable(),
  /** How long the oldest row that gold does not show had been waiting then; 0 where there is none. */
  gold_staleness_seconds: z.number().nullable(),
  /** Q9 failed at first, and whether a later try of it succeeded. */
  q9_contention_observed: z.boolean(),
  q9_retry_used: z.boolean(),
  q9_retries: z.number(),
  metadata_flush: z.string(),
  /** How many queries the whole set has; QpH is of no smaller one. */
  queries_in_set: z.number(),
  queries: z.array(
    object({
      name: z.string(),
      class: z.string(),
      engine_seconds: seconds.nullable(),
      rows_returned: rows.nullable(),
      success: z.boolean(),
      error_message: z.string().nullable(),
    }),
  ),
})
export type BenchmarkRound = z.infer<typeof BenchmarkRoundSchema>

/** The state of the whole at one moment. */
export const WindowSampleSchema = object({
  at,
  /** Rows that landed and are not in bronze, and rows in bronze that silver has not read. */
  bronze_backlog_rows: unknown(rows),
  silver_backlog_rows: unknown(rows),
  /** Age of the newest data in gold; null before its first commit. */
  staleness_seconds: unknown(z.number()),
  /** How long the oldest row that gold does not show has been waiting; 0 where there is none. */
  unseen_seconds: unknown(z.number()),
  /** Resident set of this process. */
  memory_bytes: unknown(rows),
})
export type WindowSample = z.infer<typeof WindowSampleSchema>

/**
 * Raw files that landed at one moment and that one batch of bronze took: as a rule a single one. There are as many as files that the
 * run made, and for others at most one for each look and each batch.
 */
export const LandingSchema = object({
  /** When this process noted them. */
  at,
  /**
   * `made`: by this run, noted when it was in its place. `seen`: by others, noted by the first look that found it. `before`: it lay
   * there when this run, or the part of it that goes on, began to look, so nobody knows since when.
   */
  noted: z.enum(['made', 'seen', 'before']),
  files: z.number().positive(),
  /** null until somebody has counted them. */
  rows: unknown(rows),
  /** null: in none. */
  bronze_batch: z.number().nullable(),
  /** When it was left out of the stream, being broken. */
  left_out_at: at.nullable(),
  /** The store's own time of the newest of them, seconds after `started_at`: beside `at`, on another clock. */
  store_at: at.nullable(),
})
export type Landing = z.infer<typeof LandingSchema>

export const ContinuousMetricsSchema = object({
  profile: z.enum(['default', 'short']),
  /** Wall clock of second 0. */
  started_at: z.string(),
  planned_seconds: seconds,
  /** Seconds of the window itself; draining comes after it. Of a resumed run, of its last part, which everything here is of. */
  window_seconds: seconds,
  /** Seconds of the parts before that; older records do not say. */
  earlier_window_seconds: seconds.optional(),
  drain_seconds: seconds.nullable(),
  /** Everything that landed is in gold. */
  drained: z.boolean(),
  ended_by: z.enum(['duration', 'interrupt', 'failure', 'still running']),
  /** Parts of the run before this one, which was resumed. */
  resumed: z.number(),
  data_clock: z.string(),
  silver_partitioning: z.enum(['day', 'month', 'none']),
  producer: object({
    /** null: nothing was made, what lies there and what came was taken. */
    offered_rows_per_second: unknown(rows),
    planned_rows: unknown(rows),
    rows_per_file: unknown(rows),
    produced_rows: unknown(rows),
    produced_files: unknown(rows),
    produced_bytes: unknown(rows),
  }),
  /** Every raw file that landed, in order; what became of one is followed by the numbers of the batches. */
  landings: z.array(LandingSchema),
  rounds: object({
    warmup_seconds: seconds,
    interval_seconds: seconds,
    guard_seconds: seconds,
    /** Why there was no round, or no further one. */
    ended: z.string().nullable(),
  }),
  /** How this machine's clocks went; null in records that do not say. */
  clocks: z
    .object({
      /** By how much the wall clock ran ahead of the monotonic one since the window began: now, and at most, whichever way. */
      wall_drift_seconds: z.number(),
      largest_wall_drift_seconds: z.number(),
      /** By how much the store's clock is ahead of this machine's, by the files that the run made; null where it made none. */
      store_offset_seconds: z.number().nullable(),
    })
    .nullable(),
  quarantined: z.array(object({ file: z.string(), reason: z.string(), at })),
  samples: z.array(WindowSampleSchema),
})
export type ContinuousMetrics = z.infer<typeof ContinuousMetricsSchema>

/** Fields that a continuous run adds to its record. */
export interface WindowRecord {
  readonly streaming: StreamMetrics[]
  readonly benchmark_rounds: BenchmarkRound[]
  readonly continuous: ContinuousMetrics
}

const score = z.number().nullable()

/** Scores of a continuous run; null for a batch run. */
export const ContinuousScoresSchema = object({
  /** Oldest that gold was in the window, seen by a reader: the top of the sawtooth, just before a commit. */
  data_freshness_seconds: score,
  freshness_p50_seconds: score,
  freshness_p95_seconds: score,
  /** Median age of gold when a round began. */
  query_time_freshness_seconds: score,
  /** Rows a second over all three streams. */
  sustained_throughput_rps: score,
  /** Rows a second into bronze. */
  ingest_throughput_rps: score,
  in_stream_composite_qph: score,
  /** Sum of the streams' mean batch times, milliseconds. */
  end_to_end_latency_ms: score,
  /** Rows that the three streams took in during the window. */
  total_rows_processed: score,
  /** Seconds from a file's landing to the commit of gold that shows its rows, over the files that came to gold in the window. */
  landing_to_gold_p50_seconds: score,
  landing_to_gold_p95_seconds: score,
  landing_to_gold_max_seconds: score,
  /** Files that landed in the window and were not in gold at its end. */
  files_waiting_for_gold: score,
  /** How long the oldest row that gold does not show has been waiting, over time; 0 where there is none. */
  staleness_p95_seconds: score,
  staleness_max_seconds: score,
  /** Median of it when a round began. */
  query_time_staleness_seconds: score,
  /** Share of the rows of files that landed early enough to be taken that is in bronze. */
  ingest_ratio: score,
  /** Rows a second by which what waits before bronze and silver grows; 0 or less: it does not. */
  backlog_growth_rps: score,
  /** Standard error of the former, with the points counted that are independent. */
  backlog_growth_stderr_rps: score,
  /** By how much QpH fell from the first half of the rounds to the second, per cent. */
  qph_degradation_pct: score,
})
export type ContinuousScores = z.infer<typeof ContinuousScoresSchema>

export const NO_CONTINUOUS_SCORES = Object.freeze(
  Object.fromEntries(Object.keys(ContinuousScoresSchema.shape).map(name => [name, null])),
) as ContinuousScores
