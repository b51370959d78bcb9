import type { ContinuousConfig, LakebenchConfigInput, ResolvedConfig } from './schema'
import { at, isTree, merge, type Tree } from './tree'

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

/** Intervals of seconds; those of the profile `default` are the schema's own. */
const SHORT_PROFILE: Partial<ContinuousConfig> = {
  run_duration: 60,
  bronze_trigger_interval: 2,
  silver_trigger_interval: 4,
  gold_refresh_interval: 8,
  benchmark_warmup: 8,
  benchmark_interval: 8,
}

/** Defaults of the preset and the profile that a user names; nothing for a name that is none, which the schema then reports. */
export function defaultsUnder(given: Tree): Tree {
  const short = at(given, ['architecture', 'pipeline', 'continuous', 'profile']) === 'short'
  const profile = short ? { architecture: { pipeline: { continuous: SHORT_PROFILE } } } : {}
  return merge(presetDefaults(given.preset, storageType(given)) as Tree, profile)
}

function presetDefaults(preset: unknown, storage: unknown): LakebenchConfigInput {
  if (typeof preset !== 'string' || !Object.hasOwn(PRESETS, preset)) return {}
  return (storage === 'local' && OVER_LOCAL_FILES[preset as Preset]) || PRESETS[preset as Preset]
}

/** The storage type that the user chose; `undefined` where there is none. */
function storageType(tree: Tree): unknown {
  const storage = at(tree, ['platform', 'storage'])
  if (!isTree(storage)) return undefined
  return storage.type ?? (storage.path === undefined ? undefined : 'local')
}
