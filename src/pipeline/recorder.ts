import { performance } from 'node:perf_hooks'
import { redactConfig } from '../config/resolve'
import type { BenchmarkMetrics } from '../contracts/benchmark-metrics'
import type { WindowRecord } from '../contracts/continuous-metrics'
import { shortMessage } from '../contracts/errors'
import type { Emit, EventFields, EventName, StageVolumes } from '../contracts/events'
import type { Verification } from '../contracts/jobs'
import {
  type CorpusRecord,
  type JobMetrics,
  METRICS_SCHEMA_VERSION,
  type RunMetrics,
  type Scores,
  ScoresSchema,
} from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import type { ComputeEngine } from '../contracts/ports'
import type { LineageRecord } from '../contracts/table-metrics'
import { renderReport } from '../report/report'
import { judge } from '../results/scorecard/judge'
import { never, untilAborted } from '../shared/abort'
import { DEFAULT_OUTPUT } from '../shared/local-path'
import { redactDocument, redactorOf, secretVariables } from '../shared/redaction'
import { type RunEvents, stamp } from './emitter'
import type { PipelineOptions, PipelineRunOptions, RunSession } from './pipeline-options'
import { windowOf } from './resume'
import { jsonText, newRunId, RunFolder, readDocument } from './run-folder'
import type { StageRecord } from './stage'

type StageEntry = RunMetrics['pipeline_benchmark']['stages'][number]

const NO_SCORES = Object.fromEntries(
  Object.keys(ScoresSchema.shape).map(name => [name, null]),
) as Scores

/** The record of one run while it grows: it is told what happens, tells the listeners, and writes what is known whenever asked. */
export class RunRecorder {
  readonly run_id: string
  readonly folder: RunFolder
  readonly signal: AbortSignal
  /** The config as it may be shown: no secrets. */
  readonly snapshot: Readonly<Record<string, unknown>>
  /** When the run, or this part of it, began; of `performance.now()`. */
  readonly clock = performance.now()
  session: RunSession
  /** `null` where an interrupt came before the engines could say what they have; then no stage runs. */
  plan: RunPlan | null = null
  readonly jobs: JobMetrics[] = []
  corpus: CorpusRecord | null = null
  benchmark: BenchmarkMetrics | null
  window: WindowRecord | null
  verification: unknown = null
  /** The tables' own metadata, once all stages are over. */
  layout: Pick<RunMetrics, 'tables' | 'pruning'> = {}
  /** Facts of the data at the end of the run. */
  lineage: LineageRecord | null = null
  readonly warnings: string[] = []
  status: 'succeeded' | 'failed' | 'aborted' = 'succeeded'
  error: Error | null = null
  failedStage: string | null = null
  private readonly time = new Date()
  private readonly stages: StageEntry[] = []
  /** Seconds of stages and their checks; the rest of the run is orchestration. */
  private measuredSeconds = 0
  /** As it was when the record was first written, for the records until the end: asking a server again would be measured with the rest. */
  private environment: RunMetrics['environment'] | null = null
  /** The record as it was written last, before the end. */
  private saved: RunMetrics | null

  /** @param earlier record of the run that is being resumed */
  constructor(
    readonly options: PipelineOptions & PipelineRunOptions,
    private readonly events: RunEvents,
    readonly earlier: RunMetrics | null,
  ) {
    const { config, outputDir = DEFAULT_OUTPUT, resume, signal = never() } = options
    this.run_id = resume ?? newRunId(this.time)
    const redact = redactorOf(config, secretVariables(process.env))
    this.folder = new RunFolder(outputDir, this.run_id, redact)
    this.signal = signal
    this.snapshot = redactConfig(config)
    this.session = notOpened(earlier)
    // Until its stage has something of its own to say, a run that goes on is as far as it was.
    this.benchmark = earlier?.continuous ? earlier.benchmark : null
    this.window = earlier && windowOf(earlier)
    this.saved = earlier
  }

  /** Makes the run's folder, and in it its first record: what that costs to ask for is asked later. */
  async begin(): Promise<void> {
    await this.folder.create()
    // Of the part that verified; a stage that runs again writes its own.
    if (this.earlier)
      this.verification = await readDocument(this.folder.paths.verification).catch(() => null)
    else await this.write({})
  }

  /** Tells an event to the listeners, and to `events.jsonl`. */
  readonly emit: Emit = <K extends EventName>(name: K, fields: EventFields<K>) => {
    const event = redactDocument(stamp<K>(this.run_id, fields), this.folder.redact)
    this.folder.appendEvent(name, event)
    this.events.dispatch(name, event, error => {
      const message = `A listener of ${name} threw: ${shortMessage(error)}. The run goes on.`
      if (!this.warnings.includes(message)) this.warnings.push(message)
    })
  }

  /** Keeps a sentence in the record and tells the listeners. */
  warn(message: string, stage: string | null): void {
    this.warnings.push(message)
    this.emit('warning', { message, stage })
  }

  /** Does work whose time is none of the orchestration's. */
  async apart<T>(work: () => Promise<T>): Promise<T> {
    const begun = performance.now()
    try {
      return await work()
    } finally {
      this.measuredSeconds += (performance.now() - begun) / 1000
    }
  }

  /** Ends the run: no further stage is begun. @param error `null`: it was interrupted */
  end(error: Error | null, stage: string | null): void {
    this.status = error ? 'failed' : 'aborted'
    this.error = error
    this.failedStage = stage
  }

  /** Keeps the parts of a stage's record that have a place of their own in the metrics. */
  note({ corpus, benchmark, window }: StageRecord): void {
    if (corpus) this.corpus = corpus
    if (window) this.window = window
    // A window's benchmark is that of its rounds, or none.
    if (benchmark || window) this.benchmark = benchmark ?? null
  }

  /** Adds a stage that an earlier part of the run finished. */
  keepStage(entry: StageEntry): void {
    this.stages.push(entry)
  }

  /** Adds a stage that is over, or never began, and tells the listeners. */
  endStage(entry: StageEntry, job: StageVolumes | null): void {
    this.stages.push(entry)
    const { stage_name: stage, status, elapsed_seconds, error_message } = entry
    const duration_ms = elapsed_seconds * 1000
    this.emit('stage:end', { stage, status, duration_ms, error_message, job })
  }

  /**
   * Writes what a run that dies without a word leaves: all that is known so far, as interrupted. The end overwrites it. It is written
   * while something is measured, so no server is asked for it twice.
   */
  async save(): Promise<void> {
    this.environment ??= await untilAborted(this.session.environment(), this.signal).catch(
      () => ({}),
    )
    await this.write(this.environment)
  }

  /**
   * Writes `metrics.json` and `report.html` at the end, each on its own, so that one that cannot be written does not cost the other.
   * A run that succeeded, but whose record could not be written: what is told of it is what the record on disk says, that it was
   * interrupted, and where there is none, that it failed.
   */
  async finish(): Promise<{ metrics: RunMetrics; error: Error | null }> {
    const { eventLogError, paths } = this.folder
    if (eventLogError) this.warnings.push(`events.jsonl is incomplete: ${eventLogError.message}`)
    const complete = await this.complete()
    const { plan, verification } = this
    const documents = redactDocument({ plan, verification }, this.folder.redact)
    const unwritten = await this.attempt(paths.metrics, () => `${jsonText(complete, 2)}\n`)
    const undrawn = await this.attempt(paths.report, () =>
      renderReport(complete, documents as { plan: RunPlan | null; verification: Verification }),
    )
    for (const error of [unwritten, undrawn])
      if (error) this.emit('warning', { message: error.message, stage: null })
    const failed = { status: 'failed', verdict: 'FAILED', success: false } as const
    const metrics =
      unwritten && complete.status === 'succeeded'
        ? { ...complete, ...failed, ...this.saved, error_message: shortMessage(unwritten) }
        : complete
    const error = this.error ?? (this.status === 'aborted' ? null : (unwritten ?? undrawn))
    return { metrics, error }
  }

  /** The record at the end. A part that cannot be had is left out with a warning: the rest must not be lost for it. */
  private async complete(): Promise<RunMetrics> {
    const missing: string[] = []
    const orNull = <T>(what: string, value: Promise<T>) =>
      untilAborted(value, this.signal).catch((error: unknown) => {
        missing.push(`${what} is not known: ${shortMessage(error)}`)
        return null
      })
    const environment =
      (await orNull('The environment', this.session.environment())) ?? this.environment ?? {}
    const corpus = this.corpus ?? (await orNull('The corpus', this.session.corpus()))
    return this.metrics(this.status, { environment, corpus }, missing)
  }

  private async write(environment: RunMetrics['environment']): Promise<void> {
    const status = this.status === 'succeeded' ? 'aborted' : this.status
    const metrics = this.metrics(status, { environment, corpus: this.corpus })
    // Where it cannot be written, the end of the run tries again and says why not.
    if (!(await this.attempt(this.folder.paths.metrics, () => `${jsonText(metrics, 2)}\n`)))
      this.saved = metrics
  }

  /** Why a document could not be written; `null` where it was. */
  private async attempt(path: string, text: () => Promise<string> | string): Promise<Error | null> {
    try {
      await this.folder.writeText(path, await text())
      return null
    } catch (error) {
      return error as Error
    }
  }

  private metrics(
    status: RunMetrics['status'],
    { environment, corpus }: Pick<RunMetrics, 'environment' | 'corpus'>,
    missing: readonly string[] = [],
  ): RunMetrics {
    const { earlier, options } = this
    const { config, mode = 'batch', rules } = options
    const series = options.series ?? earlier?.series ?? null
    const elapsed = (performance.now() - this.clock) / 1000
    const metrics: RunMetrics = {
      schema_version: METRICS_SCHEMA_VERSION,
      run_id: this.run_id,
      name: config.name,
      mode,
      ...(series && { series }),
      status,
      start_time: earlier?.start_time ?? this.time.toISOString(),
      end_time: new Date().toISOString(),
      resumed: earlier ? earlier.resumed + 1 : 0,
      total_elapsed_seconds: elapsed + (earlier?.total_elapsed_seconds ?? 0),
      orchestration_seconds: Math.max(0, elapsed - this.measuredSeconds),
      success: status === 'succeeded',
      verdict: status === 'aborted' ? 'INTERRUPTED' : 'FAILED',
      validity: [],
      error_message: this.errorMessage(),
      environment,
      config_snapshot: this.snapshot,
      corpus,
      lineage: this.lineage,
      ...this.layout,
      jobs: this.jobs,
      streaming: this.window?.streaming ?? [],
      benchmark: this.benchmark,
      benchmark_rounds: this.window?.benchmark_rounds ?? [],
      continuous: this.window?.continuous ?? null,
      pipeline_benchmark: { scores: NO_SCORES, stages: this.stages, qph_kind: null, marks: [] },
      warnings: [...new Set([...this.warnings, ...missing])],
    }
    return judge(redactDocument(metrics, this.folder.redact), { rules })
  }

  /** Which stage ended the run, and why. */
  private errorMessage(): string | null {
    const { error, failedStage, status, signal } = this
    if (error) return `${failedStage ?? 'before the first stage'}: ${error.message}`
    if (status !== 'aborted') return null
    const reason = abortReason(signal).message
    return failedStage === null ? reason : `${failedStage}: ${reason}`
  }
}

export function abortReason({ reason }: AbortSignal): Error {
  return toError(reason)
}

export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown))

/** In place of engines that an interrupt came before: no stage will run, and what an earlier part knows stays in the record. */
function notOpened(earlier: RunMetrics | null): RunSession {
  return {
    compute: {} as ComputeEngine,
    queryEngine: null,
    corpus: async () => earlier?.corpus ?? null,
    environment: async () => earlier?.environment ?? {},
    layout: async () => ({ tables: earlier?.tables, pruning: earlier?.pruning }),
    close: async () => {},
  }
}
