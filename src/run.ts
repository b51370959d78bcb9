import { tmpdir } from 'node:os'
import { configFileOf, type LakebenchConfigInput, loadConfig, splitShorthand } from './config/load'
import { platformOf, type ResolvedConfig } from './config/schema'
import { ConfigError } from './contracts/errors'
import type { CorpusRecord } from './contracts/metrics'
import type { QueryEngine } from './contracts/ports'
import { continuousStage, type Producer } from './pipeline/continuous/window'
import { PIPELINE_RUN_OPTIONS, Pipeline } from './pipeline/pipeline'
import type {
  PipelineOptions,
  PipelineRunOptions,
  RunResult,
  RunSession,
} from './pipeline/pipeline-options'
import type { Stage } from './pipeline/stage'
import { benchmarkStage } from './pipeline/stages/benchmark'
import { bronzeVerifyStage } from './pipeline/stages/bronze-verify'
import { goldFinalizeStage, silverBuildStage } from './pipeline/stages/build-tables'
import { corpusVerifyStage, datagenStage } from './pipeline/stages/datagen'
import { loadPlatform, requireBatch, requireRunnable } from './platforms/platform-of'
import { provenance } from './platforms/provenance'
import type { Rule } from './results/scorecard/rule'
import { type Calibration, calibrate } from './results/series/fixed-work'
import { checkOptions, type OptionKinds, pickOptions } from './shared/check-options'

export type { RunResult } from './pipeline/pipeline-options'

/** How a batch run is carried out, beside its config. */
export interface BatchOptions {
  /** Generate the raw data first, or reuse the complete corpus that is there. Default false. */
  readonly generate?: boolean
  /** As `generate`, but the corpus that the config describes is made anew. */
  readonly regenerate?: boolean
  /** Run this stage only, without the benchmark. */
  readonly stage?: string
  /** Leave the queries out. Default false. */
  readonly skipBenchmark?: boolean
  /** Rules of validity beside the built-in ones; what they find goes into the record and the verdict. */
  readonly rules?: readonly Rule[]
  /** Measured by `calibrate` just before; goes into the environment of the record. */
  readonly calibration?: Calibration
  /** Where the config was read from, so that its git revision is in the record. `runBatch` knows it of a path. */
  readonly configFile?: string
}

/** How `runBatch` and `benchmark` carry a run out. */
export interface RunOptions extends BatchOptions, PipelineRunOptions {
  /** Time fixed work before the run, about two seconds, so that runs of different machines can be put in proportion. */
  readonly calibrate?: boolean
}

/** How a continuous run is carried out, beside its config. */
export interface ContinuousOptions extends Pick<BatchOptions, 'rules' | 'configFile'> {
  /** Leave the rounds of queries out. Default false. */
  readonly skipBenchmark?: boolean
  /** Accepted for symmetry with a batch: a new continuous run makes its raw data anew in any case. */
  readonly regenerate?: boolean
}

/** How `runContinuous` carries a run out. */
export interface RunContinuousOptions
  extends ContinuousOptions,
    Omit<PipelineRunOptions, 'timeout'> {}

const BATCH_OPTIONS: OptionKinds<BatchOptions> = {
  generate: 'boolean',
  regenerate: 'boolean',
  stage: 'text',
  skipBenchmark: 'boolean',
  rules: 'list',
  calibration: 'object',
  configFile: 'text',
}
const RUN_OPTIONS: OptionKinds<RunOptions> = {
  ...BATCH_OPTIONS,
  ...PIPELINE_RUN_OPTIONS,
  calibrate: 'boolean',
}
const OF_THE_RECORD: OptionKinds<Pick<BatchOptions, 'rules' | 'configFile'>> = {
  rules: 'list',
  configFile: 'text',
}
const WINDOW_OPTIONS: OptionKinds<ContinuousOptions> = {
  ...OF_THE_RECORD,
  skipBenchmark: 'boolean',
  regenerate: 'boolean',
}

/** The compute engine's name in records and events. */
const engineName = (config: ResolvedConfig) =>
  platformOf(config) === 'embedded' ? 'duckdb' : 'spark'

/** Ready-made pipelines; each is an ordinary `Pipeline`, open to change. */
export const presets = {
  /** `[datagen →] bronze-verify → silver-build → gold-finalize → benchmark` for a resolved config (`loadConfig`). */
  batch(config: ResolvedConfig, options: BatchOptions = {}): Pipeline {
    requireResolved(config, 'presets.batch')
    checkOptions(options, BATCH_OPTIONS, 'presets.batch')
    const engine = engineName(config)
    const stages: Stage[] = [
      ...(options.generate || options.regenerate ? [makeCorpus(config, options)] : []),
      bronzeVerifyStage(engine),
      silverBuildStage(engine),
      goldFinalizeStage(engine),
      ...(skipsBenchmark(config, options) ? [] : [benchmarkStage()]),
    ]
    const pipeline = new Pipeline(onPlatform(config, options), stages)
    return options.stage === undefined ? pipeline : onlyStage(pipeline, options.stage)
  },

  /** bronze-ingest, silver-stream and gold-refresh at once, data generation beside them, benchmark rounds meanwhile. */
  continuous(config: ResolvedConfig, options: ContinuousOptions = {}): Pipeline {
    requireResolved(config, 'presets.continuous')
    checkOptions(options, WINDOW_OPTIONS, 'presets.continuous')
    const { architecture } = config
    // The record says what was run, whatever the config called itself, so that it can be resumed from anywhere.
    const continuous: ResolvedConfig = {
      ...config,
      architecture: { ...architecture, pipeline: { ...architecture.pipeline, mode: 'continuous' } },
    }
    const session = () => import('./platforms/corpus-session')
    const producer: Producer = {
      makeRoom: async room => (await session()).makeRoomInto(continuous, room),
      run: async run => (await session()).produceInto(continuous, run),
    }
    const skipBenchmark = skipsBenchmark(config, options)
    const stage = continuousStage(continuous, engineName(continuous), producer, skipBenchmark)
    return new Pipeline({ ...onPlatform(continuous, options), mode: 'continuous' }, [stage])
  },

  /** Only the raw corpus: made, resumed or reused; with `verify`, checked byte for byte against its manifest instead. */
  corpus(
    config: ResolvedConfig,
    options: { regenerate?: boolean; verify?: boolean } = {},
  ): Pipeline {
    requireResolved(config, 'presets.corpus')
    checkOptions(options, { regenerate: 'boolean', verify: 'boolean' }, 'presets.corpus')
    requireRunnable(config)
    const stage = options.verify
      ? corpusVerifyStage(async run => (await loadPlatform(config)).verifyInto(config, run))
      : makeCorpus(config, options)
    return new Pipeline(onPlatform(config), [stage])
  },

  /** Only the queries, over tables that an earlier run left. */
  benchmark(
    config: ResolvedConfig,
    options: Pick<BatchOptions, 'rules' | 'configFile'> = {},
  ): Pipeline {
    requireResolved(config, 'presets.benchmark')
    checkOptions(options, OF_THE_RECORD, 'presets.benchmark')
    requireRunnable(config)
    return new Pipeline(onPlatform(config, options), [benchmarkStage()])
  },
}

/**
 * The whole batch benchmark.
 *
 * @param config an object (the config's keys; `scale`, `seed`, `generate` and `storage` may stand at the top), the path of a
 *   YAML file, or nothing: `./lakebench.yaml` if there, else the embedded preset
 * @throws ConfigError, PrerequisiteError before anything ran; StageFailedError with the result so far
 */
export async function runBatch(
  config?: LakebenchConfigInput | string,
  options: RunOptions = {},
): Promise<RunResult> {
  checkOptions(options, RUN_OPTIONS, 'runBatch')
  const { resolved, generate } = await resolveInput(config)
  requireBatch(resolved, 'use runContinuous, or set it to batch')
  const calibration = options.calibrate
    ? calibrate(calibrationFolder(resolved))
    : options.calibration
  const wanted = {
    ...options,
    generate: options.generate ?? generate,
    calibration,
    ...withConfigFile(config, options),
  }
  return presets
    .batch(resolved, pickOptions<BatchOptions>(wanted, BATCH_OPTIONS))
    .run(runOptions(options))
}

/**
 * The query engine of a config, over the tables that lie there, e.g. for a `QueryBenchmark` of one's own queries. It holds the
 * storage: no run changes the tables until it is closed. Config as `runBatch` takes it.
 *
 * @throws ConfigError where the config has none; PrerequisiteError where it cannot be opened
 */
export async function openQueryEngine(
  config?: LakebenchConfigInput | string,
): Promise<QueryEngine> {
  const { resolved } = await resolveInput(config)
  requireRunnable(resolved)
  const session = await (await loadPlatform(resolved)).openSession(resolved)
  const engine = session.queryEngine
  if (engine === null) {
    await session.close()
    throw new ConfigError([
      { path: 'architecture.query_engine.type', message: 'is none; name one to open.' },
    ])
  }
  const { closingWith } = await import('./platforms/query-session')
  return closingWith(engine, () => session.close())
}

/**
 * The whole continuous benchmark, for `architecture.pipeline.continuous.run_duration` seconds. Config as `runBatch` takes it.
 *
 * @throws ConfigError, PrerequisiteError before anything ran; StageFailedError with the result so far
 */
export async function runContinuous(
  config?: LakebenchConfigInput | string,
  options: RunContinuousOptions = {},
): Promise<RunResult> {
  const { timeout: _, ...taken } = PIPELINE_RUN_OPTIONS
  checkOptions(options, { ...taken, ...WINDOW_OPTIONS }, 'runContinuous')
  const { resolved } = await resolveInput(config)
  const wanted = { ...options, ...withConfigFile(config, options) }
  return presets
    .continuous(resolved, pickOptions<ContinuousOptions>(wanted, WINDOW_OPTIONS))
    .run(runOptions(options))
}

/** Time the queries on tables that are there. Options as `runBatch`; what to run comes from `architecture.benchmark`. */
export async function benchmark(
  config?: LakebenchConfigInput | string,
  options: RunOptions = {},
): Promise<RunResult> {
  checkOptions(options, RUN_OPTIONS, 'benchmark')
  const { resolved } = await resolveInput(config)
  return presets.benchmark(resolved, withConfigFile(config, options)).run(runOptions(options))
}

/** How raw data is made. */
export interface GenerateOptions extends Omit<PipelineRunOptions, 'resume'> {
  /** Make the corpus anew, though a complete one is there. Default false. */
  readonly regenerate?: boolean
  /** Generate nothing: compare every file with the manifest (sizes, rows, SHA-256). */
  readonly verify?: boolean
}

/** A run of data generation alone. */
export interface GenerateResult extends RunResult {
  /** The raw data that is there now; `null` where none was made. */
  readonly corpus: CorpusRecord | null
}

/** Make the raw corpus, go on with an interrupted one, or reuse the complete one that is there. */
export async function generate(
  config?: LakebenchConfigInput | string,
  options: GenerateOptions = {},
): Promise<GenerateResult> {
  const { resume: _, ...taken } = PIPELINE_RUN_OPTIONS
  checkOptions(options, { ...taken, regenerate: 'boolean', verify: 'boolean' }, 'generate')
  const { resolved } = await resolveInput(config)
  const { regenerate = false, verify = false } = options
  const result = await presets.corpus(resolved, { regenerate, verify }).run(runOptions(options))
  return { ...result, corpus: result.metrics.corpus }
}

const runOptions = (options: PipelineRunOptions) => pickOptions(options, PIPELINE_RUN_OPTIONS)

/** A resolved config is one by its type; what a user writes has neither defaults nor numbers yet. */
function requireResolved(config: ResolvedConfig, what: string): void {
  if (config?.resolved === true) return
  const message =
    'is not resolved. Give what `await loadConfig(config)` returns, or use runBatch, which takes any config.'
  throw new ConfigError([{ path: 'config', message }], what)
}

function withConfigFile(
  config: LakebenchConfigInput | string | undefined,
  { configFile, rules }: BatchOptions,
) {
  const file = configFile ?? configFileOf(config)
  return { configFile: file, rules }
}

async function resolveInput(
  config: LakebenchConfigInput | string | undefined,
): Promise<{ resolved: ResolvedConfig; generate: boolean }> {
  if (config === undefined || typeof config === 'string')
    return { resolved: await loadConfig(config), generate: false }
  const { config: rest, generate } = splitShorthand(config)
  return { resolved: await loadConfig(rest), generate: generate ?? false }
}

/** One stage, after data generation where that is asked for. */
function onlyStage(pipeline: Pipeline, stage: string): Pipeline {
  const names = pipeline.stages.map(s => s.name)
  if (!names.includes(stage)) {
    const message = `this run has no stage ${JSON.stringify(stage)}; choose one of ${names.join(', ')}.`
    throw new ConfigError([{ path: 'stage', message }], 'options')
  }
  return pipeline.only(...names.filter(name => name === stage || name === 'datagen'))
}

function makeCorpus(
  config: ResolvedConfig,
  { regenerate = false }: { regenerate?: boolean | undefined },
): Stage {
  return datagenStage(async ({ resumed, ...run }) =>
    (await loadPlatform(config)).generateInto(config, {
      ...run,
      regenerate: regenerate && !resumed,
    }),
  )
}

const skipsBenchmark = (config: ResolvedConfig, { skipBenchmark = false }: ContinuousOptions) =>
  skipBenchmark || config.architecture.query_engine.type === 'none'

/** The disk that the run will work on; where its data lies elsewhere, that of the spill files. */
function calibrationFolder({ platform: { storage } }: ResolvedConfig): string {
  return storage.type === 'local' ? storage.path : tmpdir()
}

/** A session whose environment also says where config and software came from. Looked up once a run. */
async function openWithProvenance(
  config: ResolvedConfig,
  options: BatchOptions,
): Promise<RunSession> {
  requireRunnable(config)
  const [session, origin] = await Promise.all([
    loadPlatform(config).then(({ openSession }) => openSession(config)),
    provenance(config, options.configFile),
  ])
  const { calibration = null } = options
  return {
    ...session,
    environment: async () => ({ ...(await session.environment()), ...origin, calibration }),
  }
}

const onPlatform = (config: ResolvedConfig, options: BatchOptions = {}): PipelineOptions => ({
  config,
  rules: options.rules,
  open: () => openWithProvenance(config, options),
})
