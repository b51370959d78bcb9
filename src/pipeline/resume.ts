import { isDeepStrictEqual } from 'node:util'
import { redactConfig } from '../config/resolve'
import type { WindowRecord } from '../contracts/continuous-metrics'
import { jsonFault } from '../contracts/documents'
import { ConfigError } from '../contracts/errors'
import type { RunMetrics } from '../contracts/metrics'
import { contradictionOf } from '../results/scorecard/judge'
import { parseMetrics } from '../results/scorecard/parse-metrics'
import { DEFAULT_OUTPUT } from '../shared/local-path'
import type { PipelineOptions } from './pipeline-options'
import { readDocument, runPaths } from './run-folder'

/** Parts of the config that a resumed run may change: they do not touch the stages that are kept. */
const FREE = new Set(['name', 'platform.compute', 'platform.prices'])
/** A batch asks its queries after everything else; those of a window are part of it. */
const BENCHMARK = 'architecture.benchmark'

/**
 * The record of the run to go on with.
 * @throws ConfigError when it cannot be read, contradicts itself, or was made with another config
 */
export async function readEarlier(
  { config, mode = 'batch' }: Pick<PipelineOptions, 'config' | 'mode'>,
  runId: string,
  outputDir = DEFAULT_OUTPUT,
): Promise<RunMetrics> {
  const { metrics: path } = runPaths(outputDir, runId)
  const refuse = (message: string): never => {
    throw new ConfigError([{ path: '--resume', message }], path)
  }
  const json = await readDocument(path).catch((error: Error) =>
    refuse(
      `there is no readable record of run ${runId}: ${error instanceof SyntaxError ? jsonFault(error) : error.message}.`,
    ),
  )
  const earlier = parseMetrics(json, path)
  // A run does not go on from numbers that nobody measured.
  const contradiction = contradictionOf(earlier)
  if (contradiction !== null) refuse(`the record is ${contradiction}. Start a new run.`)
  if (earlier.mode !== mode)
    refuse(
      `run ${runId} is a ${earlier.mode} run, and this is a ${mode} one. Go on with it as what it is, or start a new run.`,
    )
  const free = mode === 'batch' ? new Set([...FREE, BENCHMARK]) : FREE
  const changed = differences(earlier.config_snapshot, redactConfig(config), free)
  if (changed.length === 0) return earlier
  const message = 'differs from the run that is to go on. Use its config, or start a new run.'
  throw new ConfigError(
    changed.map(key => ({ path: key, message })),
    `--resume ${runId}`,
  )
}

/** Whether an earlier, valid benchmark answers what is asked now. */
export function sameBenchmark(
  earlier: RunMetrics,
  snapshot: Readonly<Record<string, unknown>>,
): boolean {
  const asked = (config: Readonly<Record<string, unknown>>) =>
    isRecord(config.architecture) ? config.architecture.benchmark : null
  return (
    earlier.benchmark?.valid === true &&
    isDeepStrictEqual(asked(earlier.config_snapshot), asked(snapshot))
  )
}

/** The window of a record; `null` for a batch run. */
export function windowOf({
  streaming,
  benchmark_rounds,
  continuous,
}: RunMetrics): WindowRecord | null {
  return continuous && { streaming, benchmark_rounds, continuous }
}

/** Dotted paths at which two configs differ, `free` ones left out. */
function differences(a: unknown, b: unknown, free: ReadonlySet<string>, path = ''): string[] {
  if (free.has(path) || isDeepStrictEqual(a, b)) return []
  if (!isRecord(a) || !isRecord(b)) return [path]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key =>
    differences(a[key], b[key], free, path ? `${path}.${key}` : key),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
