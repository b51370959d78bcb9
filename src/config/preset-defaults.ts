import type { LakebenchConfigInput, ResolvedConfig } from './schema'

type Preset = ResolvedConfig['preset']

/** Values that a preset lays under the user's; the schema's own defaults are those of `embedded`. */
const PRESETS: Readonly<Record<Preset, LakebenchConfigInput>> = {
  embedded: {},
  /** Spark on this machine over S3, an Iceberg REST catalog and Trino. */
  'local-spark': {
    platform: { storage: { type: 's3' } },
    architecture: {
      pipeline_engine: 'spark',
      catalog: { type: 'rest', uri: 'http://localhost:8181' },
      query_engine: { type: 'trino', url: 'http://localhost:8080' },
      workload: { datagen: { scale: 10 } },
    },
  },
  /** Spark on Kubernetes over a store and a catalog that pods reach. */
  kubernetes: {
    platform: { storage: { type: 's3' }, compute: { spark: { runner: 'kubernetes' } } },
    architecture: {
      pipeline_engine: 'spark',
      catalog: { type: 'rest', uri: 'http://iceberg-rest:8181' },
      // Where `kubectl port-forward` puts it.
      query_engine: { type: 'trino', url: 'http://localhost:8080' },
      workload: { datagen: { scale: 10 } },
    },
  },
}

/** The same over files of this machine: they need no catalog, and DuckDB reads them. */
const OVER_LOCAL_FILES: Readonly<Partial<Record<Preset, LakebenchConfigInput>>> = {
  'local-spark': {
    architecture: { pipeline_engine: 'spark', workload: { datagen: { scale: 10 } } },
  },
}

/** Defaults of the named preset; nothing for a name that is none, which the schema then reports. */
export function presetDefaults(preset: unknown, storageType: unknown): LakebenchConfigInput {
  if (typeof preset !== 'string' || !Object.hasOwn(PRESETS, preset)) return {}
  return (
    (storageType === 'local' && OVER_LOCAL_FILES[preset as Preset]) || PRESETS[preset as Preset]
  )
}
