import { basename, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { PrerequisiteError, shortMessage } from '../contracts/errors'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { redactorOf, secretVariables } from '../contracts/secrets'
import { never, untilAborted } from '../shared/abort'
import { removeStagedFiles } from '../shared/staged-files'
import type { RunEvents } from './emitter'
import type { PipelineParts, PipelineRunOptions, RunOutcome, RunSession } from './parts'
import { readEarlier } from './resume'
import { newRunId, RUNS_FOLDER, RunFolder, readDocument } from './run-folder'
import {
  buildMetrics,
  modeOf,
  type RunStart,
  writeFirst,
  writeProvisional,
  writeRecord,
} from './run-record'
import { keptResult, type RunState, runChecks, runStage, STAGE_GRACE_MS } from './run-stage'
import { type NewState, newState, notOpened } from './run-state'
import type { Stage } from './stage'
import { afterCommit } from './stages/after-commit'
import { unreadText } from './stages/bronze-verify'

const DEFAULT_OUTPUT = 'lakebench-output'

/** One run from open engines to written record. `Pipeline.run` is its only caller. */
export async function execute<R>(
  parts: PipelineParts<R>,
  stages: readonly Stage[],
  events: RunEvents,
  options: PipelineRunOptions,
): Promise<RunOutcome> {
  const [time, clock] = [new Date(), performance.now()]
  const outputDir = options.outputDir ?? DEFAULT_OUTPUT
  const earlier = options.resume ? await readEarlier(parts, outputDir, options.resume) : null
  const { signal = never() } = options
  signal.throwIfAborted()

  const opening = parts.open()
  let session = notOpened(earlier)
  let plan: RunPlan | null = null
  let state: RunState | null = null
  try {
    try {
      session = await untilAborted(opening, signal)
      plan = parts.plan(await untilAborted(session.compute.capacity(), signal), options.timeout)
    } catch (error) {
      if (!signal.aborted) throw error
      // Should they open yet, what they hold is let go.
      void opening.then(late => (late === session ? undefined : late.close())).catch(() => {})
    }
    const start = { time, clock, earlier }
    state = await begin(parts, { session, plan, stages, events, options }, start)
    try {
      await makeReady(parts, stages, state, earlier)
    } catch (error) {
      // An interrupted run has its record, and says in it what did not run.
      if (!signal.aborted) throw error
    }
    return await runStages(parts, stages, state, start)
  } finally {
    // The record is written by now; what cannot be closed must not hide how the run went.
    await untilAborted(session.close(), signal, STAGE_GRACE_MS).catch((error: unknown) => {
      state?.emit('warning', {
        message: `The engines did not close cleanly: ${shortMessage(error)}`,
        stage: null,
      })
    })
  }
}

/** The folder of the run, and in it its first record. */
async function begin<R>(
  parts: PipelineParts<R>,
  given: Omit<NewState, 'run_id' | 'folder'>,
  start: RunStart,
): Promise<RunState> {
  const { outputDir = DEFAULT_OUTPUT, resume } = given.options
  const run_id = resume ?? newRunId(start.time)
  const redact = redactorOf(parts.config, secretVariables(process.env))
  const folder = new RunFolder(outputDir, run_id, redact)
  await removeStagedFiles(resolve(outputDir, RUNS_FOLDER), { alone: false })
  const state = newState(parts, { ...given, run_id, folder }, start)
  if (start.earlier)
    // Of the part that verified; a stage that runs again writes its own.
    state.verification = await readDocument(folder.paths.verification).catch(() => null)
  else await writeFirst(parts, state, start)
  return state
}

/** Checks data and tables before the first stage. */
async function makeReady<R>(
  parts: PipelineParts<R>,
  stages: readonly Stage[],
  state: RunState,
  earlier: RunMetrics | null,
): Promise<void> {
  const { session, plan, folder, signal, run_id } = state
  if (plan === null) return
  await untilAborted(checkCorpus(parts, session, stages, state, earlier), signal)
  await untilAborted(checkTables(session, stages, state), signal)
  await folder.writeDocument(basename(folder.paths.plan), plan)
  const place = { run_id, run_dir: folder.paths.run_dir }
  await untilAborted(session.compute.prepare(plan, place), signal)
}

/** The data that is there against the config and, for a resumed run, against the data its finished stages saw. */
async function checkCorpus<R>(
  parts: PipelineParts<R>,
  session: RunSession,
  stages: readonly Stage[],
  state: RunState,
  earlier: RunMetrics | null,
): Promise<void> {
  const corpus = await session.corpus().catch(() => null)
  if (!corpus) return
  const look = await session.look?.()
  const lying = look ? (look.digest ?? 'none') : corpus.digest
  // A batch says so when it verifies.
  if (modeOf(parts) === 'continuous' && look && look.others.length > 0)
    state.warnings.push(unreadText(look.others))
  if (earlier?.corpus && earlier.jobs.some(j => j.success) && earlier.corpus.digest !== lying) {
    throw new PrerequisiteError(
      `The raw data has changed since run ${earlier.run_id}: its digest was ${earlier.corpus.digest}, now it is ${lying}. Start a new run.`,
    )
  }
  if (stages.some(s => s.options.recordBase?.job_type === 'datagen' && !state.kept.has(s.name)))
    return
  // Nothing in this run makes data, so what lies there now is what the record says, without looking again at every stage.
  state.corpus = corpus
  const mismatch = parts.corpusMismatch(corpus)
  if (mismatch) state.warnings.push(mismatch)
}

/** The tables that finished stages of an earlier part made, as it left them; else those stages and all after them run again. */
async function checkTables(
  session: RunSession,
  stages: readonly Stage[],
  state: RunState,
): Promise<void> {
  const made = MADE_TABLES.flatMap(([stage, role]) => {
    const job = state.kept.get(stage)
    return job ? [{ role, job }] : []
  })
  if (made.length === 0) return
  const { tables = {} } = (await session.layout?.()) ?? {}
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
  for (const { name } of stages.slice(first)) state.stale.add(name)
  state.warnings.push(
    `${lost.role} is not as ${lost.job.job_name} of this run left it: it was written again, or its files were changed. ${[...state.stale].join(', ')} run again.`,
  )
}

async function runStages<R>(
  parts: PipelineParts<R>,
  stages: readonly Stage[],
  state: RunState,
  start: RunStart,
): Promise<RunOutcome> {
  const { run_dir } = state.folder.paths
  state.emit('run:start', {
    name: parts.config.name,
    mode: modeOf(parts),
    stages: stages.map(s => s.name),
    run_dir,
  })
  for (const warning of state.plan?.warnings ?? []) state.warn(warning, null)
  if (start.earlier)
    state.warnings.push('This run was resumed; times between its stages include the pause.')
  await preflight(stages, state)
  state.saveSoFar = () => writeProvisional(parts, state, start)
  for (const [index, stage] of stages.entries()) {
    // What an earlier part left is on disk already, and more of it than of the stages up to here.
    if (await runStage(stage, index, stages.length, state))
      await writeProvisional(parts, state, start)
  }
  await runChecks(state)
  state.emit('run:phase', { phase: 'looking at the tables' })
  await readLayout(state)
  await fingerprintOwnStages(state)
  await readLineage(state)
  state.emit('run:phase', { phase: 'writing the record' })

  const { eventLogError } = state.folder
  if (eventLogError) state.warnings.push(`events.jsonl is incomplete: ${eventLogError.message}`)
  const complete = await buildMetrics(parts, state, start, state.status)
  const unwritten = await writeRecord(parts, state, complete)
  for (const error of [unwritten.record, unwritten.report])
    if (error) state.emit('warning', { message: error.message, stage: null })
  const metrics = unwritten.record ? asOnDisk(state, complete, unwritten.record) : complete
  const error =
    state.error ?? (state.status === 'aborted' ? null : (unwritten.record ?? unwritten.report))
  state.emit('run:end', {
    status: metrics.status,
    duration_ms: performance.now() - start.clock,
    run_dir,
    error_message: metrics.error_message ?? (error ? shortMessage(error) : null),
  })
  return { metrics, paths: state.folder.paths, error, failed_stage: state.failedStage }
}

/**
 * A run that succeeded, but whose record could not be written: what is told of it is what the record on disk says, that it was
 * interrupted, and where there is none, that it failed.
 */
function asOnDisk(state: RunState, complete: RunMetrics, cause: Error): RunMetrics {
  if (complete.status !== 'succeeded') return complete
  const failed = { status: 'failed', verdict: 'FAILED', success: false } as const
  return { ...complete, ...failed, ...state.saved, error_message: shortMessage(cause) }
}

/** A part that is missing and that a stage of this run needs ends the run before the first, and the record says which. */
async function preflight(stages: readonly Stage[], state: RunState): Promise<void> {
  const begun = performance.now()
  const needs = new Set(
    stages
      .filter(s => s.options.check || !keptResult(s, state))
      .flatMap(s => s.options.needs ?? []),
  )
  try {
    const onWait = (message: string) => state.emit('run:wait', { message })
    const { signal } = state
    await untilAborted(
      state.session.preflight?.({ needs, signal, onWait }) ?? Promise.resolve(),
      signal,
    )
  } catch (error) {
    state.status = state.signal.aborted ? 'aborted' : 'failed'
    state.error = state.signal.aborted
      ? null
      : error instanceof Error
        ? error
        : new Error(String(error))
  }
  state.measuredSeconds += (performance.now() - begun) / 1000
}

/** The tables as they lie at the end, outside every measured time. */
async function readLayout(state: RunState): Promise<void> {
  const begun = performance.now()
  try {
    state.layout =
      (await untilAborted(state.session.layout?.() ?? Promise.resolve({}), state.signal)) ?? {}
  } catch (error) {
    state.warnings.push(`The layout of the tables is not known: ${shortMessage(error)}`)
  }
  state.measuredSeconds += (performance.now() - begun) / 1000
}

/** Fingerprints tables of a user's own stage that stands in a built-in one's place. */
async function fingerprintOwnStages(state: RunState): Promise<void> {
  const begun = performance.now()
  for (const [name, role] of MADE_TABLES) {
    const job = state.jobs.find(j => j.job_name === name && j.success && j.job_type === 'custom')
    const table = state.layout.tables?.[role]
    if (!job || !table || job.output_fingerprint !== null || state.signal.aborted) continue
    const { session, config, signal } = state
    const warn = (message: string) => state.warn(message, name)
    const found = await afterCommit(
      { compute: session.compute, config, signal, warn },
      role,
      table.bytes / 2 ** 30,
    ).catch((error: unknown) => warn(`The fingerprint of ${role} failed: ${shortMessage(error)}`))
    Object.assign(job, found)
  }
  state.measuredSeconds += (performance.now() - begun) / 1000
}

/**
 * What the data is when all stages are over, outside every measured time: after what changes none of it any more. A run that
 * measured no table has nothing to say of them.
 */
async function readLineage(state: RunState): Promise<void> {
  const { session, signal } = state
  const measures =
    state.benchmark !== null ||
    state.window !== null ||
    MADE_TABLES.some(([name]) => state.jobs.some(j => j.job_name === name))
  if (!session.sums || !measures || state.status !== 'succeeded') return
  state.emit('run:phase', { phase: 'counting what is in the tables' })
  const begun = performance.now()
  try {
    // Of the corpus that the streams took in whole; what a batch found, its verification says.
    const findings =
      (state.window?.continuous.drained ?? false) && (state.corpus?.injected_dirt ?? null) !== null
    const counted = await untilAborted(session.sums({ signal, findings }), signal)
    const lying = session.look ? session.look() : session.corpus()
    const corpus_at_end =
      (await untilAborted<{ digest: string | null } | null>(lying, signal))?.digest ?? null
    state.lineage = { ...counted, corpus_at_end }
  } catch (error) {
    if (signal.aborted) state.status = 'aborted'
    else
      state.lineage = {
        corpus_at_end: null,
        sums: { bronze: null, silver: null, gold: null },
        found: null,
        unknown: [`what the run's data is at its end: ${shortMessage(error)}`],
      }
  }
  state.measuredSeconds += (performance.now() - begun) / 1000
}

const MADE_TABLES = [
  ['silver-build', 'silver'],
  ['gold-finalize', 'gold'],
] as const
