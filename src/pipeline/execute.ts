import { basename } from 'node:path'
import { performance } from 'node:perf_hooks'
import { PrerequisiteError, shortMessage } from '../contracts/errors'
import { corpusMismatch } from '../datagen/paced'
import { Scorecard } from '../results/scorecard/scorecard'
import { untilAborted } from '../shared/abort'
import { GIB } from '../shared/format'
import { ExecutorSizer } from '../sizing/executor-sizer'
import { BenchmarkResult } from './benchmark/benchmark-result'
import type { RunEvents } from './emitter'
import type { PipelineOptions, PipelineRunOptions, RunResult } from './pipeline-options'
import { RunRecorder, toError } from './recorder'
import { readEarlier } from './resume'
import { STAGE_GRACE_MS, StageRunner } from './run-stage'
import type { Stage } from './stage'
import { unreadText } from './stages/bronze-verify'
import { afterCommit } from './stages/run-job'

/** One run from open engines to written record. `Pipeline.run` is its only caller. */
export async function execute(
  options: PipelineOptions & PipelineRunOptions,
  stages: readonly Stage[],
  events: RunEvents,
): Promise<{ result: RunResult; failedStage: string | null }> {
  const { config, resume, outputDir, timeout: timeoutSeconds } = options
  const earlier = resume ? await readEarlier(options, resume, outputDir) : null
  const recorder = new RunRecorder(options, events, earlier)
  const { signal } = recorder
  signal.throwIfAborted()

  const opening = options.open()
  let begun = false
  try {
    try {
      recorder.session = await untilAborted(opening, signal)
      const capacity = await untilAborted(recorder.session.compute.capacity(), signal)
      recorder.plan = new ExecutorSizer().plan({ config, capacity, timeoutSeconds })
    } catch (error) {
      if (!signal.aborted) throw error
      // Should they open yet, what they hold is let go.
      void opening
        .then(late => (late === recorder.session ? undefined : late.close()))
        .catch(() => {})
    }
    await recorder.begin()
    begun = true
    const runner = new StageRunner(recorder, stages)
    try {
      await makeReady(runner)
    } catch (error) {
      // An interrupted run has its record, and says in it what did not run.
      if (!signal.aborted) throw error
    }
    return await runStages(runner)
  } finally {
    // The record is written by now; what cannot be closed must not hide how the run went.
    await untilAborted(recorder.session.close(), signal, STAGE_GRACE_MS).catch((error: unknown) => {
      const message = `The engines did not close cleanly: ${shortMessage(error)}`
      if (begun) recorder.emit('warning', { message, stage: null })
    })
  }
}

/** Checks data and tables before the first stage. */
async function makeReady(runner: StageRunner): Promise<void> {
  const { session, plan, folder, signal, run_id } = runner.recorder
  if (plan === null) return
  await untilAborted(checkCorpus(runner), signal)
  await untilAborted(checkTables(runner), signal)
  await folder.writeDocument(basename(folder.paths.plan), plan)
  const place = { run_id, run_dir: folder.paths.run_dir }
  await untilAborted(session.compute.prepare(plan, place), signal)
}

/** The data that is there against the config and, for a resumed run, against the data its finished stages saw. */
async function checkCorpus({ recorder, stages, kept }: StageRunner): Promise<void> {
  const { session, earlier, warnings, options } = recorder
  const corpus = await session.corpus().catch(() => null)
  if (!corpus) return
  const look = await session.look?.()
  const lying = look ? (look.digest ?? 'none') : corpus.digest
  // A batch says so when it verifies.
  if (options.mode === 'continuous' && look && look.others.length > 0)
    warnings.push(unreadText(look.others))
  if (earlier?.corpus && earlier.jobs.some(j => j.success) && earlier.corpus.digest !== lying) {
    throw new PrerequisiteError(
      `The raw data has changed since run ${earlier.run_id}: its digest was ${earlier.corpus.digest}, now it is ${lying}. Start a new run.`,
    )
  }
  if (stages.some(s => s.options.recordBase?.job_type === 'datagen' && !kept.has(s.name))) return
  // Nothing in this run makes data, so what lies there now is what the record says, without looking again at every stage.
  recorder.corpus = corpus
  const mismatch = corpusMismatch(options.config, corpus)
  if (mismatch) warnings.push(mismatch)
}

/** The tables that finished stages of an earlier part made, as it left them; else those stages and all after them run again. */
async function checkTables({ recorder, stages, kept, stale }: StageRunner): Promise<void> {
  const made = MADE_TABLES.flatMap(([stage, role]) => {
    const job = kept.get(stage)
    return job ? [{ role, job }] : []
  })
  if (made.length === 0) return
  const { tables = {} } = (await recorder.session.layout?.()) ?? {}
  const lost = made.find(({ role, job }) => {
    const table = tables[role]
    return (
      table &&
      (table.snapshot_id !== job.measurements.snapshot_id || (table.faults?.length ?? 0) > 0)
    )
  })
  if (!lost) return
  const first = stages.findIndex(s => s.name === lost.job.job_name)
  if (first < 0) return
  for (const { name } of stages.slice(first)) stale.add(name)
  recorder.warnings.push(
    `${lost.role} is not as ${lost.job.job_name} of this run left it: it was written again, or its files were changed. ${[...stale].join(', ')} run again.`,
  )
}

async function runStages(
  runner: StageRunner,
): Promise<{ result: RunResult; failedStage: string | null }> {
  const { recorder, stages } = runner
  const { options, folder } = recorder
  const { config, mode = 'batch', rules } = options
  const { run_dir } = folder.paths
  recorder.emit('run:start', { name: config.name, mode, stages: stages.map(s => s.name), run_dir })
  for (const warning of recorder.plan?.warnings ?? []) recorder.warn(warning, null)
  if (recorder.earlier)
    recorder.warnings.push('This run was resumed; times between its stages include the pause.')
  await recorder.apart(() => preflight(runner))
  await runner.run()
  recorder.emit('run:phase', { phase: 'looking at the tables' })
  await recorder.apart(() => readLayout(recorder))
  await recorder.apart(() => fingerprintOwnStages(recorder))
  await readLineage(recorder)
  recorder.emit('run:phase', { phase: 'writing the record' })
  const { metrics, error } = await recorder.finish()
  recorder.emit('run:end', {
    status: metrics.status,
    duration_ms: performance.now() - recorder.clock,
    run_dir,
    error_message: metrics.error_message ?? (error ? shortMessage(error) : null),
  })
  const result = {
    metrics,
    scorecard: new Scorecard(metrics, { rules }),
    benchmark: metrics.benchmark && new BenchmarkResult(metrics.benchmark),
    paths: folder.paths,
    error,
  }
  return { result, failedStage: recorder.failedStage }
}

/** A part that is missing and that a stage of this run needs ends the run before the first, and the record says which. */
async function preflight(runner: StageRunner): Promise<void> {
  const { recorder, stages } = runner
  const { session, signal } = recorder
  const asked = stages.filter(s => s.options.check || !runner.keeps(s))
  const needs = new Set(asked.flatMap(s => s.options.needs ?? []))
  const onWait = (message: string) => recorder.emit('run:wait', { message })
  try {
    await untilAborted(session.preflight?.({ needs, signal, onWait }) ?? Promise.resolve(), signal)
  } catch (error) {
    recorder.end(signal.aborted ? null : toError(error), null)
  }
}

/** The tables as they lie at the end, outside every measured time. */
async function readLayout(recorder: RunRecorder): Promise<void> {
  const { session, signal, warnings } = recorder
  try {
    recorder.layout = (await untilAborted(session.layout?.() ?? Promise.resolve({}), signal)) ?? {}
  } catch (error) {
    warnings.push(`The layout of the tables is not known: ${shortMessage(error)}`)
  }
}

/** Fingerprints tables of a user's own stage that stands in a built-in one's place. */
async function fingerprintOwnStages(recorder: RunRecorder): Promise<void> {
  const { session, signal, options, jobs, layout } = recorder
  for (const [name, role] of MADE_TABLES) {
    const job = jobs.find(j => j.job_name === name && j.success && j.job_type === 'custom')
    const table = layout.tables?.[role]
    if (!job || !table || job.output_fingerprint !== null || signal.aborted) continue
    const warn = (message: string) => recorder.warn(message, name)
    const { compute } = session
    const found = await afterCommit(
      { compute, config: options.config, signal, warn },
      role,
      table.bytes / GIB,
    ).catch((error: unknown) => warn(`The fingerprint of ${role} failed: ${shortMessage(error)}`))
    Object.assign(job, found)
  }
}

/**
 * What the data is when all stages are over, outside every measured time: after what changes none of it any more. A run that
 * measured no table has nothing to say of them.
 */
async function readLineage(recorder: RunRecorder): Promise<void> {
  const { session, signal, jobs, benchmark, window, corpus, status } = recorder
  const measures =
    benchmark !== null ||
    window !== null ||
    MADE_TABLES.some(([name]) => jobs.some(j => j.job_name === name))
  if (!session.sums || !measures || status !== 'succeeded') return
  recorder.emit('run:phase', { phase: 'counting what is in the tables' })
  // Of the corpus that the streams took in whole; what a batch found, its verification says.
  const findings = (window?.continuous.drained ?? false) && (corpus?.injected_dirt ?? null) !== null
  try {
    recorder.lineage = await recorder.apart(async () => {
      const counted = await untilAborted(session.sums!({ signal, findings }), signal)
      const lying = session.look ? session.look() : session.corpus()
      const found = await untilAborted<{ digest: string | null } | null>(lying, signal)
      return { ...counted, corpus_at_end: found?.digest ?? null }
    })
  } catch (error) {
    if (signal.aborted) recorder.end(null, null)
    else
      recorder.lineage = {
        corpus_at_end: null,
        sums: { bronze: null, silver: null, gold: null },
        found: null,
        unknown: [`what the run's data is at its end: ${shortMessage(error)}`],
      }
  }
}

const MADE_TABLES = [
  ['silver-build', 'silver'],
  ['gold-finalize', 'gold'],
] as const
