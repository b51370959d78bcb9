import { z } from 'zod'
import type { QueryMetrics } from '../../contracts/benchmark-metrics'
import { object } from '../../contracts/documents'
import { type JobMetrics, type RunMetrics, SeriesPlaceSchema } from '../../contracts/metrics'
import { GIB } from '../../shared/format'

const known = z.number().nonnegative().nullable()

/** Shape of a stage's facts. */
export const StageFactsSchema = object({
  /** Engine that carried it out. */
  engine: z.string(),
  /** Why it has no result; `null` where it succeeded. */
  failure: z.string().nullable(),
  /** As the pipeline saw it. */
  seconds: known,
  /** Rows that it wrote. */
  rows: known,
  /** Size of the table it wrote, as it lies in storage, bytes. */
  bytes: known,
  /** Files of the table it wrote. */
  files: known,
  /** Fingerprint of the table's rows; null where nobody took it. */
  fingerprint: z.string().nullable(),
  /** Findings that are counted, by kind. */
  counts: z.record(z.string(), z.number()),
})

/** Shape of a query's facts. */
export const QueryFactsSchema = object({
  /** Why it has no answer; null where it has. */
  failure: z.string().nullable(),
  /** Median of this run's measured executions inside the engine. */
  seconds: known,
  /** Rows of the answer. */
  rows: known,
  /** Fingerprint of the answer; null where there is none. */
  fingerprint: z.string().nullable(),
})

/** A run reduced to what comparing needs. Small enough to be committed: a baseline is a list of these. */
export const RunFactsSchema = object({
  /** Id of the run. */
  run_id: z.string().regex(/^[\w-]+$/),
  /** Wall clock at its start, ISO 8601, UTC. */
  start_time: z.string(),
  /** How it was judged. */
  verdict: z.enum(['PASSED', 'FAILED', 'INTERRUPTED', 'INVALID']),
  /** Why the verdict is not PASSED. */
  reason: z.string().nullable(),
  /** Its place in a series; null where it stands alone. */
  series: SeriesPlaceSchema.nullable() as z.ZodNullable<typeof SeriesPlaceSchema>,
  /** Mode of the pipeline. */
  mode: z.string(),
  /** The raw data; null without any. */
  corpus: object({
    /** Digest of the raw data. */
    digest: z.string(),
    /** Scale that it was made for; null for foreign data. */
    scale: z.number().nullable(),
  }).nullable(),
  /** Versions by engine, e.g. `duckdb` → `v1.5.0`. */
  engines: z.record(z.string(), z.string()),
  /** Processor, cores and memory limit. */
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Seconds that fixed work took just before; left out where nobody measured. */
  calibration: z.record(z.string(), z.number()).optional(),
  /** Bronze-verify's start to gold-finalize's end; `null` where one did not succeed. */
  pipeline_seconds: known,
  /** Stages by name, the data generation left out. */
  stages: z.record(z.string(), StageFactsSchema),
  /** Settings and answers of the queries; null where none was asked. */
  benchmark: object({
    /** Query engine. */
    engine: z.string(),
    /** Parts that were run. */
    mode: z.string(),
    /** State of the caches. */
    cache: z.string(),
    /** Throughput streams. */
    streams: z.number(),
    /** Least measured executions of a query. */
    iterations: z.number(),
    /** Unmeasured executions of a query. */
    warmup_runs: z.number(),
    /** Queries went to a server, which adds a few milliseconds that are not the query's. */
    server: z.boolean(),
    /** Queries by name. */
    queries: z.record(z.string(), QueryFactsSchema),
  }).nullable(),
  /** Why queries that were asked for have no result at all; `null` where they have, or none were asked for. */
  benchmark_failure: z.string().nullable(),
})
/** The facts of a record that are compared: data, answers, times. */
export type RunFacts = z.infer<typeof RunFactsSchema>
/** Facts of a stage that comparisons read. */
export type StageFacts = z.infer<typeof StageFactsSchema>
/** Facts of a query that comparisons read. */
export type QueryFacts = z.infer<typeof QueryFactsSchema>

/** Runs of one config, reduced. */
export interface FactsArm {
  /** Short, e.g. `A`. */
  readonly name: string
  /** Origin of the name: a config, a run id, a branch. */
  readonly label?: string
  /** Facts of each run, in order. */
  readonly runs: readonly RunFacts[]
}

const MACHINE = ['cpu_model', 'cores', 'architecture', 'memory_limit_bytes'] as const

/** Facts of one record, without what comparing does not look at. */
export function runFacts(metrics: RunMetrics): RunFacts {
  const { run_id, start_time, verdict, mode, corpus, benchmark, environment } = metrics
  return {
    run_id,
    start_time,
    verdict,
    reason: verdict === 'PASSED' ? null : reasonOf(metrics),
    series: metrics.series ?? null,
    mode,
    corpus: corpus && { digest: corpus.digest, scale: corpus.scale },
    engines: engineVersions(environment),
    machine: machineOf(environment),
    ...calibrationOf(environment),
    pipeline_seconds: metrics.pipeline_benchmark.scores.time_to_value_seconds || null,
    stages: stageFacts(metrics),
    benchmark: benchmark && {
      engine: benchmark.engine,
      mode: benchmark.mode,
      cache: benchmark.cache,
      streams: benchmark.streams,
      iterations: benchmark.iterations,
      warmup_runs: benchmark.warmup_runs,
      server: benchmark.queries.some(query =>
        query.samples.some(sample => sample.server !== undefined),
      ),
      queries: Object.fromEntries(benchmark.queries.map(query => [query.name, queryFacts(query)])),
    },
    benchmark_failure: benchmark ? null : benchmarkFailure(metrics),
  }
}

function benchmarkFailure({ pipeline_benchmark }: RunMetrics): string | null {
  const stage = pipeline_benchmark.stages.find(({ stage_name }) => stage_name === 'benchmark')
  return stage && stage.status !== 'succeeded' ? (stage.error_message ?? stage.status) : null
}

function reasonOf({ verdict, error_message, validity }: RunMetrics): string {
  const unmet = validity.filter(rule => !rule.passed).map(rule => `${rule.rule}: ${rule.detail}`)
  const rules = unmet.join('; ') || 'no reason is recorded'
  return verdict === 'INVALID' ? rules : (error_message ?? rules)
}

function stageFacts({ jobs, pipeline_benchmark }: RunMetrics): Record<string, StageFacts> {
  const facts = jobs
    .filter(job => job.job_type !== 'datagen')
    .map(job => [job.job_name, jobFacts(job)] as const)
  // A stage that was not reached has no job, and is as good as failed.
  const unreached = pipeline_benchmark.stages
    .filter(
      stage => stage.status !== 'succeeded' && !jobs.some(job => job.job_name === stage.stage_name),
    )
    .filter(stage => stage.stage_name !== 'benchmark' && stage.stage_name !== 'datagen')
    .map(stage => [stage.stage_name, unreachedStage(stage.error_message ?? stage.status)] as const)
  return Object.fromEntries([...facts, ...unreached])
}

function jobFacts(job: JobMetrics): StageFacts {
  const {
    engine,
    success,
    error_message,
    elapsed_seconds,
    output_rows,
    output_size_gb,
    output_files,
  } = job
  return {
    engine,
    failure: success ? null : (error_message ?? 'failed'),
    seconds: success ? elapsed_seconds : null,
    rows: success ? output_rows : null,
    bytes: success && output_size_gb !== null ? Math.round(output_size_gb * GIB) : null,
    files: success ? output_files : null,
    fingerprint: success ? job.output_fingerprint : null,
    counts: job.job_name === 'bronze-verify' ? countsOf(job.measurements) : {},
  }
}

const unreachedStage = (why: string): StageFacts => ({
  engine: '',
  failure: why,
  seconds: null,
  rows: null,
  bytes: null,
  files: null,
  fingerprint: null,
  counts: {},
})

/** Counts the rows of each kind of dirt that bronze-verify found. */
function countsOf(measurements: JobMetrics['measurements']): Record<string, number> {
  const found = Object.entries({
    duplicate_event_ids: measurements.duplicate_event_ids,
    ...asRecord(measurements.format_findings),
    ...asRecord(measurements.quality_flags),
  })
  return Object.fromEntries(
    found.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

function queryFacts(query: QueryMetrics): QueryFacts {
  const { success, error_message, engine_seconds, rows_returned, fingerprint } = query
  return {
    failure: success ? null : (error_message ?? 'failed'),
    seconds: success ? engine_seconds : null,
    rows: success ? rows_returned : null,
    fingerprint: success ? fingerprint : null,
  }
}

function engineVersions(environment: RunMetrics['environment']): Record<string, string> {
  const described = ['engine', 'query_engine', 'catalog'].map(key => asRecord(environment[key]))
  return Object.fromEntries(
    described.flatMap(({ name, version }) =>
      typeof name === 'string' && typeof version === 'string' ? [[name, version]] : [],
    ),
  )
}

function calibrationOf({ calibration }: RunMetrics['environment']): Pick<RunFacts, 'calibration'> {
  const seconds = Object.entries(asRecord(calibration)).filter(
    (entry): entry is [string, number] =>
      entry[0] !== 'version' && typeof entry[1] === 'number' && entry[1] > 0,
  )
  return seconds.length > 0 ? { calibration: Object.fromEntries(seconds) } : {}
}

function machineOf(environment: RunMetrics['environment']): RunFacts['machine'] {
  return Object.fromEntries(
    MACHINE.flatMap(key => {
      const value = environment[key]
      return typeof value === 'string' || typeof value === 'number' ? [[key, value]] : []
    }),
  )
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
