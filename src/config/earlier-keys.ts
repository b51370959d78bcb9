// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a config look like this
/**
 * What lakebench's configs held when it deployed the servers itself, and what to write here. Keys of a section that went as a whole
 * stand for all in it.
 */
export const EARLIER_KEYS: ReadonlyMap<string, string> = new Map([
  [
    'recipe',
    'write its parts, as `preset: kubernetes`, `architecture.catalog.type: hive` (`rest` for polaris) and `architecture.query_engine.type`.',
  ],
  ['description', 'leave it out; `name` is what reports show.'],
  ['version', 'leave it out.'],
  [
    'images',
    'Spark’s is `platform.kubernetes.image`, that of data generation `platform.kubernetes.datagen.image`; servers are not deployed from here.',
  ],
  ['spark_image', 'write `platform.kubernetes.image`.'],
  [
    'observability',
    'leave it out; every run writes metrics.json and report.html, and `--output-dir` says where.',
  ],
  ['cycles', 'leave it out; `lakebench run --repeat <count>` repeats a run.'],
  [
    'secret_ref',
    'write `platform.storage.s3.access_key` and `secret_key`, as `${VAR}` from the environment.',
  ],
  ['platform.kubernetes.create_namespace', 'leave it out; deploy/ has what a namespace needs.'],
  [
    'platform.storage.scratch',
    'write `platform.kubernetes.scratch` with `type`, `storage_class` and `size`.',
  ],
  [
    'platform.storage.s3.secret_ref',
    'write `access_key` and `secret_key`, as `${VAR}` from the environment.',
  ],
  ['platform.compute.postgres', 'leave it out; catalogs are not deployed from here.'],
  ['platform.compute.spark.operator', 'leave it out; the operator is installed by its own chart.'],
  ['platform.compute.spark.driver', 'write `driver_memory`.'],
  ['platform.compute.spark.driver_cores', 'write `conf: { spark.driver.cores: 4 }`.'],
  [
    'platform.compute.spark.executor',
    'leave it out; executors have the job profiles, times `profile_share`, and their counts are `bronze_executors`, `silver_executors` and `gold_executors`.',
  ],
  ['architecture.table_format', 'leave it out; tables are Iceberg v2 in Parquet.'],
  ['architecture.catalog.polaris', 'write `type: rest` with `uri`, `warehouse` and `token`.'],
  ['architecture.catalog.unity', 'write `type: rest` with `uri`, `warehouse` and `token`.'],
  ['architecture.catalog.hive', 'write `type: hive` with `uri`.'],
  [
    'architecture.query_engine.trino',
    'write `url`, `catalog`, `user` and `password` in `query_engine` itself.',
  ],
  [
    'architecture.query_engine.spark_thrift',
    'leave it out; queries are run by `trino` or `duckdb`.',
  ],
  ['architecture.query_engine.duckdb', 'leave it out; DuckDB runs in this process.'],
  ['architecture.processing', 'write `architecture.pipeline`.'],
  ['architecture.pipeline.pattern', 'leave it out; the pipeline is bronze, silver, gold.'],
  ['architecture.pipeline.medallion', 'leave it out; the pipeline is bronze, silver, gold.'],
  ['architecture.pipeline.cycles', 'leave it out; `lakebench run --repeat <count>` repeats a run.'],
  [
    'architecture.pipeline.pre_benchmark_maintenance',
    'leave it out; tables are kept in order as they are written.',
  ],
  ...['retention_interval', 'retention_threshold', 'compaction_enabled', 'compaction_interval'].map(
    key =>
      [
        `architecture.pipeline.continuous.${key}`,
        'leave it out; streams compact and expire by themselves.',
      ] as const,
  ),
  [
    'architecture.workload.customer360',
    'leave it out; what can be set of the data is in `datagen`.',
  ],
  ['architecture.workload.retention_workload', 'leave it out; the workload is customer360.'],
  ['architecture.workload.retention_months', 'leave it out; the workload is customer360.'],
  ['architecture.workload.datagen.target_size', 'write `scale`: 1 is 10 GiB.'],
  ['architecture.workload.datagen.mode', 'leave it out; `architecture.pipeline.mode` decides.'],
  ...['parallelism', 'cpu', 'memory', 'generators', 'uploaders'].map(
    key =>
      [
        `architecture.workload.datagen.${key}`,
        'write `workers` for threads of this process, or `platform.kubernetes.datagen.pods`.',
      ] as const,
  ),
  [
    'architecture.workload.datagen.checkpoint',
    'leave it out; a corpus that was interrupted is always gone on with.',
  ],
  ...[
    'silver_entities',
    'silver_accounts',
    'silver_counterparty_edges',
    'gold_alerts',
    'gold_risk_scores',
  ]
    .concat('gold_entity_clusters', 'gold_daily_dashboards')
    .map(
      key =>
        [
          `architecture.tables.${key}`,
          'leave it out; there are three tables, bronze, silver and gold.',
        ] as const,
    ),
])

const THRIFT = 'Queries are run by `trino` or `duckdb`; `none` leaves them out.'
const ONE_WORKLOAD = 'The workload is `customer360`.'

/** Values that such configs had, and what to write here. */
const EARLIER_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'architecture.catalog.type': {
    polaris:
      'Polaris is a REST catalog: write `rest`, its address in `uri`, its catalog in `warehouse`.',
    unity: 'Write `rest`, its address in `uri`, its catalog in `warehouse`.',
    none: 'Write `hadoop`: tables are files, without a catalog service.',
  },
  'architecture.query_engine.type': { 'spark-thrift': THRIFT, thrift: THRIFT },
  'architecture.pipeline.mode': { sustained: 'Write `continuous`.' },
  'architecture.benchmark.mode': { standard: 'Write `power`.', extended: 'Write `power`.' },
  'architecture.workload.schema': {
    financial: ONE_WORKLOAD,
    iot: ONE_WORKLOAD,
    custom: ONE_WORKLOAD,
  },
}

/** Hints for values of earlier versions, also where one stands for its whole section (`catalog: polaris`). */
export function adviseEarlierValue(path: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const of = (key: string) =>
    Object.hasOwn(EARLIER_VALUES, key) ? EARLIER_VALUES[key]![value] : undefined
  return of(path) ?? of(`${path}.type`)
}
