import { platformOf, type ResolvedConfig } from '../config/schema'
import { ConfigError, PrerequisiteError } from '../contracts/errors'
import type { PartStatus } from '../contracts/ports'
import type { Swept } from '../kubernetes/run-claim'
import type { RunSession } from '../pipeline/pipeline-options'
import type { CorpusFindings, DatagenOutcome } from '../pipeline/stages/datagen'
import { requireOpenFiles } from '../shared/open-files'
import type { CorpusStageOptions } from './corpus-session'
import { localRoot, s3Of } from './storage-place'

/**
 * What a batch run and a series of them are refused for, before anything starts.
 * @throws ConfigError for a config of continuous mode
 */
export function requireBatch({ architecture }: ResolvedConfig, instead: string): void {
  if (architecture.pipeline.mode !== 'continuous') return
  throw new ConfigError([
    { path: 'architecture.pipeline.mode', message: `is continuous; ${instead}.` },
  ])
}

/**
 * What keeps a config from running on its platform, said before anything starts.
 * @throws PrerequisiteError naming what is missing and the remedy
 */
export function requireRunnable(config: ResolvedConfig): void {
  requireOpenFiles()
  requireOwnFolder()
  const platform = platformOf(config)
  if (platform === 'kubernetes') {
    s3Of(config)
    if (config.platform.kubernetes.image === '')
      throw new PrerequisiteError(
        'Spark on Kubernetes needs an image with Spark and the jars of Iceberg and S3: build docker/Dockerfile.spark and name it in platform.kubernetes.image.',
      )
  }
  if (platform !== 'embedded') return
  if (config.preset !== 'embedded')
    throw new PrerequisiteError(
      `Preset ${config.preset} runs Spark; with architecture.pipeline_engine: embedded, set preset: embedded.`,
    )
  localRoot(config)
  if (config.architecture.query_engine.type === 'trino')
    throw new PrerequisiteError(
      'The embedded preset is queried by duckdb; set architecture.query_engine.type: duckdb or none.',
    )
}

/** Yarn's file handles have no `sync`, and neither worker threads nor a Spark read its archives. */
function requireOwnFolder(): void {
  if (process.versions.pnp !== undefined)
    throw new PrerequisiteError(
      "Yarn's Plug'n'Play cannot carry a run: Node's calls for safe writing are missing there, and workers and Spark find no files in its archives. Set `nodeLinker: node-modules` in .yarnrc.yml and install again.",
    )
}

/** A place where a config runs: each platform's module is one. */
export interface Platform {
  /** Opens the engines; nothing runs before the first job. */
  openSession(config: ResolvedConfig): Promise<RunSession>
  /** Makes the raw data as a stage of a run that holds the storage. */
  generateInto(
    config: ResolvedConfig,
    options: CorpusStageOptions & { readonly regenerate: boolean },
  ): Promise<DatagenOutcome>
  /** Compares the raw data with its manifest. */
  verifyInto(config: ResolvedConfig, options: CorpusStageOptions): Promise<CorpusFindings>
  /** Asks what carries out the jobs, where that is not this process, and never throws. */
  computeStatus?(config: ResolvedConfig): Promise<PartStatus>
  /** Removes what runs left outside of the storage: those whose process is gone, or the one that is named. */
  cleanRuns?(
    config: ResolvedConfig,
    run: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly Swept[]>
  /** Removes files of replaced content, and of writers that died, while the caller holds the storage. */
  cleanTables?(config: ResolvedConfig): Promise<readonly string[]>
}

/** Loads the platform of a config. Engines, table format and generator are read from disk by the run that uses them, not by importing lakebench. */
export function loadPlatform(config: ResolvedConfig): Promise<Platform> {
  switch (platformOf(config)) {
    case 'embedded':
      return import('./embedded')
    case 'local-spark':
      return import('./local-spark')
    case 'kubernetes':
      return import('./kubernetes')
  }
}
