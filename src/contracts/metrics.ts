import { z } from 'zod'
import { BenchmarkMetricsSchema, BenchmarkRoundSchema, QphKindSchema } from './benchmark-metrics'
import { ContinuousMetricsSchema, StreamMetricsSchema } from './continuous-metrics'
import { object } from './documents'
import { LineageSchema, TableLayoutSchema, TablePruningSchema } from './table-metrics'

/** Version of `metrics.json`; a reader accepts this and migrates older ones. */
export const METRICS_SCHEMA_VERSION = 3
const seconds = z.number().nonnegative()
const count = seconds.nullable()
/** One stage's work. Unknown is null, never 0. */
export const JobMetricsSchema = object({
  /** Name of the stage. */
  job_name: z.string(),
  /** `datagen` makes raw data, `batch` is a stage of the pipeline, `custom` one of a user's own. */
  job_type: z.enum(['datagen', 'batch', 'custom']),
  /** Engine that carried it out, e.g. `duckdb`, `spark`; `lakebench` for data generation. */
  engine: z.string(),
  /** Wall clock at its start, ISO 8601, UTC. */
  start_time: z.string(),
  /** Wall clock at its end, ISO 8601, UTC. */
  end_time: z.string(),
  /** From the start of the run to that of the stage, on its monotonic clock, seconds; null for one that an earlier process carried out. */
  started_after_seconds: seconds.nullable(),
  /** Time of the stage as the pipeline saw it, on the same clock, seconds. */
  elapsed_seconds: seconds,
  /** Inside the engine, seconds. */
  engine_seconds: seconds.nullable(),
  /** Size of its input files in storage, GiB. */
  input_size_gb: count,
  /** Size of its output files in storage, GiB. */
  output_size_gb: count,
  /** Rows it read. */
  input_rows: count,
  /** Rows it wrote. */
  output_rows: count,
  /** Bytes that its reads asked for; null where the system does not count them. */
  bytes_read: count,
  /** Bytes that it wrote; null where the system does not count them. */
  bytes_written: count,
  /** Data files that it wrote. */
  output_files: count,
  /** `bytes_read` (data generation: `bytes_written`) ÷ 2^30 ÷ `engine_seconds`; null where the bytes are not known. */
  throughput_gb_per_second: count,
  /** `input_rows` (data generation: `output_rows`) ÷ `engine_seconds`. */
  throughput_rows_per_second: count,
  /** Executors as used; 1 for the embedded engine. */
  executor_count: count,
  /** Cores of each executor as used. */
  executor_cores: count,
  /** Memory of each executor as used, GiB. */
  executor_memory_gb: count,
  /** The product page's shape for this job, where the engine used something else. */
  requested: object({
    /** Tier of the scale. */
    tier: z.string(),
    /** Executors that the tier asks for. */
    executor_count: z.number(),
    /** Cores of each. */
    executor_cores: z.number(),
    /** Memory of each, GiB. */
    executor_memory_gb: z.number(),
  }).nullable(),
  /** Core seconds that it held: executors × cores × `elapsed_seconds`, as used. */
  cpu_seconds_requested: count,
  /** CPU time that it used, user and system, seconds. */
  cpu_seconds_used: count,
  /** Memory that it held: executors × memory as used, GiB. */
  memory_gb_requested: count,
  /** Highest resident set while it ran, GiB. */
  peak_memory_gb: count,
  /** Write strategy of silver-build; null for other stages. */
  strategy: z.string().nullable(),
  /** Why that strategy was taken; null for other stages. */
  strategy_reason: z.string().nullable(),
  /** Partitioning of the table that it wrote, and why; null where it wrote none. */
  partitioning: z.string().nullable(),
  /** Fingerprint of the rows of the table that it wrote, 32 hex digits; null for none, and above the limit of `pipeline.fingerprint`. */
  output_fingerprint: z.string().nullable(),
  /** Digest of the raw data that the stage read, or that the table it read was made from; null where it read neither. */
  corpus: z.string().nullable(),
  /** Which raw files it read: a digest of their keys and sizes; null where it read none, and in older records. */
  raw_input: object({
    /** Digest of the files' keys and sizes. */
    digest: z.string(),
    /** Raw files that were read. */
    files: z.number(),
    /** Rows that they hold. */
    rows: z.number(),
  }).nullable(),
  /** True where it did its work. */
  success: z.boolean(),
  /** Why it failed; null where it did not. */
  error_message: z.string().nullable(),
  /** The custom stage's result, or a built-in one's further findings. */
  measurements: z.record(z.string(), z.unknown()),
})
/** A stage as the record has it: time, rows, bytes, resources. */
export type JobMetrics = z.infer<typeof JobMetricsSchema>

/** Shape of `corpus` in a record. */
export const CorpusSchema = object({
  /** `generated` by lakebench, or `foreign`. */
  kind: z.enum(['generated', 'foreign']),
  /** Version of the generator; null for a foreign corpus. */
  generator_version: z.number().nullable(),
  /** Seed of the generator; null for a foreign corpus. */
  seed: z.number().nullable(),
  /** Scale that it was made for: 1 is 10 GiB; null for a foreign corpus. */
  scale: z.number().nullable(),
  /** Rows of all files; null where nobody counted them. */
  rows: z.number().nullable(),
  /** Raw files. */
  files: z.number(),
  /** Size of all files, bytes. */
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
  /** Further parameters of the generator. */
  parameters: z.record(z.string(), z.unknown()),
})
/** Identity and size of the raw data. */
export type CorpusRecord = z.infer<typeof CorpusSchema>

const signed = z.number().nullable()

/** Scores of a run; null where something needed is unknown, and those of the other mode. */
export const ScoresSchema = object({
  /** bronze-verify start → gold-finalize end. */
  time_to_value_seconds: count,
  /** Sum of the stages, data generation and queries included. */
  total_elapsed_seconds: count,
  /** Generation, reported beside time to value, never inside it. */
  datagen_seconds: count,
  /** Bytes the stages read, GiB. */
  total_data_processed_gb: count,
  /** Bytes the stages read ÷ time to value, GiB/s. */
  pipeline_throughput_gb_per_second: count,
  /** Core hours that the batch jobs held. */
  total_core_hours: count,
  /** Bytes the stages read, GiB, ÷ core hours. */
  compute_efficiency_gb_per_core_hour: count,
  /** Bronze GiB ÷ (10 × scale). */
  scale_ratio: count,
  /** Queries an hour, of the kind that `qph_kind` names. */
  composite_qph: count,
  /** Oldest that gold was in the window, seen by a reader: the top of the sawtooth, just before a commit. */
  data_freshness_seconds: signed,
  /** Age that gold did not exceed for half of the window, seconds. */
  freshness_p50_seconds: signed,
  /** Age that gold did not exceed for 95 % of the window, seconds. */
  freshness_p95_seconds: signed,
  /** Median age of gold when a round began. */
  query_time_freshness_seconds: signed,
  /** Rows a second over all three streams. */
  sustained_throughput_rps: signed,
  /** Rows a second into bronze. */
  ingest_throughput_rps: signed,
  /** Median QpH of the valid rounds. */
  in_stream_composite_qph: signed,
  /** Sum of the streams' mean batch times, milliseconds. */
  end_to_end_latency_ms: signed,
  /** Rows that the three streams took in during the window. */
  total_rows_processed: signed,
  /** Seconds from a file's landing to the commit of gold that shows its rows: median over the files that came to gold in the window. */
  landing_to_gold_p50_seconds: signed,
  /** The same, 95th percentile over the files, seconds. */
  landing_to_gold_p95_seconds: signed,
  /** The same of the slowest file, seconds. */
  landing_to_gold_max_seconds: signed,
  /** Files that landed in the window and were not in gold at its end. */
  files_waiting_for_gold: signed,
  /** How long the oldest row that gold does not show had been waiting, not exceeded for 95 % of the window, seconds; 0 where there is none. */
  staleness_p95_seconds: signed,
  /** The same at most, seconds. */
  staleness_max_seconds: signed,
  /** Median of that wait when a round began, seconds. */
  query_time_staleness_seconds: signed,
  /** Share of the rows of files that landed early enough to be taken that is in bronze. */
  ingest_ratio: signed,
  /** Rows a second by which what waits before bronze and silver grows; 0 or less: it does not. */
  backlog_growth_rps: signed,
  /** Standard error of the former, with the points counted that are independent. */
  backlog_growth_stderr_rps: signed,
  /** By how much QpH fell from the first half of the rounds to the second, per cent. */
  qph_degradation_pct: signed,
})
/** The scores of a run, by name. */
export type Scores = z.infer<typeof ScoresSchema>

/** e.g. `too-short-to-rank`. */
export const MarkSchema = object({
  /** Name of the mark, e.g. `too-short-to-rank`. */
  mark: z.string(),
  /** Limit and its reason, with the numbers. */
  detail: z.string(),
})
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
  /** CPU time of this process, seconds, all threads together. */
  cpu_seconds: count,
  /** Time that threads of this process were ready and waited for a core, seconds, all threads together. */
  run_queue_seconds: count,
})
export type CpuConditions = z.infer<typeof CpuConditionsSchema>

export const ConditionsSchema = object({
  /** Cores that this process may use. */
  cores: z.number(),
  /** From the end of the stage before, or the start of the process. */
  before: CpuConditionsSchema,
  /** While it ran. */
  during: CpuConditionsSchema,
})
export type Conditions = z.infer<typeof ConditionsSchema>

/** Shape of a rule in a record. */
export const ValidityRuleSchema = object({
  /** Name of the rule. */
  rule: z.string(),
  /** True where the run keeps it. */
  passed: z.boolean(),
  /** The finding, with its numbers. */
  detail: z.string(),
})
/** A rule of validity and whether it is met. */
export type ValidityRule = z.infer<typeof ValidityRuleSchema>

/** Where a run stands in a series of equal runs (`run --repeat`) or in a session that compares configs (`ab`). */
export const SeriesPlaceSchema = object({
  /** Id of the series or session. */
  series_id: z.string().regex(/^[\w-]+$/),
  /** `repeat` has one config, `ab` several in turns. */
  kind: z.enum(['repeat', 'ab']),
  /** `A`, `B` …; of `repeat` always `A`. */
  arm: z.string(),
  /** 1 … `planned_rounds`; 0 is the warm-up, which no comparison looks at. */
  round: z.int().nonnegative(),
  /** 0, and one more each time the round was begun anew after an interruption. */
  attempt: z.int().nonnegative(),
  /** 0 for the arm that ran first in its round. */
  position: z.int().nonnegative(),
  /** Rounds that were planned, the warm-up not counted. */
  planned_rounds: z.int().positive(),
  /** Seconds of fixed work just before the run: what no config can touch. */
  controls: z.record(z.string(), z.number().positive()),
  /** State of the machine at that moment: load, free memory. */
  conditions: z.record(z.string(), z.unknown()),
})
/** A run's place in a series. */
export type SeriesPlace = z.infer<typeof SeriesPlaceSchema>

/** The record as this version writes it. One of an older version is migrated by `loadRun`; this schema alone refuses it. */
export const RunMetricsSchema = object({
  /** Version of this document. */
  schema_version: z.literal(METRICS_SCHEMA_VERSION),
  /** A plain name: it becomes part of a path. */
  run_id: z.string().regex(/^[\w-]+$/),
  /** Name in the config. */
  name: z.string(),
  /** Mode of the pipeline. */
  mode: z.enum(['batch', 'continuous']),
  /** Left out where the run stands alone. */
  series: SeriesPlaceSchema.optional(),
  /** How the run ended. */
  status: z.enum(['succeeded', 'failed', 'aborted']),
  /** Wall clock at its start, ISO 8601, UTC. */
  start_time: z.string(),
  /** Wall clock at its end, ISO 8601, UTC. */
  end_time: z.string(),
  /** How often the run was taken up again after an end, or a crash. */
  resumed: z.int().nonnegative(),
  /** Wall time of the run, opening the engines and checks included, parts of a resumed run added, seconds. */
  total_elapsed_seconds: seconds,
  /** Run wall time less the work of the stages. */
  orchestration_seconds: seconds,
  /** True where `status` is `succeeded`; says nothing of validity. */
  success: z.boolean(),
  /** `PASSED` only where the run succeeded and keeps every rule. */
  verdict: z.enum(['PASSED', 'FAILED', 'INTERRUPTED', 'INVALID']),
  /** Every rule that can make the run invalid, with its outcome. */
  validity: z.array(ValidityRuleSchema),
  /** Why the run failed, with the stage; null where it did not. */
  error_message: z.string().nullable(),
  /** Software, machine and files that the run was made with. */
  environment: z.record(z.string(), z.unknown()),
  /** The resolved config, secrets hidden. */
  config_snapshot: z.record(z.string(), z.unknown()),
  /** The raw data as it lies; null without raw data. */
  corpus: CorpusSchema.nullable(),
  /** null in records of versions before 3, which do not say. */
  lineage: LineageSchema.nullable() as z.ZodNullable<typeof LineageSchema>,
  /** `silver` and `gold`, of streams also `bronze`, where the engine that wrote them lets their metadata be read. */
  tables: z.record(z.string(), TableLayoutSchema).optional() as z.ZodOptional<
    z.ZodRecord<z.ZodString, typeof TableLayoutSchema>
  >,
  /** Files that the queries with a window of dates need; left out where nobody can look. */
  pruning: z.array(TablePruningSchema).optional() as z.ZodOptional<
    z.ZodArray<typeof TablePruningSchema>
  >,
  /** Every stage that ran, the benchmark left out, in order. */
  jobs: z.array(JobMetricsSchema),
  /** The streams of a continuous run. */
  streaming: z.array(StreamMetricsSchema) as z.ZodArray<typeof StreamMetricsSchema>,
  /** Times of the queries; null where none was asked. */
  benchmark: BenchmarkMetricsSchema.nullable() as z.ZodNullable<typeof BenchmarkMetricsSchema>,
  /** Rounds within the window of a continuous run; `benchmark` then has their medians. */
  benchmark_rounds: z.array(BenchmarkRoundSchema) as z.ZodArray<typeof BenchmarkRoundSchema>,
  /** The window of a continuous run; null for a batch run. */
  continuous: ContinuousMetricsSchema.nullable() as z.ZodNullable<typeof ContinuousMetricsSchema>,
  /** Stages, scores and their limits. */
  pipeline_benchmark: object({
    /** Scores, rounded; null where something needed is unknown. */
    scores: ScoresSchema,
    /** Why a score is null, by its name, where more can be said than that an input is unknown. */
    null_reasons: z.record(z.string(), z.string()).optional(),
    /** Whether the streams fell behind what was offered; null where that cannot be told. Continuous runs only. */
    pipeline_saturated: z.boolean().nullable().optional(),
    /** Every planned stage, in order. */
    stages: z.array(
      object({
        /** Name of the stage. */
        stage_name: z.string(),
        /** How it ended; `skipped` where it was not reached. */
        status: z.enum(['succeeded', 'failed', 'aborted', 'skipped']),
        /** Wall clock at its start, ISO 8601, UTC; null where it did not start. */
        start_time: z.string().nullable(),
        /** Time that it took, seconds. */
        elapsed_seconds: seconds,
        /** Conditions of the machine; left out for a stage that did not run, and in older records. */
        conditions: ConditionsSchema.optional(),
        /** Why it failed; null where it did not. */
        error_message: z.string().nullable(),
      }),
    ),
    /** Kind of `scores.composite_qph`; null where there is none. */
    qph_kind: QphKindSchema.nullable(),
    /** Limits to the worth of the numbers that do not make them invalid. */
    marks: z.array(MarkSchema),
  }),
  /** Warnings that the run gave, each once. */
  warnings: z.array(z.string()),
})
/** The record of a run, as `metrics.json` has it. */
export type RunMetrics = z.infer<typeof RunMetricsSchema>
