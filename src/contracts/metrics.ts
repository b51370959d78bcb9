import { z } from 'zod'
import {
  BenchmarkRoundSchema,
  ContinuousMetricsSchema,
  ContinuousScoresSchema,
  StreamMetricsSchema,
} from './continuous-metrics'
import { object } from './document-schema'
import {
  FoundDirtSchema,
  TableLayoutSchema,
  TablePruningSchema,
  TableSumsSchema,
} from './table-metrics'

/** Version of `metrics.json`; a reader accepts this and migrates older ones. */
export const METRICS_SCHEMA_VERSION = 3
const seconds = z.number().nonnegative()
const count = seconds.nullable()
/** Holds the value with 95 % confidence; null where too few samples support one. */
const interval = object({ low: z.number(), high: z.number() }).nullable()

/** One stage's work. Unknown is null, never 0. */
export const JobMetricsSchema = object({
  job_name: z.string(),
  job_type: z.enum(['datagen', 'batch', 'custom']),
  engine: z.string(),
  start_time: z.string(),
  end_time: z.string(),
  /** From the start of the run to that of the stage, on its monotonic clock, seconds; null for one that an earlier process carried out. */
  started_after_seconds: seconds.nullable(),
  /** Time of the stage as the pipeline saw it, on the same clock, seconds. */
  elapsed_seconds: seconds,
  /** Inside the engine, seconds. */
  engine_seconds: seconds.nullable(),
  input_size_gb: count,
  output_size_gb: count,
  input_rows: count,
  output_rows: count,
  bytes_read: count,
  bytes_written: count,
  output_files: count,
  /** `bytes_read` (data generation: `bytes_written`) ÷ 2^30 ÷ `engine_seconds`; null where the bytes are not known. */
  throughput_gb_per_second: count,
  /** `input_rows` (data generation: `output_rows`) ÷ `engine_seconds`. */
  throughput_rows_per_second: count,
  executor_count: count,
  executor_cores: count,
  executor_memory_gb: count,
  /** The product page's shape for this job, where the engine used something else. */
  requested: z
    .object({
      tier: z.string(),
      executor_count: z.number(),
      executor_cores: z.number(),
      executor_memory_gb: z.number(),
    })
    .nullable(),
  cpu_seconds_requested: count,
  cpu_seconds_used: count,
  memory_gb_requested: count,
  peak_memory_gb: count,
  strategy: z.string().nullable(),
  strategy_reason: z.string().nullable(),
  partitioning: z.string().nullable(),
  output_fingerprint: z.string().nullable(),
  /** Digest of the raw data that the stage read, or that the table it read was made from; null where it read neither. */
  corpus: z.string().nullable(),
  /** Which raw files it read: a digest of their keys and sizes; null where it read none, and in older records. */
  raw_input: object({ digest: z.string(), files: z.number(), rows: z.number() }).nullable(),
  success: z.boolean(),
  error_message: z.string().nullable(),
  /** The custom stage's result, or a built-in one's further findings. */
  measurements: z.record(z.string(), z.unknown()),
})
export type JobMetrics = z.infer<typeof JobMetricsSchema>

const ServerStatisticsSchema = object({
  query_id: z.string(),
  elapsed_seconds: count,
  queued_seconds: count,
  planning_seconds: count,
  cpu_seconds: count,
  processed_rows: count,
  processed_bytes: count,
  physical_bytes: count,
  peak_memory_bytes: count,
})

export const QueryMetricsSchema = object({
  /** Q1 … Q9. */
  name: z.string(),
  display_name: z.string(),
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
  samples: z.array(
    object({
      engine_seconds: seconds,
      fetch_seconds: seconds,
      stream: z.number(),
      iteration: z.number(),
      /** A query server's own account of this execution; left out where the engine runs in this process. */
      server: ServerStatisticsSchema.optional(),
    }),
  ),
  rows_returned: count,
  bytes_read: count,
  fingerprint: z.string().nullable(),
  /** The answer of a query that has one row by definition (Q1), by column; null for the others. */
  answer: z.record(z.string(), z.unknown()).nullable(),
  success: z.boolean(),
  error_message: z.string().nullable(),
})
export type QueryMetrics = z.infer<typeof QueryMetricsSchema>

/** Kind of a QpH; the product page calls all of them composite. */
export const QphKindSchema = z.enum(['power', 'throughput', 'composite', 'median-of-rounds'])
export type QphKind = z.infer<typeof QphKindSchema>

export const BenchmarkMetricsSchema = object({
  engine: z.string(),
  mode: z.enum(['power', 'throughput', 'composite']),
  cache: z.enum(['hot', 'cold']),
  /** Proof of the cold mode; null when hot. */
  cache_proof: object({ proven: z.boolean(), detail: z.string() }).nullable(),
  valid: z.boolean(),
  invalid_reasons: z.array(z.string()),
  /** Queries an hour, of the kind that `qph_kind` names; null with `qph_reason`. */
  qph: count,
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
  streams: z.number(),
  /** Order of each throughput stream. */
  stream_orders: z.array(z.array(z.string())),
  seed: z.number(),
  /** How many queries the whole set has; QpH is of no smaller one. */
  queries_in_set: z.number(),
  queries: z.array(QueryMetricsSchema),
})
export type BenchmarkMetrics = z.infer<typeof BenchmarkMetricsSchema>

export const CorpusSchema = object({
  kind: z.enum(['generated', 'foreign']),
  generator_version: z.number().nullable(),
  seed: z.number().nullable(),
  scale: z.number().nullable(),
  rows: z.number().nullable(),
  files: z.number(),
  bytes: z.number(),
  /** Order-insensitive digest of the rows (generated) or of keys, sizes and footers (foreign). */
  digest: z.string(),
  /** Identity of generator version and parameters, known before the first row is made; null for a foreign corpus, and in older records. */
  identity: z.string().nullable(),
  /** Where its files lie, below the storage root; null in older records. */
  prefix: z.string().nullable(),
  /** Files with other bytes than the generator wrote, each with what is wrong; null for a foreign corpus, and in older records. */
  changed_files: z.array(z.string()).nullable(),
  /** Dirt by kind, rows, as the generator counted it; null for a foreign corpus. */
  injected_dirt: z.record(z.string(), z.number()).nullable(),
  parameters: z.record(z.string(), z.unknown()),
})
export type CorpusRecord = z.infer<typeof CorpusSchema>

/** Facts of the run's data when its stages were over, outside every measured time. */
export const LineageSchema = object({
  /** Digest of the raw data as it lay then; null where there was none. */
  corpus_at_end: z.string().nullable(),
  sums: object({
    /** Sums over the rows that silver keeps; of the raw files, or of the bronze table in continuous mode. */
    bronze: TableSumsSchema.nullable(),
    silver: TableSumsSchema.nullable(),
    gold: TableSumsSchema.nullable(),
  }),
  /** Dirt of a drained continuous run over a generated corpus; null elsewhere, as in a batch, where bronze-verify counts, or where `unknown` says why. */
  found: FoundDirtSchema.nullable(),
  /** Why a sum, or what was found, is null, a sentence each. */
  unknown: z.array(z.string()),
})
export type LineageRecord = z.infer<typeof LineageSchema>

export const ScoresSchema = object({
  /** bronze-verify start → gold-finalize end. */
  time_to_value_seconds: count,
  /** Sum of the stages, data generation and queries included. */
  total_elapsed_seconds: count,
  /** Generation, reported beside time to value, never inside it. */
  datagen_seconds: count,
  /** Bytes the stages read, GiB. */
  total_data_processed_gb: count,
  pipeline_throughput_gb_per_second: count,
  total_core_hours: count,
  compute_efficiency_gb_per_core_hour: count,
  /** Bronze GiB ÷ (10 × scale). */
  scale_ratio: count,
  composite_qph: count,
  ...ContinuousScoresSchema.shape,
})
export type Scores = z.infer<typeof ScoresSchema>

/** e.g. `too-short-to-rank`. */
export const MarkSchema = object({ mark: z.string(), detail: z.string() })
export type Mark = z.infer<typeof MarkSchema>

/** Demand on this machine's processors over a span of time. Unknown is null, as on systems other than Linux. */
export const CpuConditionsSchema = object({
  /** Length of the span. */
  seconds,
  /** Mean number of tasks that ran or wanted to, over the minute before its end. */
  load_1m: count,
  /** CPU time that the host gave to others, seconds, all cores together. */
  steal_seconds: count,
  /** Time during which some task of the machine waited for a core, seconds (pressure stall information). */
  pressure_seconds: count,
  /** Time during which the control group's limit held this process back, seconds. */
  throttled_seconds: count,
  /** CPU time of this process, and how long its threads were ready and waited for a core, seconds, all threads together. */
  cpu_seconds: count,
  run_queue_seconds: count,
})
export type CpuConditions = z.infer<typeof CpuConditionsSchema>

export const ConditionsSchema = object({
  cores: z.number(),
  /** From the end of the stage before, or the start of the process. */
  before: CpuConditionsSchema,
  during: CpuConditionsSchema,
})
export type Conditions = z.infer<typeof ConditionsSchema>

export const ValidityRuleSchema = object({
  rule: z.string(),
  passed: z.boolean(),
  detail: z.string(),
})
export type ValidityRule = z.infer<typeof ValidityRuleSchema>

/** Where a run stands in a series of equal runs (`run --repeat`) or in a session that compares configs (`ab`). */
export const SeriesPlaceSchema = object({
  series_id: z.string().regex(/^[\w-]+$/),
  kind: z.enum(['repeat', 'ab']),
  /** `A`, `B` …; of `repeat` always `A`. */
  arm: z.string(),
  /** 1 … `planned_rounds`; 0 is the warm-up, which no comparison looks at. */
  round: z.int().nonnegative(),
  /** 0, and one more each time the round was begun anew after an interruption. */
  attempt: z.int().nonnegative(),
  /** 0 for the arm that ran first in its round. */
  position: z.int().nonnegative(),
  planned_rounds: z.int().positive(),
  /** Seconds of fixed work just before the run: what no config can touch. */
  controls: z.record(z.string(), z.number().positive()),
  /** State of the machine at that moment: load, free memory. */
  conditions: z.record(z.string(), z.unknown()),
})
export type SeriesPlace = z.infer<typeof SeriesPlaceSchema>

/** The record as this version writes it. One of an older version is migrated by `loadRun`; this schema alone refuses it. */
export const RunMetricsSchema = object({
  schema_version: z.literal(METRICS_SCHEMA_VERSION),
  /** A plain name: it becomes part of a path. */
  run_id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  mode: z.enum(['batch', 'continuous']),
  /** Left out where the run stands alone. */
  series: SeriesPlaceSchema.optional(),
  status: z.enum(['succeeded', 'failed', 'aborted']),
  start_time: z.string(),
  end_time: z.string(),
  /** How often the run was taken up again after an end, or a crash. */
  resumed: z.int().nonnegative(),
  total_elapsed_seconds: seconds,
  /** Run wall time less the work of the stages. */
  orchestration_seconds: seconds,
  success: z.boolean(),
  verdict: z.enum(['PASSED', 'FAILED', 'INTERRUPTED', 'INVALID']),
  /** Every rule that can make the run invalid, with its outcome. */
  validity: z.array(ValidityRuleSchema),
  error_message: z.string().nullable(),
  environment: z.record(z.string(), z.unknown()),
  config_snapshot: z.record(z.string(), z.unknown()),
  corpus: CorpusSchema.nullable(),
  /** null in records of versions before 3, which do not say. */
  lineage: LineageSchema.nullable(),
  /** `silver` and `gold`, of streams also `bronze`, where the engine that wrote them lets their metadata be read. */
  tables: z.record(z.string(), TableLayoutSchema).optional() as z.ZodOptional<
    z.ZodRecord<z.ZodString, typeof TableLayoutSchema>
  >,
  pruning: z.array(TablePruningSchema).optional(),
  jobs: z.array(JobMetricsSchema),
  /** The streams of a continuous run. */
  streaming: z.array(StreamMetricsSchema) as z.ZodArray<typeof StreamMetricsSchema>,
  benchmark: BenchmarkMetricsSchema.nullable(),
  /** Rounds within the window of a continuous run; `benchmark` then has their medians. */
  benchmark_rounds: z.array(BenchmarkRoundSchema) as z.ZodArray<typeof BenchmarkRoundSchema>,
  /** The window of a continuous run; null for a batch run. */
  continuous: ContinuousMetricsSchema.nullable() as z.ZodNullable<typeof ContinuousMetricsSchema>,
  pipeline_benchmark: object({
    scores: ScoresSchema,
    /** Why a score is null, by its name, where more can be said than that an input is unknown. */
    null_reasons: z.record(z.string(), z.string()).optional(),
    /** Whether the streams fell behind what was offered; null where that cannot be told. Continuous runs only. */
    pipeline_saturated: z.boolean().nullable().optional(),
    stages: z.array(
      object({
        stage_name: z.string(),
        status: z.enum(['succeeded', 'failed', 'aborted', 'skipped']),
        start_time: z.string().nullable(),
        elapsed_seconds: seconds,
        /** Conditions of the machine; left out for a stage that did not run, and in older records. */
        conditions: ConditionsSchema.optional(),
        error_message: z.string().nullable(),
      }),
    ),
    /** Kind of `scores.composite_qph`; null where there is none. */
    qph_kind: QphKindSchema.nullable(),
    /** Limits to the worth of the numbers that do not make them invalid. */
    marks: z.array(MarkSchema),
  }),
  warnings: z.array(z.string()),
})
/** The record of a run, as `metrics.json` has it. */
export type RunMetrics = z.infer<typeof RunMetricsSchema>
