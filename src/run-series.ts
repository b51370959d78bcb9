import { randomInt } from 'node:crypto'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { configFileOf, type LakebenchConfigInput, loadConfig, splitShorthand } from './config/load'
import { redactConfig } from './config/resolve'
import type { ResolvedConfig } from './config/schema'
import { ConfigError } from './contracts/errors'
import type { EventListeners } from './contracts/events'
import type { RunMetrics } from './contracts/metrics'
import { runPaths } from './pipeline/run-folder'
import { requireBatch } from './platforms/platform-of'
import { renderComparison } from './report/report'
import { COMPARE_OPTIONS, type CompareOptions, compareFacts } from './results/compare/compare-runs'
import type { Comparison } from './results/compare/comparison'
import { differencesOf } from './results/compare/differences'
import { runFacts } from './results/compare/run-facts'
import { readRecord } from './results/load-run'
import {
  newSeriesId,
  readSeries,
  SERIES_SCHEMA_VERSION,
  SeriesFolder,
  type SeriesRecord,
} from './results/series/series-record'
import { runSession, type SessionArm, type TurnProgress } from './results/series/session'
import { presets } from './run'
import { never } from './shared/abort'
import { checkOptions, type OptionKinds, pickOptions } from './shared/check-options'
import { DEFAULT_OUTPUT } from './shared/local-path'
import { removeStagedFiles } from './shared/staged-files'

/** How `abTest` and `repeatRun` carry their runs out. */
export interface SeriesOptions {
  /** Ends the series; it can be resumed. */
  readonly signal?: AbortSignal
  /** Default `./lakebench-output`. */
  readonly outputDir?: string
  /** Listeners told of every run. */
  readonly on?: EventListeners
  /** When a run of the series begins and ends. */
  readonly onTurn?: (progress: TurnProgress) => void
  /** Merged over every config. */
  readonly overrides?: LakebenchConfigInput
  /** Measured rounds, a warm-up before them not counted. Default 10. */
  readonly rounds?: number
  /** Draws which config starts in each pair of rounds. Default: a new one for every series; it is in the record. */
  readonly orderSeed?: number
  /** Measured executions of each query in a run, whose median is the run's time. Default: the config's, but at least 3. */
  readonly iterations?: number
  /** Make the raw data first, or reuse the complete corpus that is there; outside every round. */
  readonly generate?: boolean
  /** Leave the queries out of every run. Default false. */
  readonly skipBenchmark?: boolean
  /** Seconds per stage. */
  readonly timeout?: number
  /** Id of a series that was cut off: what it lacks of its planned rounds is run, never more. */
  readonly resume?: string
}

/** A series of runs and where its documents lie. */
export interface SeriesResult {
  /** Its record, also saved as `series.json`. */
  readonly series: SeriesRecord
  /** Absolute path of its folder, with `series.json`. */
  readonly series_dir: string
  /** Every finished run, those of an earlier sitting and the warm-up included, by arm. */
  readonly arms: readonly {
    /** `a`, `b` and so on. */
    readonly name: string
    /** Name of its config. */
    readonly label: string
    /** Records of its runs, in order. */
    readonly runs: readonly RunMetrics[]
  }[]
}

/** Sessions of several configs, and what may be said of their differences. */
export interface AbResult extends SeriesResult {
  /** Every arm against the first. */
  readonly comparison: Comparison
  /** Absolute path of the comparison's page, `comparison.html` in the folder of the series. */
  readonly report: string
}

const DEFAULT_ROUNDS = 10

/**
 * Run two or more configs in turns, `rounds` times each, and compare each with the first.
 *
 * Times are never looked at before the last round. Stops after the warm-up where it failed, or where the arms answer different
 * questions. A run that fails later is a finding, and the session goes on. An abort ends as `series.status ===
 * 'interrupted'`; `resume` with the same configs completes it.
 *
 * @throws ConfigError for fewer than two configs, an odd number of rounds, or other configs than those of the resumed series
 */
export async function abTest(
  configs: readonly (LakebenchConfigInput | string | undefined)[],
  given: SeriesOptions & CompareOptions = {},
): Promise<AbResult> {
  const options = checkOptions(given, { ...SERIES_OPTIONS, ...COMPARE_OPTIONS }, 'abTest')
  if (!Array.isArray(configs)) refuse('configs', 'must be a list of two or more configs.')
  if (configs.length < 2)
    refuse('configs', `it takes two or more to compare; got ${configs.length}.`)
  if (configs.length > 26)
    refuse('configs', `${configs.length} are more than a session can hold: 26.`)
  if (options.rounds !== undefined && options.rounds % 2 !== 0)
    refuse(
      'rounds',
      `${options.rounds} is odd. Take an even number, so that each config starts as often.`,
    )
  if (
    options.orderSeed !== undefined &&
    !(Number.isInteger(options.orderSeed) && options.orderSeed >= 0)
  )
    refuse('orderSeed', `must be a whole number of 0 or more; got ${options.orderSeed}.`)
  const result = await runSeries('ab', configs, options)
  const arms = result.arms.filter(arm => arm.runs.length > 0)
  if (arms.length < result.arms.length) {
    options.signal?.throwIfAborted()
    refuse(
      'configs',
      `the session ended before every config had run: ${result.series.stopped_reason}.`,
    )
  }
  const facts = arms.map(arm => ({ ...arm, runs: arm.runs.map(runFacts) }))
  const comparison = compareFacts(facts, pickOptions<CompareOptions>(options, COMPARE_OPTIONS))
  const folder = new SeriesFolder(options.outputDir ?? DEFAULT_OUTPUT, result.series.series_id)
  return {
    ...result,
    comparison,
    report: folder.write('comparison.html', await renderComparison(comparison, facts)),
  }
}

export const SERIES_OPTIONS: OptionKinds<SeriesOptions> = {
  signal: 'signal',
  outputDir: 'path',
  on: 'object',
  onTurn: 'function',
  overrides: 'object',
  rounds: 'number',
  orderSeed: 'number',
  iterations: 'number',
  generate: 'boolean',
  skipBenchmark: 'boolean',
  timeout: 'number',
  resume: 'text',
}

/** Run one config `rounds` times: what a baseline is made of, and how much its times vary. Options and errors as `abTest`. */
export async function repeatRun(
  config?: LakebenchConfigInput | string,
  options: SeriesOptions = {},
): Promise<SeriesResult> {
  return runSeries('repeat', [config], checkOptions(options, SERIES_OPTIONS, 'repeatRun'))
}

async function runSeries(
  type: SeriesRecord['type'],
  configs: readonly (LakebenchConfigInput | string | undefined)[],
  options: SeriesOptions,
): Promise<SeriesResult> {
  const outputDir = options.outputDir ?? DEFAULT_OUTPUT
  const arms = await Promise.all(configs.map((config, index) => openArm(config, index, options)))
  const begun = options.resume
    ? resumed(readSeries(outputDir, options.resume), type, arms, options.rounds)
    : newSeries(type, arms, options)
  const folder = new SeriesFolder(outputDir, begun.series_id)
  await removeStagedFiles(dirname(folder.dir), { alone: false })
  folder.save(begun)
  const signal = options.signal ?? never()
  if (options.generate)
    for (const arm of arms)
      if (!signal.aborted) await generateFor(arm, { ...options, outputDir, signal })
  const { record, runs } = await runSession(
    folder,
    begun,
    arms.map(arm => sessionArm(arm, { ...options, outputDir })),
    { signal, onTurn: options.onTurn, afterWarmUp: differenceOfArms },
  )
  const known = new Map(runs.map(run => [run.run_id, run]))
  return {
    series: record,
    series_dir: folder.dir,
    arms: await Promise.all(
      record.arms.map(async ({ name, label }) => ({
        name,
        label,
        runs: await runsOf(record, name, outputDir, known),
      })),
    ),
  }
}

interface OpenArm {
  readonly name: string
  readonly label: string
  readonly config: ResolvedConfig
  readonly snapshot: Record<string, unknown>
  readonly configFile: string | undefined
}

async function openArm(
  given: LakebenchConfigInput | string | undefined,
  index: number,
  { iterations, overrides }: SeriesOptions,
): Promise<OpenArm> {
  const name = String.fromCharCode('A'.charCodeAt(0) + index)
  const input = typeof given === 'object' ? splitShorthand(given).config : given
  const loaded = await loadConfig(input, overrides)
  // A window has its load and its length; taking turns over the same data means nothing for it.
  requireBatch(loaded, 'sessions compare batch runs, so set it to batch')
  const { architecture } = loaded
  const config: ResolvedConfig = {
    ...loaded,
    architecture: {
      ...architecture,
      benchmark: {
        ...architecture.benchmark,
        iterations: iterations ?? architecture.benchmark.iterations,
      },
    },
  }
  return {
    name,
    label: typeof given === 'string' ? given : loaded.name,
    config,
    snapshot: redactConfig(config),
    configFile: configFileOf(given),
  }
}

function newSeries(
  type: SeriesRecord['type'],
  arms: readonly OpenArm[],
  { rounds = DEFAULT_ROUNDS, orderSeed = randomInt(2 ** 31) }: SeriesOptions,
): SeriesRecord {
  if (!Number.isInteger(rounds) || rounds < 1)
    refuse('rounds', `must be a whole number above 0; got ${rounds}.`)
  return {
    kind: 'lakebench-series',
    schema_version: SERIES_SCHEMA_VERSION,
    series_id: newSeriesId(),
    type,
    created_at: new Date().toISOString(),
    planned_rounds: rounds,
    order_seed: orderSeed,
    arms: arms.map(({ name, label, snapshot }) => ({ name, label, config_snapshot: snapshot })),
    status: 'running',
    stopped_reason: null,
    runs: [],
  }
}

function resumed(
  earlier: SeriesRecord,
  type: SeriesRecord['type'],
  arms: readonly OpenArm[],
  rounds: number | undefined,
): SeriesRecord {
  const id = earlier.series_id
  if (earlier.type !== type)
    refuse(
      'resume',
      `${id} was made by ${earlier.type === 'ab' ? '`lakebench ab`' : '`lakebench run --repeat`'}; resume it there.`,
    )
  if (rounds !== undefined && rounds !== earlier.planned_rounds)
    refuse(
      'rounds',
      `${id} was planned with ${earlier.planned_rounds}. A session may be completed, never prolonged.`,
    )
  if (earlier.arms.length !== arms.length)
    refuse(
      'configs',
      `${id} has ${earlier.arms.length} configs; give the same ones in the same order.`,
    )
  // Through JSON, as the snapshot that was saved.
  for (const [index, arm] of arms.entries())
    if (
      !isDeepStrictEqual(
        earlier.arms[index]!.config_snapshot,
        JSON.parse(JSON.stringify(arm.snapshot)),
      )
    )
      refuse(
        'configs',
        `${arm.name} (${arm.label}) is not the config that ${id} was begun with. Start a new session.`,
      )
  return earlier
}

async function generateFor(
  { config }: OpenArm,
  { outputDir, signal, on }: SeriesOptions & { readonly signal: AbortSignal },
): Promise<void> {
  // Where it was interrupted the session ends before its first run, and says so.
  await presets.corpus(config).run({ signal, outputDir, on })
}

function sessionArm({ name, config, configFile }: OpenArm, options: SeriesOptions): SessionArm {
  const { skipBenchmark = false, outputDir, timeout, on } = options
  return {
    name,
    run: async ({ series, signal, onStart }) => {
      const pipeline = presets
        .batch(config, { skipBenchmark, configFile })
        .on('run:start', event => onStart(event.run_id))
      const { metrics } = await pipeline.run({
        series,
        signal,
        reject: false,
        outputDir,
        timeout,
        on,
      })
      return metrics
    },
  }
}

/** Times of arms that answer different questions would be measured for nothing. */
function differenceOfArms(runs: readonly RunMetrics[]): string | null {
  const [first, ...rest] = runs
    .map(runFacts)
    .sort((a, b) => (a.series!.arm < b.series!.arm ? -1 : 1))
  const found = rest.flatMap(other => differencesOf(first!, other, ['engine']))
  return found.length === 0
    ? null
    : `the arms differ in ${[...new Set(found.map(({ what }) => what))].join(', ')}`
}

async function runsOf(
  record: SeriesRecord,
  arm: string,
  outputDir: string,
  known: ReadonlyMap<string, RunMetrics>,
): Promise<RunMetrics[]> {
  const finished = record.runs.filter(run => run.arm === arm && run.status !== 'running')
  return Promise.all(
    finished.map(
      async ({ run_id }) => known.get(run_id) ?? readRecord(runPaths(outputDir, run_id).metrics),
    ),
  )
}

function refuse(path: string, message: string): never {
  throw new ConfigError([{ path, message }], 'series')
}
