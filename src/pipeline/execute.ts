import { performance } from 'node:perf_hooks'
import { shortMessage } from '../contracts/errors'
import type { EventFields, EventName } from '../contracts/events'
import { METRICS_SCHEMA_VERSION, type RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { type RunEvents, stamp } from './emitter'
import type { PipelineParts, PipelineRunOptions, RunOutcome, RunSession } from './pipeline'
import { newRunId, RunFolder, readDocument, runPaths } from './run-folder'
import { type RunState, runChecks, runStage } from './run-stage'
import type { Stage } from './stage'

const DEFAULT_OUTPUT = 'lakebench-output'

/** One run from open engines to written record. `Pipeline.run` is its only caller. */
export async function execute<R>(
  parts: PipelineParts<R>,
  stages: readonly Stage[],
  events: RunEvents,
  options: PipelineRunOptions,
): Promise<RunOutcome> {
  const started = performance.now()
  const startTime = new Date()
  const outputDir = options.outputDir ?? DEFAULT_OUTPUT
  const earlier = options.resume ? await readEarlier(parts, outputDir, options.resume) : null
  options.signal?.throwIfAborted()

  const session = await parts.open()
  try {
    const plan = parts.plan(await session.compute.capacity(), options.timeout)
    const run_id = options.resume ?? newRunId(startTime)
    const folder = new RunFolder(outputDir, run_id)
    const state = newState(run_id, parts, session, plan, folder, options, earlier)
    state.emit = (name, fields) => dispatch(state, events, name, fields)
    await folder.writeText(folder.paths.plan, `${JSON.stringify(plan, null, 2)}\n`)
    await session.compute.prepare(plan)

    state.emit('run:start', {
      name: parts.config.name,
      mode: 'batch',
      stages: stages.map(s => s.name),
      run_dir: folder.paths.run_dir,
    })
    for (const warning of plan.warnings) state.warn(warning, null)
    for (const [index, stage] of stages.entries()) await runStage(stage, index, stages.length, state)
    await runChecks(state)

    const metrics = await finalMetrics(parts, session, state, startTime, started, earlier)
    await writeRecord(parts, state, metrics)
    state.emit('run:end', {
      status: metrics.status,
      duration_ms: performance.now() - started,
      run_dir: folder.paths.run_dir,
      error_message: metrics.error_message,
    })
    return { metrics, paths: folder.paths, error: state.error, failed_stage: state.failedStage }
  } finally {
    await session.close()
  }
}

function newState<R>(
  run_id: string,
  parts: PipelineParts<R>,
  session: RunSession,
  plan: RunPlan,
  folder: RunFolder,
  options: PipelineRunOptions,
  earlier: RunMetrics | null,
): RunState {
  const state: RunState = {
    run_id,
    config: parts.config,
    session,
    plan,
    folder,
    signal: options.signal ?? new AbortController().signal,
    results: new Map(),
    kept: new Map(earlier?.jobs.filter(j => j.success).map(j => [j.job_name, j]) ?? []),
    keptBenchmark: earlier?.benchmark?.valid ? earlier.benchmark : null,
    jobs: [],
    stages: [],
    benchmark: null,
    corpus: null,
    verification: null,
    warnings: [],
    checks: [],
    measuredSeconds: 0,
    status: 'succeeded',
    error: null,
    failedStage: null,
    emit: () => {},
    warn: (message, stage) => {
      state.warnings.push(message)
      state.emit('warning', { message, stage })
    },
  }
  return state
}

function dispatch<K extends EventName>(state: RunState, events: RunEvents, name: K, fields: EventFields<K>): void {
  const event = stamp<K>(state.run_id, fields)
  state.folder.appendEvent(name, event)
  events.dispatch(name, event, error => {
    const message = `A listener of ${name} threw: ${shortMessage(error)}. The run goes on.`
    if (!state.warnings.includes(message)) state.warnings.push(message)
  })
}

async function readEarlier<R>(parts: PipelineParts<R>, outputDir: string, runId: string): Promise<RunMetrics> {
  const { metrics } = runPaths(outputDir, runId)
  const record = parts.readRecord(await readDocument(metrics).catch(() => undefined), metrics)
  return record
}

async function finalMetrics<R>(
  parts: PipelineParts<R>,
  session: RunSession,
  state: RunState,
  startTime: Date,
  started: number,
  earlier: RunMetrics | null,
): Promise<RunMetrics> {
  const environment = await session.environment()
  const corpus = state.corpus ?? (await session.corpus().catch(() => null))
  if (state.folder.eventLogError)
    state.warnings.push(`events.jsonl is incomplete: ${state.folder.eventLogError.message}`)
  if (earlier) state.warnings.push('This run was resumed; times between its stages include the pause.')
  const elapsed = (performance.now() - started) / 1000
  const status: RunMetrics['status'] = state.status
  return parts.judge({
    schema_version: METRICS_SCHEMA_VERSION,
    run_id: state.run_id,
    name: parts.config.name,
    mode: 'batch',
    status,
    start_time: earlier?.start_time ?? startTime.toISOString(),
    end_time: new Date().toISOString(),
    total_elapsed_seconds: elapsed + (earlier?.total_elapsed_seconds ?? 0),
    orchestration_seconds: Math.max(0, elapsed - state.measuredSeconds),
    success: status === 'succeeded',
    verdict: 'FAILED',
    validity: [],
    error_message: state.error ? `${state.failedStage}: ${state.error.message}` : null,
    environment,
    config_snapshot: parts.configSnapshot,
    corpus,
    jobs: state.jobs,
    streaming: [],
    benchmark: state.benchmark,
    benchmark_rounds: [],
    pipeline_benchmark: {
      scores: {
        time_to_value_seconds: null,
        total_elapsed_seconds: null,
        datagen_seconds: null,
        total_data_processed_gb: null,
        pipeline_throughput_gb_per_second: null,
        total_core_hours: null,
        compute_efficiency_gb_per_core_hour: null,
        scale_ratio: null,
        composite_qph: null,
      },
      stages: state.stages,
    },
    warnings: state.warnings,
  })
}

async function writeRecord<R>(parts: PipelineParts<R>, state: RunState, metrics: RunMetrics): Promise<void> {
  const { folder, plan, verification } = state
  await folder.writeText(folder.paths.metrics, `${JSON.stringify(metrics, null, 2)}\n`)
  await folder.writeText(folder.paths.report, parts.report(metrics, { plan, verification }))
}
