import { resolve } from 'node:path'
import type { ResolvedConfig } from './contracts/config'
import { PrerequisiteError } from './contracts/errors'

/** Which engines this version can open for a config; everything else is said before anything starts. */
export function requireRunnable(config: ResolvedConfig): 'embedded' | 'spark' {
  const { pipeline_engine, pipeline } = config.architecture
  if (pipeline.mode !== 'batch')
    throw new PrerequisiteError('This version runs batch mode only; set architecture.pipeline.mode: batch.')
  if (pipeline_engine === 'spark') {
    if (config.platform.compute.spark.runner !== 'local')
      throw new PrerequisiteError(
        'This version runs Spark on this machine only; set platform.compute.spark.runner: local (preset local-spark).',
      )
    return 'spark'
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

/** The folder of a lakehouse on this machine, absolute. */
export function localRoot({ platform: { storage } }: ResolvedConfig): string {
  if (storage.type !== 'local')
    throw new PrerequisiteError(
      'The embedded engine works on local files; set platform.storage: { type: local, path: … }.',
    )
  if (storage.path.includes('\\')) {
    throw new PrerequisiteError('DuckDB cannot read paths with a backslash; set platform.storage.path to one without.')
  }
  return resolve(storage.path)
}
