import { performance } from 'node:perf_hooks'
import { shortMessage } from '../contracts/errors'
import {
  METRICS_SCHEMA_VERSION,
  type RunMetrics,
  type Scores,
  ScoresSchema,
} from '../contracts/metrics'
import { redactDocument } from '../contracts/secrets'
import { untilAborted } from '../shared/abort'
import type { PipelineParts } from './parts'
import { jsonText } from './plain-json'
import { abortReason, type RunState } from './run-stage'

/** When a run began, and what an earlier part of it left. */
export interface RunStart {
  readonly time: Date
  /** Time of `performance.now()`. */
  readonly clock: number
  readonly earlier: RunMetrics | null
}

const NO_SCORES = Object.fromEntries(
  Object.keys(ScoresSchema.shape).map(name => [name, null]),
) as Scores

/** A pipeline that says nothing is a batch. */
export const modeOf = <R>(parts: PipelineParts<R>): RunMetrics['mode'] => parts.mode ?? 'batch'

/** The record as of now. A part that cannot be had is left out with a warning: the rest must not be lost for it. */
export async function buildMetrics<R>(
  parts: PipelineParts<R>,
  state: RunState,
  start: RunStart,
  status: RunMetrics['status'],
): Promise<RunMetrics> {
  const missing: string[] = []
  const orNull = <T>(what: string, value: Promise<T>) =>
    untilAborted(value, state.signal).catch((error: unknown) => {
      missing.push(`${what} is not known: ${shortMessage(error)}`)
      return null
    })
  const environment =
    (await orNull('The environment', state.session.environment())) ?? state.environment ?? {}
  const corpus = state.corpus ?? (await orNull('The corpus', state.session.corpus()))
  return metricsOf(parts, state, start, status, { environment, corpus, missing })
}

/** Parts of the record that are not in the state, and those that could not be had. */
interface Asked extends Pick<RunMetrics, 'environment' | 'corpus'> {
  readonly missing: readonly string[]
}

function metricsOf<R>(
  parts: PipelineParts<R>,
  state: RunState,
  { time, clock, earlier }: RunStart,
  status: RunMetrics['status'],
  { environment, corpus, missing }: Asked,
): RunMetrics {
  const elapsed = (performance.now() - clock) / 1000
  const metrics: RunMetrics = {
    schema_version: METRICS_SCHEMA_VERSION,
    run_id: state.run_id,
    name: parts.config.name,
    mode: modeOf(parts),
    ...(state.series && { series: state.series }),
    status,
    start_time: earlier?.start_time ?? time.toISOString(),
    end_time: new Date().toISOString(),
    resumed: earlier ? earlier.resumed + 1 : 0,
    total_elapsed_seconds: elapsed + (earlier?.total_elapsed_seconds ?? 0),
    orchestration_seconds: Math.max(0, elapsed - state.measuredSeconds),
    success: status === 'succeeded',
    verdict: status === 'aborted' ? 'INTERRUPTED' : 'FAILED',
    validity: [],
    error_message: errorMessage(state),
    environment,
    config_snapshot: parts.configSnapshot,
    corpus,
    lineage: state.lineage,
    ...state.layout,
    jobs: state.jobs,
    streaming: state.window?.streaming ?? [],
    benchmark: state.benchmark,
    benchmark_rounds: state.window?.benchmark_rounds ?? [],
    continuous: state.window?.continuous ?? null,
    pipeline_benchmark: { scores: NO_SCORES, stages: state.stages, qph_kind: null, marks: [] },
    warnings: [...new Set([...state.warnings, ...missing])],
  }
  return parts.judge(redactDocument(metrics, state.folder.redact))
}

/** Which stage ended the run, and why. */
function errorMessage({ error, failedStage, status, signal }: RunState): string | null {
  if (error) return `${failedStage ?? 'before the first stage'}: ${error.message}`
  if (status !== 'aborted') return null
  const reason = abortReason(signal).message
  return failedStage === null ? reason : `${failedStage}: ${reason}`
}

/**
 * Write `metrics.json` and `report.html`, each on its own, so that one that cannot be written does not cost the other.
 * @returns why something is missing; `null` for what is there
 */
export async function writeRecord<R>(
  parts: PipelineParts<R>,
  state: RunState,
  metrics: RunMetrics,
): Promise<{ readonly record: Error | null; readonly report: Error | null }> {
  const { folder, plan, verification } = state
  const attempt = async (path: string, text: () => Promise<string> | string) => {
    try {
      await folder.writeText(path, await text())
      return null
    } catch (error) {
      return error as Error
    }
  }
  return {
    record: await attempt(folder.paths.metrics, () => `${jsonText(metrics, 2)}\n`),
    report: await attempt(folder.paths.report, () =>
      parts.report(metrics, redactDocument({ plan, verification }, folder.redact)),
    ),
  }
}

/**
 * What a run that dies without a word leaves: all that is known so far, as interrupted. The end overwrites it. It is written while
 * something is measured, so no server is asked for it twice.
 */
export async function writeProvisional<R>(
  parts: PipelineParts<R>,
  state: RunState,
  start: RunStart,
): Promise<void> {
  state.environment ??= await untilAborted(state.session.environment(), state.signal).catch(
    () => ({}),
  )
  await writeSoFar(parts, state, start, state.environment)
}

/** The same before anything is known, so that a run has a record from its beginning; what that costs is asked later. */
export const writeFirst = <R>(
  parts: PipelineParts<R>,
  state: RunState,
  start: RunStart,
): Promise<void> => writeSoFar(parts, state, start, {})

async function writeSoFar<R>(
  parts: PipelineParts<R>,
  state: RunState,
  start: RunStart,
  environment: RunMetrics['environment'],
): Promise<void> {
  const { folder } = state
  const asked = { environment, corpus: state.corpus, missing: [] }
  const metrics = metricsOf(
    parts,
    state,
    start,
    state.status === 'succeeded' ? 'aborted' : state.status,
    asked,
  )
  try {
    await folder.writeText(folder.paths.metrics, `${jsonText(metrics, 2)}\n`)
    state.saved = metrics
  } catch {
    // The end of the run tries again and says why it cannot.
  }
}
