import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ResolvedConfig } from '../contracts/config'
import { ConfigError, PrerequisiteError } from '../contracts/errors'
import { requireOpenFiles } from '../shared/open-files'
import { HOUSEKEEPING } from '../storage/hold-storage'

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

/** Which engines this version can open for a config; everything else is said before anything starts. */
export function requireRunnable(config: ResolvedConfig): 'embedded' | 'spark' | 'kubernetes' {
  requireOpenFiles()
  const { pipeline_engine } = config.architecture
  if (pipeline_engine === 'spark') {
    if (config.platform.compute.spark.runner === 'local') return 'spark'
    s3Of(config)
    if (config.platform.kubernetes.image === '')
      throw new PrerequisiteError(
        'Spark on Kubernetes needs an image with Spark and the jars of Iceberg and S3: build docker/Dockerfile.spark and name it in platform.kubernetes.image.',
      )
    return 'kubernetes'
  }
  if (config.preset !== 'embedded')
    throw new PrerequisiteError(
      `Preset ${config.preset} runs Spark; with architecture.pipeline_engine: embedded, set preset: embedded.`,
    )
  localRoot(config)
  if (config.architecture.query_engine.type === 'trino') {
    throw new PrerequisiteError(
      'The embedded preset is queried by duckdb; set architecture.query_engine.type: duckdb or none.',
    )
  }
  return 'embedded'
}

/** The object store of a lakehouse that pods reach. */
export function s3Of({ platform: { storage } }: ResolvedConfig) {
  if (storage.type !== 's3')
    throw new PrerequisiteError(
      "Pods do not reach this machine's files; set platform.storage: { type: s3, s3: … }.",
    )
  return storage.s3
}

/** The folder of a lakehouse on this machine, absolute. */
export function localRoot({ platform: { storage } }: ResolvedConfig): string {
  if (storage.type !== 'local')
    throw new PrerequisiteError(
      'The embedded engine works on local files; set platform.storage: { type: local, path: … }.',
    )
  if (storage.path.includes('\\')) {
    throw new PrerequisiteError(
      'DuckDB cannot read paths with a backslash; set platform.storage.path to one without.',
    )
  }
  return resolve(storage.path)
}

/** A storage that is away, or an empty mount point in its place, has no lock of ours. */
export const storagePresent = (root: string): Promise<boolean> =>
  stat(join(root, HOUSEKEEPING)).then(
    () => true,
    () => false,
  )
