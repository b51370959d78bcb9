import type { ContinuousConfig, ResolvedConfig } from './schema'

interface Rule {
  /** Keys that the rule compares; it is silent while one of them has an issue of its own. */
  readonly keys: readonly string[]
  /** The problem, shown at the last key. */
  check(config: Omit<ResolvedConfig, 'resolved'>): string | null
}

/** Smallest values of the default profile: shorter ones measure the start of a run rather than the run. */
const LEAST: readonly (readonly [keyof ContinuousConfig, number, string])[] = [
  ['run_duration', 60, ' seconds'],
  ['benchmark_interval', 300, ' seconds'],
  // The page lets users lower the warm-up together with the gold interval, so its floor is lower than the interval's.
  ['benchmark_warmup', 60, ' seconds'],
  ['bronze_target_file_size_mb', 32, ''],
  ['silver_target_file_size_mb', 32, ''],
  ['gold_target_file_size_mb', 32, ''],
]
const CONTINUOUS = 'architecture.pipeline.continuous'

/** Rules across keys, each with its remedy. */
export const CROSS_RULES: readonly Rule[] = [
  ...LEAST.map(([key, least, unit]) => ({
    keys: [`${CONTINUOUS}.profile`, `${CONTINUOUS}.${key}`],
    check: ({ architecture: { pipeline } }: Omit<ResolvedConfig, 'resolved'>) =>
      pipeline.continuous.profile === 'default' && Number(pipeline.continuous[key]) < least
        ? `must be at least ${least}${unit}, except with \`profile: short\`.`
        : null,
  })),
  {
    keys: [
      'architecture.workload.datagen.timestamp_start',
      'architecture.workload.datagen.timestamp_end',
    ],
    check: ({ architecture }) => {
      const { timestamp_start, timestamp_end } = architecture.workload.datagen
      return timestamp_end > timestamp_start
        ? null
        : `must be after timestamp_start (${timestamp_start}).`
    },
  },
  {
    keys: ['preset', 'architecture.pipeline_engine', 'platform.storage.type'],
    check: ({ platform, architecture }) =>
      platform.storage.type === 's3' && architecture.pipeline_engine === 'embedded'
        ? 'the embedded engine works on local files only. Use `platform.storage.type: local` with a path, or `architecture.pipeline_engine: spark` (preset local-spark or kubernetes).'
        : null,
  },
  {
    keys: ['preset', 'architecture.query_engine.type', 'platform.storage.type'],
    check: ({ platform, architecture }) =>
      platform.storage.type === 's3' &&
      architecture.query_engine.type === 'duckdb' &&
      architecture.pipeline_engine !== 'embedded'
        ? 'the duckdb query engine reads local files only. Use `architecture.query_engine.type: trino` or `none`.'
        : null,
  },
  {
    keys: ['preset', 'architecture.query_engine.type', 'architecture.catalog.type'],
    check: ({ architecture: { pipeline_engine, query_engine, catalog } }) => {
      if (pipeline_engine === 'embedded') return null
      if (query_engine.type === 'duckdb' && catalog.type !== 'hadoop')
        return 'the duckdb query engine finds tables as files. Use `hadoop`, or `architecture.query_engine.type: trino`.'
      if (query_engine.type === 'trino' && catalog.type === 'hadoop')
        return 'trino needs a catalog service to find tables. Use `rest` or `hive` with its uri, or `architecture.query_engine.type: duckdb` (local storage) or `none`.'
      return null
    },
  },
  {
    keys: [
      'preset',
      'platform.storage.type',
      'platform.compute.spark.runner',
      'architecture.catalog.type',
    ],
    check: ({ platform, architecture: { pipeline_engine, catalog } }) =>
      pipeline_engine === 'spark' &&
      platform.compute.spark.runner === 'local' &&
      platform.storage.type === 'local' &&
      catalog.type !== 'hadoop'
        ? 'a catalog service cannot be trusted to reach files of this machine. Use `hadoop` with local storage, or `platform.storage.type: s3`.'
        : null,
  },
  {
    keys: ['preset', 'architecture.pipeline_engine', 'architecture.catalog.type'],
    check: ({ architecture }) =>
      architecture.pipeline_engine === 'embedded' && architecture.catalog.type !== 'hadoop'
        ? 'the embedded engine keeps its tables in files, without a catalog service. Use `hadoop`, or `architecture.pipeline_engine: spark`.'
        : null,
  },
  {
    keys: ['architecture.catalog.type', 'architecture.catalog.uri'],
    check: ({ architecture }) =>
      architecture.catalog.type !== 'hadoop' && architecture.catalog.uri === ''
        ? `is needed for a ${architecture.catalog.type} catalog.`
        : null,
  },
  {
    keys: ['preset', 'architecture.query_engine.type', 'architecture.query_engine.url'],
    check: ({ architecture }) =>
      architecture.query_engine.type === 'trino' && architecture.query_engine.url === ''
        ? 'is needed for trino, e.g. http://trino:8080. Use `architecture.query_engine.type: none` to run without queries.'
        : null,
  },
  {
    keys: ['architecture.tables.bronze', 'architecture.tables.silver', 'architecture.tables.gold'],
    check: ({ architecture }) => {
      // Case alone does not tell two tables apart: neither in SQL nor on every file system.
      const names = Object.values(architecture.tables).map(name => name.toLowerCase())
      return new Set(names).size === names.length
        ? null
        : 'bronze, silver and gold must be three different tables.'
    },
  },
]
