import { performance } from 'node:perf_hooks'
import { CommitUnknownError, JobFailedError, shortMessage } from '../contracts/errors'
import type { StageVolumes } from '../contracts/events'
import type { JobProgress } from '../contracts/jobs'
import type { JobMetrics } from '../contracts/metrics'
import { untilAborted } from '../shared/abort'
import { startConditions } from './conditions'
import { jobMetrics } from './job-metrics'
import { QueryAnswer } from './query-answer'
import { abortReason, type RunRecorder, toError } from './recorder'
import { plainJson } from './run-folder'
import type { Stage, StageContext, StageRecord } from './stage'

const PROGRESS_INTERVAL_MS = 100
/** For a stage to take back what it began, and for engines to close. */
export const STAGE_GRACE_MS = 2000
/** For the streams of a window, which first finish what they have in hand. */
const WINDOW_GRACE_MS = 4000

/** Carries out the stages of one run, or keeps what an earlier part of it has of them. */
export class StageRunner {
  /** Finished stages of the run that is being resumed. */
  readonly kept: ReadonlyMap<string, JobMetrics>
  /** Stages that are run again, since the table that an earlier part made is not there any more. */
  readonly stale = new Set<string>()
  private readonly results = new Map<string, unknown>()
  /** Checks of finished stages, waiting for the end. */
  private readonly checks: { stage: Stage; context: StageContext; job: JobMetrics }[] = []

  constructor(
    readonly recorder: RunRecorder,
    readonly stages: readonly Stage[],
  ) {
    const { earlier, jobs } = recorder
    const names = new Set(stages.map(s => s.name))
    // An earlier process counted from another moment.
    const finished =
      earlier?.jobs.filter(j => j.success).map(j => ({ ...j, started_after_seconds: null })) ?? []
    this.kept = new Map(finished.map(j => [j.job_name, j]))
    // What this pipeline does not run at all, e.g. data generation, stays in the record.
    jobs.push(...finished.filter(j => !names.has(j.job_name)))
  }

  /** Runs every stage, or records why it did not run. Never throws: the recorder says how it went. */
  async run(): Promise<void> {
    const { recorder } = this
    for (const [index, stage] of this.stages.entries()) {
      // What there is stays, also where nothing of the rest can run.
      if (this.keepEarlier(stage)) continue
      if (recorder.status === 'succeeded' && recorder.signal.aborted) recorder.end(null, null)
      if (recorder.status === 'succeeded') {
        await this.runOne(stage, index)
        // What an earlier part left is on disk already, and more of it than of the stages up to here.
        await recorder.save()
      } else this.skip(stage)
    }
    await this.runChecks()
  }

  /** Whether a resumed run has the stage's result. */
  keeps(stage: Stage): boolean {
    return this.earlierResult(stage) !== null
  }

  private async runOne(stage: Stage, index: number): Promise<void> {
    const { recorder } = this
    const { options, name } = stage
    const timeout = this.timeout()
    const window = options.timeout === false
    const signal = window ? recorder.signal : AbortSignal.any([recorder.signal, timeout])
    let record: StageRecord = options.recordBase ?? {}
    const context = this.contextFor(stage, signal, async kept => {
      record = kept
      recorder.note(kept)
      await recorder.save()
    })
    recorder.emit('stage:start', { stage: name, index, total: this.stages.length })
    const endConditions = startConditions()
    const start_time = new Date().toISOString()
    const begun = performance.now()
    let result: unknown
    let error: Error | null = null
    try {
      const grace = window ? WINDOW_GRACE_MS : STAGE_GRACE_MS
      await recorder.apart(async () => {
        result = await untilAborted(stage.run(context), recorder.signal, grace)
        record = recordOf(stage, result)
        error = options.verdict?.(result) ?? null
      })
    } catch (thrown) {
      error = this.stageError(thrown, timeout)
    }
    const whole = (performance.now() - begun) / 1000
    // Checks within a job are as little its work as those after the stages.
    const checked = Math.min(whole, record.measurement?.checked_seconds ?? 0)
    const elapsed_seconds = whole - checked
    const conditions = endConditions()
    const started_after_seconds = (begun - recorder.clock) / 1000
    const end_time = new Date(Date.now() - checked * 1000).toISOString()
    const aborted =
      recorder.signal.aborted && error !== null && !(error instanceof CommitUnknownError)
    // Why it was aborted, not how the engine put it.
    if (aborted) error = abortReason(recorder.signal)

    recorder.note(record)
    let job: JobMetrics | null = null
    if (!record.benchmark && options.recordsJob !== false) {
      const span = { start_time, end_time, started_after_seconds, elapsed_seconds }
      job = jobMetrics(name, span, record, recorder.plan!, error)
      recorder.jobs.push(job)
    }
    if (error) recorder.end(aborted ? null : error, name)
    else this.results.set(name, result)
    if (job && !error) {
      if (options.check) this.checks.push({ stage, context, job })
      recorder.emit('stage:progress', { stage: name, ...finalProgress(job) })
    }
    const entry = {
      stage_name: name,
      status: recorder.status,
      start_time,
      elapsed_seconds,
      conditions,
      error_message: error ? shortMessage(error) : null,
    }
    recorder.endStage(entry, job && volumesOf(job))
  }

  private skip({ name }: Stage): void {
    const { failedStage, status } = this.recorder
    const why = `not run: ${failedStage ?? 'the run'} ${status}`
    const nothing = { start_time: null, elapsed_seconds: 0 }
    const entry = { stage_name: name, status: 'skipped' as const, ...nothing, error_message: why }
    this.recorder.endStage(entry, null)
  }

  /** The stages' checks, after all of them, so that no stage's time and no time between stages holds one. */
  private async runChecks(): Promise<void> {
    const { recorder } = this
    for (const { stage, context, job } of this.checks) {
      if (recorder.signal.aborted) break
      recorder.emit('run:phase', { phase: `checking ${stage.name}` })
      const signal = AbortSignal.any([recorder.signal, this.timeout()])
      try {
        const found = await recorder.apart(() =>
          untilAborted(stage.options.check!({ ...context, signal }, job), recorder.signal),
        )
        if (isOtherTable(job, found)) this.failCheck(job, found)
        else Object.assign(job, found)
      } catch (error) {
        if (!recorder.signal.aborted)
          recorder.warn(`The check of ${stage.name} failed: ${shortMessage(error)}`, stage.name)
      }
    }
    if (recorder.signal.aborted && recorder.status === 'succeeded') recorder.end(null, null)
  }

  private failCheck(
    { job_name, output_fingerprint: was }: JobMetrics,
    { output_fingerprint: is }: Partial<JobMetrics>,
  ): void {
    if (this.recorder.status !== 'succeeded') return
    const message = `its table was changed since: the fingerprint was ${was}, now it is ${is}. Start a new run.`
    this.recorder.end(new JobFailedError(message), job_name)
  }

  private timeout(): AbortSignal {
    const { timeout_seconds } = this.recorder.plan!
    return AbortSignal.timeout(Math.max(1, Math.ceil(timeout_seconds * 1000)))
  }

  private contextFor(
    { name }: Stage,
    signal: AbortSignal,
    keepRecord: StageContext['keepRecord'],
  ): StageContext {
    const { recorder, results } = this
    const { run_id, earlier, corpus, emit } = recorder
    const { compute, queryEngine } = recorder.session
    let last = Number.NEGATIVE_INFINITY
    let phase: string | undefined
    return {
      run_id,
      config: recorder.options.config,
      plan: recorder.plan!,
      signal,
      compute,
      queryEngine,
      results,
      earlier,
      corpus,
      keepRecord,
      emit,
      warn: message => recorder.warn(message, name),
      progress: (progress: JobProgress) => {
        const now = performance.now()
        if (now - last < PROGRESS_INTERVAL_MS && progress.phase === phase) return
        last = now
        phase = progress.phase
        emit('stage:progress', { stage: name, ...unfinished(progress) })
      },
      query: async sql => {
        if (!queryEngine)
          throw new JobFailedError(
            'This config has no query engine (architecture.query_engine.type: none), so ctx.query cannot answer.',
          )
        return new QueryAnswer(await queryEngine.query(sql, { signal }))
      },
      saveDocument: async (file, document) => {
        if (file === 'verification.json') recorder.verification = document
        await recorder.folder.writeDocument(file, document)
      },
    }
  }

  /** The stage's result in the run that is being resumed; `null` when it has to run. */
  private earlierResult(stage: Stage): { job: JobMetrics | null; record: StageRecord } | null {
    const { earlier, snapshot } = this.recorder
    if (this.stale.has(stage.name)) return null
    const job = this.kept.get(stage.name)
    if (job) return { job, record: {} }
    const record = earlier && stage.options.keeps?.(earlier, snapshot)
    return record ? { job: null, record } : null
  }

  private keepEarlier(stage: Stage): boolean {
    const found = this.earlierResult(stage)
    if (!found) return false
    const { job, record } = found
    const { recorder } = this
    const { earlier } = recorder
    const entry = earlier?.pipeline_benchmark.stages.find(s => s.stage_name === stage.name)
    if (job) {
      recorder.jobs.push(job)
      const context = this.contextFor(stage, recorder.signal, async () => {})
      if (stage.options.check) this.checks.push({ stage, context, job })
    }
    recorder.note(record)
    // Those of a window tell of its files and rounds; those of a stage are found again, or are of times that are over.
    if (record.window) recorder.warnings.push(...(earlier?.warnings ?? []))
    recorder.keepStage({
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

  private stageError(thrown: unknown, timeout: AbortSignal): Error {
    const { signal, plan } = this.recorder
    // An unknown commit stays one, whatever else happened: it is what has to be looked into.
    if (thrown instanceof CommitUnknownError || !timeout.aborted || signal.aborted)
      return toError(thrown)
    return new JobFailedError(
      `did not finish within ${plan!.timeout_seconds} s and was stopped. Raise the limit with --timeout (seconds per stage).`,
      { cause: thrown },
    )
  }
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
function finalProgress(job: JobMetrics): JobProgress {
  const rows = job.output_rows ?? job.input_rows
  const bytes = job.job_type === 'datagen' ? job.bytes_written : job.bytes_read
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

/** An earlier part of the run found another content in the very snapshot that the stage left. */
const isOtherTable = ({ output_fingerprint }: JobMetrics, found: Partial<JobMetrics>): boolean =>
  output_fingerprint !== null &&
  (found.output_fingerprint ?? output_fingerprint) !== output_fingerprint

/** How the result will stand in the record. What cannot be saved is the stage's failure, not the record's. */
function recordOf({ options }: Stage, result: unknown): StageRecord {
  if (options.record) return { ...options.recordBase, ...options.record(result) }
  const plain = plainJson(result)
  const fields = plain !== null && typeof plain === 'object' && !Array.isArray(plain)
  return { measurements: fields ? (plain as Record<string, unknown>) : { value: plain } }
}
