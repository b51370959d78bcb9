import { resolve } from 'node:path'
import type { ResolvedConfig } from './contracts/config'
import { PrerequisiteError } from './contracts/errors'

/** The embedded engine works on local files only; everything else is said before anything starts. */
export function requireEmbedded(config: ResolvedConfig): string {
  const { storage } = config.platform
  if (config.preset !== 'embedded' || config.architecture.pipeline_engine !== 'embedded') {
    throw new PrerequisiteError(
      `This version runs the embedded engine only; preset ${config.preset} with pipeline_engine ${config.architecture.pipeline_engine} needs a later one. Set preset: embedded.`,
    )
  }
  if (config.architecture.pipeline.mode !== 'batch') {
    throw new PrerequisiteError('This version runs batch mode only; set architecture.pipeline.mode: batch.')
  }
  if (storage.type !== 'local')
    throw new PrerequisiteError(
      'The embedded engine works on local files; set platform.storage: { type: local, path: … }.',
    )
  if (config.architecture.query_engine.type === 'trino') {
    throw new PrerequisiteError(
      'The embedded preset is queried by duckdb; set architecture.query_engine.type: duckdb or none.',
    )
  }
  if (storage.path.includes('\\')) {
    throw new PrerequisiteError(
      'The embedded engine cannot read paths with a backslash; set platform.storage.path to one without.',
    )
  }
  return resolve(storage.path)
}
