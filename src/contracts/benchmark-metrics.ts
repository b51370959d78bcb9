import { z } from 'zod'
import { object } from './documents'

const seconds = z.number().nonnegative()
const count = seconds.nullable()
/** Holds the value with 95 % confidence; null where too few samples support one. */
const interval = object({
  /** Lower end. */
  low: z.number(),
  /** Upper end. */
  high: z.number(),
}).nullable()

const ServerStatisticsSchema = object({
  /** The server's id of the query. */
  query_id: z.string(),
  /** From its arrival to its end, seconds. */
  elapsed_seconds: count,
  /** Time in the queue, seconds. */
  queued_seconds: count,
  /** Time of planning, seconds. */
  planning_seconds: count,
  /** CPU time on all workers, seconds. */
  cpu_seconds: count,
  /** Rows that it processed. */
  processed_rows: count,
  /** Bytes that it processed. */
  processed_bytes: count,
  /** Bytes that it read from storage. */
  physical_bytes: count,
  /** Highest memory that it held, bytes. */
  peak_memory_bytes: count,
})

/** Shape of a query in a record. */
export const QueryMetricsSchema = object({
  /** Q1 … Q9. */
  name: z.string(),
  /** Its name for people. */
  display_name: z.string(),
  /** Class of the query, e.g. `aggregation`. */
  class: z.string(),
  /** Median of the samples as the client saw them, seconds. */
  elapsed_seconds: seconds.nullable(),
  /** Median engine time, fetching left out, seconds. This is what QpH counts. */
  engine_seconds: seconds.nullable(),
  /** 95 % interval of the median engine time, seconds. */
  interval_seconds: interval,
  /** Median distance of the samples from their median, seconds. */
  deviation_seconds: seconds.nullable(),
  /** Samples far above the others: beyond the median by 5 scaled deviations and by half. Null where the query never ran alone. */
  outliers: count,
  /** Every measured execution, in order. */
  samples: z.array(
    object({
      /** Time inside the engine, seconds. */
      engine_seconds: seconds,
      /** Time of fetching the answer, seconds. */
      fetch_seconds: seconds,
      /** Number of the throughput stream that asked; 0 where it ran alone. */
      stream: z.number(),
      /** Number of the execution, from 0. */
      iteration: z.number(),
      /** A query server's own account of this execution; left out where the engine runs in this process. */
      server: ServerStatisticsSchema.optional(),
    }),
  ),
  /** Rows of the answer; null where it failed. */
  rows_returned: count,
  /** Bytes that its first measured execution read; null where nobody counts them. */
  bytes_read: count,
  /** Fingerprint of the answer, 16 hex digits; null where it failed, or changed from one execution to the next. */
  fingerprint: z.string().nullable(),
  /** The answer of a query that has one row by definition (Q1), by column; null for the others. */
  answer: z.record(z.string(), z.unknown()).nullable(),
  /** True where every execution gave the same answer. */
  success: z.boolean(),
  /** Why it failed; null where it did not. */
  error_message: z.string().nullable(),
})
/** A query's executions, time and answer. */
export type QueryMetrics = z.infer<typeof QueryMetricsSchema>

/** Kind of a QpH; the product page calls all of them composite. */
export const QphKindSchema = z.enum(['power', 'throughput', 'composite', 'median-of-rounds'])
export type QphKind = z.infer<typeof QphKindSchema>

/** Shape of `benchmark` in a record. */
export const BenchmarkMetricsSchema = object({
  /** Query engine that answered. */
  engine: z.string(),
  /** Parts that were run: `power` alone, `throughput` in streams side by side, `composite` both. */
  mode: z.enum(['power', 'throughput', 'composite']),
  /** State of the caches before each execution. */
  cache: z.enum(['hot', 'cold']),
  /** Proof of the cold mode; null when hot. */
  cache_proof: object({
    /** True where the caches are known to have been cold. */
    proven: z.boolean(),
    /** How that is known, or why it is not. */
    detail: z.string(),
  }).nullable(),
  /** False where a query failed, or its answer changed, or no query was chosen. */
  valid: z.boolean(),
  /** Why it is not valid, a sentence each. */
  invalid_reasons: z.array(z.string()),
  /** Queries an hour, of the kind that `qph_kind` names; null with `qph_reason`. */
  qph: count,
  /** Kind of `qph`; null where there is none. */
  qph_kind: QphKindSchema.nullable(),
  /** Why there is no QpH; null where there is one. */
  qph_reason: z.string().nullable(),
  /** 95 % interval of `qph`; null where it was measured once, or too few times. */
  qph_interval: interval,
  /** One stream, queries one after another; null where that was not run. */
  power_qph: count,
  /** Streams side by side; null where that was not run. */
  throughput_qph: count,
  /** Geometric mean of the two; null unless both were run. */
  composite_qph: count,
  /** Geometric mean of the queries' engine times, seconds, as comparisons use it; null where one has none. */
  geometric_mean_seconds: seconds.nullable(),
  /** Power QpH by query class; null entries where a query of the class failed, null where no query ran alone. */
  class_qph: z.record(z.string(), z.number().nullable()).nullable(),
  /** One pass of the queries: power, the sum of the medians; throughput, wall time of all streams. */
  total_seconds: seconds,
  /** Wall seconds of the streams, from the first start to the last end; null without streams, or where a query failed. */
  throughput_seconds: seconds.nullable(),
  /** The pass is shorter than 1 s: start-up and scheduling decide it, not the engine. Nobody should be ranked by it. */
  too_short_to_rank: z.boolean(),
  /** Outliers of all queries; null where none ran alone. */
  outliers: count,
  /** Least measured executions of each query in the power part. */
  iterations: z.number(),
  /** Least measured time of each query in the power part, seconds. */
  min_seconds: seconds,
  /** Unmeasured executions of each query before its samples (hot cache only). */
  warmup_runs: z.number(),
  /** Throughput streams side by side; 1 in power mode. */
  streams: z.number(),
  /** Order of each throughput stream. */
  stream_orders: z.array(z.array(z.string())),
  /** Seed of the streams' orders and of the resampling. */
  seed: z.number(),
  /** How many queries the whole set has; QpH is of no smaller one. */
  queries_in_set: z.number(),
  /** Every query that was asked, in order. */
  queries: z.array(QueryMetricsSchema),
})
/** The queries of a run: times, QpH of each kind, answers. */
export type BenchmarkMetrics = z.infer<typeof BenchmarkMetricsSchema>

/** One benchmark round in the window. */
export const BenchmarkRoundSchema = object({
  /** Number of the round, from 1. */
  round: z.number(),
  /** When it began, on the window's clock, seconds. */
  at: z.number(),
  /** Time that it took, pauses included, seconds. */
  elapsed_seconds: seconds,
  /** False where a query failed. */
  valid: z.boolean(),
  /** Why it is not valid, a sentence each. */
  invalid_reasons: z.array(z.string()),
  /** Queries an hour; null where it is not valid, or only a part was asked. */
  qph: z.number().nullable(),
  /** Sum of the queries' engine times, seconds. */
  total_seconds: seconds,
  /** How old the newest data in gold was when the round began; null where gold cannot tell. */
  gold_freshness_seconds: z.number().nullable(),
  /** How long the oldest row that gold does not show had been waiting then; 0 where there is none. */
  gold_staleness_seconds: z.number().nullable(),
  /** True where Q9 failed at first. */
  q9_contention_observed: z.boolean(),
  /** True where a later try of Q9 succeeded. */
  q9_retry_used: z.boolean(),
  /** Further tries of Q9. */
  q9_retries: z.number(),
  /** How the caches were flushed before it. */
  metadata_flush: z.string(),
  /** How many queries the whole set has; QpH is of no smaller one. */
  queries_in_set: z.number(),
  /** Every query of the round, in order. */
  queries: z.array(
    object({
      /** Q1 … Q9. */
      name: z.string(),
      /** Class of the query, e.g. `aggregation`. */
      class: z.string(),
      /** Engine time, fetching left out, seconds; null where it failed. */
      engine_seconds: seconds.nullable(),
      /** Rows of the answer; null where it failed. */
      rows_returned: count,
      /** True where it gave an answer. */
      success: z.boolean(),
      /** Why it failed; null where it did not. */
      error_message: z.string().nullable(),
    }),
  ),
})
/** A round of queries of a continuous run. */
export type BenchmarkRound = z.infer<typeof BenchmarkRoundSchema>
