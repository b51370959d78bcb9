import type { Preset } from '../contracts/config'
import type { LakebenchConfigInput } from './input'

/**
 * What a preset lays under the user's values; the schema's own defaults are those of `embedded`.
 * `local-spark` runs Spark on this machine over local files and asks DuckDB; `kubernetes` needs a store that pods reach.
 */
const PRESETS: Readonly<Record<Preset, LakebenchConfigInput>> = {
  embedded: {},
  'local-spark': {
    architecture: { pipeline_engine: 'spark', workload: { datagen: { scale: 10 } } },
  },
  kubernetes: {
    platform: { storage: { type: 's3' }, compute: { spark: { runner: 'kubernetes' } } },
    architecture: {
      pipeline_engine: 'spark',
      // Where `kubectl port-forward` puts it.
      query_engine: { type: 'trino', url: 'http://localhost:8080' },
      workload: { datagen: { scale: 10 } },
    },
  },
}

/** Defaults of the named preset; nothing for a name that is none, which the schema then reports. */
export function presetDefaults(preset: unknown): LakebenchConfigInput {
  return typeof preset === 'string' && Object.hasOwn(PRESETS, preset) ? PRESETS[preset as Preset] : {}
}
