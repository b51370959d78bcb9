import { performance } from 'node:perf_hooks'
import type { ResolvedConfig } from '../config/schema'
import type { WindowRecord } from '../contracts/continuous-metrics'
import { CommitUnknownError, JobFailedError, shortMessage } from '../contracts/errors'
import type { Emit, EndStatus, StageVolumes } from '../contracts/events'
import type { JobProgress } from '../contracts/jobs'
import type {
  BenchmarkMetrics,
  CorpusRecord,
  JobMetrics,
  LineageRecord,
  RunMetrics,
  SeriesPlace,
} from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { untilAborted } from '../shared/abort'
import { startConditions } from './conditions'
import type { RunSession } from './parts'
import { plainJson } from './plain-json'
import { QueryAnswer } from './query-answer'
import { jobMetrics, type StageSpan } from './record'
import type { RunFolder } from './run-folder'
import type { Stage, StageContext, StageRecord } from './stage'

/** State of a run while its stages go by. */
export interface RunState {
  readonly run_id: string
  readonly series: SeriesPlace | null
  readonly config: ResolvedConfig
  readonly configSnapshot: Readonly<Record<string, unknown>>
  readonly session: RunSession
  /** `null` where an interrupt came before the engines could say what they have; then no stage runs. */
  readonly plan: RunPlan | null
  readonly folder: RunFolder
  readonly signal: AbortSignal
  readonly results: Map<string, unknown>
  /** Finished stages of the run that is being resumed. */
  readonly kept: Map<string, JobMetrics>
  /** Stages that are run again, since the table that an earlier part made is not there any more. */
  readonly stale: Set<string>
  /** Record of the run that is being resumed. */
  readonly earlier: RunMetrics | null
  readonly jobs: JobMetrics[]
  /** When the run, or this part of it, began; of `performance.now()`. */
  readonly clock: number
  readonly stages: RunMetrics['pipeline_benchmark']['stages']
  benchmark: BenchmarkMetrics | null
  window: WindowRecord | null
  corpus: CorpusRecord | null
  verification: unknown
  /** The tables' own metadata, once all stages are over. */
  layout: Pick<RunMetrics, 'tables' | 'pruning'>
  /** Facts of the data at the end of the run. */
  lineage: LineageRecord | null
  readonly warnings: string[]
  /** Checks of finished stages, waiting for the end. */
  readonly checks: {
    readonly stage: Stage
    readonly context: StageContext
    readonly job: JobMetrics
  }[]
  /** Seconds of stages and their checks; the rest of the run is orchestration. */
  measuredSeconds: number
  /** As it was when the record was first written, for the records until the end: asking a server again would be measured with the rest. */
  environment: Readonly<Record<string, unknown>> | null
  /** The record as it was written last, before the end. */
  saved: RunMetrics | null
  status: 'succeeded' | 'failed' | 'aborted'
  error: Error | null
  failedStage: string | null
  emit: Emit
  /** Write the record as far as it is known. */
  saveSoFar: () => Promise<void>
  warn: (message: string, stage: string | null) => void
}

const PROGRESS_INTERVAL_MS = 100
/** For a stage to take back what it began, and for engines to close. */
export const STAGE_GRACE_MS = 2000
/** For the streams of a window, which first finish what they have in hand. */
const WINDOW_GRACE_MS = 4000
/** A longer timer of Node would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Run one stage, or record why it did not run. Never throws: the state says how it went.
 * @returns whether it was begun, in this part of the run
 */
export async function runStage(
  stage: Stage,
  index: number,
  total: number,
  state: RunState,
): Promise<boolean> {
  // What there is stays, also where nothing of the rest can run.
  if (keepEarlier(stage, state)) return false
  if (state.status !== 'succeeded' || state.signal.aborted) {
    if (state.status === 'succeeded') state.status = 'aborted'
    skip(stage, state, `not run: ${state.failedStage ?? 'the run'} ${state.status}`)
    return false
  }

  const timeout = timeoutSignal(state)
  const signal =
    stage.options.timeout === false ? state.signal : AbortSignal.any([state.signal, timeout])
  let record: StageRecord = stage.options.recordBase ?? {}
  const context = contextFor(stage, state, signal, async kept => {
    record = kept
    noteParts(state, kept)
    await state.saveSoFar()
  })
  state.emit('stage:start', { stage: stage.name, index, total })
  const endConditions = startConditions()
  const start_time = new Date().toISOString()
  const begun = performance.now()
  let result: unknown
  let error: Error | null = null
  try {
    const grace = stage.options.timeout === false ? WINDOW_GRACE_MS : STAGE_GRACE_MS
    result = await untilAborted(stage.run(context), state.signal, grace)
    record = recordOf(stage, result)
    error = stage.options.verdict?.(result) ?? null
  } catch (thrown) {
    error = toError(thrown, timeout, state)
  }
  const whole = (performance.now() - begun) / 1000
  // Checks within a job are as little its work as those after the stages.
  const checked = Math.min(whole, record.measurement?.checked_seconds ?? 0)
  const elapsed_seconds = whole - checked
  const conditions = endConditions()
  state.measuredSeconds += whole
  const started_after_seconds = (begun - state.clock) / 1000
  const end_time = new Date(Date.now() - checked * 1000).toISOString()
  const span: StageSpan = { start_time, end_time, started_after_seconds, elapsed_seconds }
  const aborted = state.signal.aborted && error !== null && !(error instanceof CommitUnknownError)
  // Why it was aborted, not how the engine put it.
  if (aborted) error = abortReason(state.signal)

  const job = keep(stage, state, span, record, error)
  if (job && !error && stage.options.check) state.checks.push({ stage, context, job })
  if (error) {
    state.status = aborted ? 'aborted' : 'failed'
    state.failedStage = stage.name
    state.error = aborted ? null : error
  } else {
    state.results.set(stage.name, result)
  }
  const status: EndStatus = error ? (aborted ? 'aborted' : 'failed') : 'succeeded'
  const error_message = error ? shortMessage(error) : null
  state.stages.push({
    stage_name: stage.name,
    status,
    start_time,
    elapsed_seconds,
    conditions,
    error_message,
  })
  if (job && !error) state.emit('stage:progress', { stage: stage.name, ...finalProgress(job) })
  const duration_ms = elapsed_seconds * 1000
  state.emit('stage:end', {
    stage: stage.name,
    status,
    duration_ms,
    error_message,
    job: job && volumesOf(job),
  })
  return true
}

/** A share below 1: a stage whose counts are all through still has something to do, and how long that takes is not known. */
function unfinished(progress: JobProgress): JobProgress {
  const { fraction, phase } = progress
  if (fraction === null) return progress
  return fraction < 1
    ? { ...progress, fraction: Math.max(0, fraction) }
    : { ...progress, fraction: null, phase: phase ?? 'finishing' }
}

/** The end of a stage's progress: its counts are those of the record, whatever the engine estimated on the way. */
function finalProgress({
  job_type,
  input_rows,
  output_rows,
  bytes_read,
  bytes_written,
}: JobMetrics): JobProgress {
  const rows = output_rows ?? input_rows
  const bytes = job_type === 'datagen' ? bytes_written : bytes_read
  return { rows, rows_total: rows, bytes, bytes_total: bytes, fraction: 1 }
}

function volumesOf(job: JobMetrics): StageVolumes {
  const { input_rows, output_rows, bytes_read, bytes_written } = job
  const { throughput_gb_per_second, throughput_rows_per_second } = job
  return {
    input_rows,
    output_rows,
    bytes_read,
    bytes_written,
    throughput_gb_per_second,
    throughput_rows_per_second,
  }
}

/** The stages' checks, after all of them, so that no stage's time and no time between stages holds one. */
export async function runChecks(state: RunState): Promise<void> {
  for (const { stage, context, job } of state.checks) {
    if (state.signal.aborted) break
    state.emit('run:phase', { phase: `checking ${stage.name}` })
    const begun = performance.now()
    const timeout = timeoutSignal(state)
    try {
      const signal = AbortSignal.any([state.signal, timeout])
      const found = await untilAborted(
        stage.options.check!({ ...context, signal }, job),
        state.signal,
      )
      if (isOtherTable(job, found)) failCheck(stage, job, found, state)
      else Object.assign(job, found)
    } catch (error) {
      if (!state.signal.aborted)
        state.warn(`The check of ${stage.name} failed: ${shortMessage(error)}`, stage.name)
    }
    state.measuredSeconds += (performance.now() - begun) / 1000
  }
  if (state.signal.aborted && state.status === 'succeeded') state.status = 'aborted'
}

/** An earlier part of the run found another content in the very snapshot that the stage left. */
const isOtherTable = ({ output_fingerprint }: JobMetrics, found: Partial<JobMetrics>): boolean =>
  output_fingerprint !== null &&
  (found.output_fingerprint ?? output_fingerprint) !== output_fingerprint

function failCheck(
  { name }: Stage,
  job: JobMetrics,
  found: Partial<JobMetrics>,
  state: RunState,
): void {
  if (state.status !== 'succeeded') return
  state.status = 'failed'
  state.failedStage = name
  state.error = new JobFailedError(
    `its table was changed since: the fingerprint was ${job.output_fingerprint}, now it is ${found.output_fingerprint}. Start a new run.`,
  )
}

const timeoutSignal = (state: RunState): AbortSignal =>
  AbortSignal.timeout(
    Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(state.plan!.timeout_seconds * 1000))),
  )

function contextFor(
  stage: Stage,
  state: RunState,
  signal: AbortSignal,
  keepRecord: StageContext['keepRecord'],
): StageContext {
  let last = Number.NEGATIVE_INFINITY
  let phase: string | undefined
  const queryEngine = state.session.queryEngine
  return {
    run_id: state.run_id,
    config: state.config,
    plan: state.plan!,
    signal,
    compute: state.session.compute,
    queryEngine,
    results: state.results,
    earlier: state.earlier,
    corpus: state.corpus,
    keepRecord,
    emit: state.emit,
    warn: message => state.warn(message, stage.name),
    progress: (progress: JobProgress) => {
      const now = performance.now()
      if (now - last < PROGRESS_INTERVAL_MS && progress.phase === phase) return
      last = now
      phase = progress.phase
      state.emit('stage:progress', { stage: stage.name, ...unfinished(progress) })
    },
    query: async sql => {
      if (!queryEngine)
        throw new JobFailedError(
          'This config has no query engine (architecture.query_engine.type: none), so ctx.query cannot answer.',
        )
      return new QueryAnswer(await queryEngine.query(sql, { signal }))
    },
    saveDocument: async (name, document) => {
      if (name === 'verification.json') state.verification = document
      await state.folder.writeDocument(name, document)
    },
  }
}

/** How the result will stand in the record. What cannot be saved is the stage's failure, not the record's. */
function recordOf(stage: Stage, result: unknown): StageRecord {
  if (stage.options.record) return stage.options.record(result)
  const plain = plainJson(result)
  const fields = plain !== null && typeof plain === 'object' && !Array.isArray(plain)
  return { measurements: fields ? (plain as Record<string, unknown>) : { value: plain } }
}

/** Parts of a record that have a place of their own in the metrics. */
function noteParts(state: RunState, { corpus, benchmark, window }: StageRecord): void {
  if (corpus) state.corpus = corpus
  if (window) state.window = window
  // A window's benchmark is that of its rounds, or none.
  if (benchmark || window) state.benchmark = benchmark ?? null
}

/** @returns the stage's entry in `jobs[]`, `null` where it has none */
function keep(
  stage: Stage,
  state: RunState,
  span: StageSpan,
  record: StageRecord,
  error: Error | null,
): JobMetrics | null {
  noteParts(state, record)
  if (record.benchmark || stage.options.recordsJob === false) return null
  const job = jobMetrics(stage.name, span, record, state.plan!, error)
  state.jobs.push(job)
  return job
}

/** The stage's result in the run that is being resumed; `null` when it has to run. */
export function keptResult(
  stage: Stage,
  state: RunState,
): { job: JobMetrics | null; record: StageRecord } | null {
  if (state.stale.has(stage.name)) return null
  const job = state.kept.get(stage.name)
  if (job) return { job, record: {} }
  const record = state.earlier && stage.options.keeps?.(state.earlier, state.configSnapshot)
  return record ? { job: null, record } : null
}

function keepEarlier(stage: Stage, state: RunState): boolean {
  const kept = keptResult(stage, state)
  if (!kept) return false
  const { job, record } = kept
  const entry = state.earlier?.pipeline_benchmark.stages.find(s => s.stage_name === stage.name)
  if (job) {
    state.jobs.push(job)
    if (stage.options.check)
      state.checks.push({
        stage,
        context: contextFor(stage, state, state.signal, async () => {}),
        job,
      })
  }
  noteParts(state, record)
  // Those of a window tell of its files and rounds; those of a stage are found again, or are of times that are over.
  if (record.window) state.warnings.push(...(state.earlier?.warnings ?? []))
  state.stages.push({
    stage_name: stage.name,
    status: 'succeeded',
    start_time: job?.start_time ?? entry?.start_time ?? null,
    elapsed_seconds:
      job?.elapsed_seconds ?? entry?.elapsed_seconds ?? record.benchmark?.total_seconds ?? 0,
    ...(entry?.conditions && { conditions: entry.conditions }),
    error_message: null,
  })
  return true
}

function skip(stage: Stage, state: RunState, why: string): void {
  state.stages.push({
    stage_name: stage.name,
    status: 'skipped',
    start_time: null,
    elapsed_seconds: 0,
    error_message: why,
  })
  state.emit('stage:end', {
    stage: stage.name,
    status: 'skipped',
    duration_ms: 0,
    error_message: why,
    job: null,
  })
}

export function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

function toError(thrown: unknown, timeout: AbortSignal, state: RunState): Error {
  // An unknown commit stays one, whatever else happened: it is what has to be looked into.
  if (thrown instanceof CommitUnknownError) return thrown
  if (timeout.aborted && !state.signal.aborted) {
    return new JobFailedError(
      `did not finish within ${state.plan!.timeout_seconds} s and was stopped. Raise the limit with --timeout (seconds per stage).`,
      { cause: thrown },
    )
  }
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
