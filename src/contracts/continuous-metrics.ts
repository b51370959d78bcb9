import { z } from 'zod'
import type { BenchmarkRound } from './benchmark-metrics'
import { object } from './documents'

/** Seconds on the window's own clock: 0 is its start, so what came before is negative. */
const at = z.number()
const seconds = z.number().nonnegative()
const rows = z.number().nonnegative()
const unknown = (what: z.ZodNumber) => what.nullable()

/** One micro-batch, or one refresh of gold, that was committed. */
export const StreamBatchSchema = object({
  /** Number of the batch, from 1 over the whole run. */
  batch: z.number(),
  /** When the commit was visible. */
  at,
  /** From the trigger to the commit. */
  seconds,
  /** Rows that it took in. */
  input_rows: rows,
  /** Rows that it wrote. */
  output_rows: rows,
  /** Size of the files that it wrote, bytes. */
  bytes: rows,
  /** Files that it wrote. */
  files: rows,
  /** Snapshot that it committed. */
  snapshot_id: z.string(),
  /** The last batch of bronze that silver now holds, or of silver that gold does; null for bronze, and where nobody says. */
  source_batch: z.number().nullable(),
  /** When the newest data landed that is in the table from now on; null where it holds none whose landing was noted. */
  through: at.nullable(),
})
/** One batch of a stream. */
export type StreamBatch = z.infer<typeof StreamBatchSchema>

/** Shape of a stream in a record. */
export const StreamMetricsSchema = object({
  /** bronze-ingest, silver-stream or gold-refresh. */
  job_name: z.string(),
  /** Always `streaming`. */
  job_type: z.literal('streaming'),
  /** Engine that carried it out. */
  engine: z.string(),
  /** Time between two triggers, seconds. */
  trigger_interval_seconds: seconds,
  /** From its start to its end, draining included, seconds. */
  elapsed_seconds: seconds,
  /** Batches with data; triggers that found nothing are beside them. */
  total_batches: z.number(),
  /** Triggers that found nothing. */
  empty_triggers: z.number(),
  /** Rows taken in; gold reads silver whole each time, and each time counts. */
  total_rows_processed: rows,
  /** Rows taken in for the first time; null for gold. */
  unique_rows_processed: unknown(rows),
  /** Rows of the window ÷ its seconds. */
  throughput_rps: unknown(rows),
  /** Mean duration of the batches in the window, milliseconds. */
  micro_batch_duration_ms: unknown(rows),
  /** Their 95th percentile, milliseconds. */
  micro_batch_p95_ms: unknown(rows),
  /** The longest of them, milliseconds. */
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
  compactions: object({
    /** How many there were. */
    count: z.number(),
    /** Files that went into them. */
    files_before: z.number(),
    /** Files that came out of them. */
    files_after: z.number(),
  }),
  /** Files that expired snapshots left and that were deleted. */
  expired_files: z.number(),
  /** Fingerprint of the table's rows once everything that landed is in it; null where it is not, or nobody took it. */
  output_fingerprint: z.string().nullable(),
  /** True where it ran to its end. */
  success: z.boolean(),
  /** Why it failed; null where it did not. */
  error_message: z.string().nullable(),
  /** Every batch that was committed, in order. */
  batches: z.array(StreamBatchSchema),
})
/** A stream over the window: batches, rows, times. */
export type StreamMetrics = z.infer<typeof StreamMetricsSchema>

/** The state of the whole at one moment. */
export const WindowSampleSchema = object({
  /** When it was taken, on the window's clock, seconds. */
  at,
  /** Rows that landed and are not in bronze. */
  bronze_backlog_rows: unknown(rows),
  /** Rows in bronze that silver has not read. */
  silver_backlog_rows: unknown(rows),
  /** Age of the newest data in gold; null before its first commit. */
  staleness_seconds: unknown(z.number()),
  /** How long the oldest row that gold does not show has been waiting; 0 where there is none. */
  unseen_seconds: unknown(z.number()),
  /** Resident set of this process. */
  memory_bytes: unknown(rows),
})
/** State of the streams at one moment. */
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
  /** Files that landed. */
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

/** Shape of `continuous` in a record. */
export const ContinuousMetricsSchema = object({
  /** Profile of the config that the window's times come from. */
  profile: z.enum(['default', 'short']),
  /** Wall clock of second 0. */
  started_at: z.string(),
  /** Length that was asked for, seconds. */
  planned_seconds: seconds,
  /** Seconds of the window itself; draining comes after it. Of a resumed run, of its last part, which everything here is of. */
  window_seconds: seconds,
  /** Seconds of the parts before that; older records do not say. */
  earlier_window_seconds: seconds.optional(),
  /** Time from the window's end until everything was in gold, seconds; null where that was not reached. */
  drain_seconds: seconds.nullable(),
  /** Everything that landed is in gold. */
  drained: z.boolean(),
  /** Why the window ended. */
  ended_by: z.enum(['duration', 'interrupt', 'failure', 'still running']),
  /** Parts of the run before this one, which was resumed. */
  resumed: z.number(),
  /** `YYYY-MM-DD` that stood for today in silver. */
  data_clock: z.string(),
  /** Partitioning of silver. */
  silver_partitioning: z.enum(['day', 'month', 'none']),
  /** Files that the run made while the streams ran. */
  producer: object({
    /** Rows a second that were to be made; null: none, what lay there and what came was taken. */
    offered_rows_per_second: unknown(rows),
    /** Rows that the window was to bring. */
    planned_rows: unknown(rows),
    /** Rows of a file. */
    rows_per_file: unknown(rows),
    /** Rows that were made; null where nobody counted them. */
    produced_rows: unknown(rows),
    /** Files that were made; null where nobody counted them. */
    produced_files: unknown(rows),
    /** Size of the files that were made, bytes; null where nobody counted them. */
    produced_bytes: unknown(rows),
  }),
  /** Every raw file that landed, in order; what became of one is followed by the numbers of the batches. */
  landings: z.array(LandingSchema),
  /** How the rounds of queries were planned, and ended. */
  rounds: object({
    /** Time from the window's start to the first round, seconds. */
    warmup_seconds: seconds,
    /** Time between two rounds, seconds. */
    interval_seconds: seconds,
    /** Least time that must be left of the window for a round to begin, seconds. */
    guard_seconds: seconds,
    /** Why there was no round, or no further one. */
    ended: z.string().nullable(),
  }),
  /** How this machine's clocks went; null in records that do not say. */
  clocks: object({
    /** By how much the wall clock ran ahead of the monotonic one since the window began, seconds. */
    wall_drift_seconds: z.number(),
    /** The most that it was ahead, or behind (below 0), in the window, seconds. */
    largest_wall_drift_seconds: z.number(),
    /** By how much the store's clock is ahead of this machine's, by the files that the run made; null where it made none. */
    store_offset_seconds: z.number().nullable(),
  }).nullable(),
  /** Broken files that were left out. */
  quarantined: z.array(
    object({
      /** Key of the file, below the storage root. */
      file: z.string(),
      /** Fault that it has. */
      reason: z.string(),
      /** When that was noticed, on the window's clock, seconds. */
      at,
    }),
  ),
  /** The state of the whole, a sample a second, at most 2,000. */
  samples: z.array(WindowSampleSchema),
})
/** The window of a continuous run: its streams' surroundings, landings, clocks. */
export type ContinuousMetrics = z.infer<typeof ContinuousMetricsSchema>

/** Fields that a continuous run adds to its record. */
export interface WindowRecord {
  /** The three streams. */
  readonly streaming: StreamMetrics[]
  /** Rounds of queries, in order. */
  readonly benchmark_rounds: BenchmarkRound[]
  /** The window itself. */
  readonly continuous: ContinuousMetrics
}
