import type { ResolvedConfig } from '../../config/schema'
import { PrerequisiteError } from '../../contracts/errors'
import type { LocalSparkResources } from '../../contracts/plan'
import { soundsSecret } from '../../shared/redaction'

type S3Config = Extract<ResolvedConfig['platform']['storage'], { type: 's3' }>['s3']

/** Iceberg catalogs in Spark's session: one a layer, since each layer may lie in a bucket of its own. */
export const CATALOGS = { bronze: 'lake_bronze', silver: 'lake_silver', gold: 'lake_gold' } as const

export interface SparkSettingsRequest {
  readonly config: ResolvedConfig
  /** URI of each layer's warehouse folder. */
  readonly warehouses: Readonly<Record<keyof typeof CATALOGS, string>>
  /** Resources of a driver on this machine; `null` on a cluster. */
  readonly local: LocalSparkResources | null
  /** Bytes. */
  readonly maxResultSize: number
}

/** The same config with the addresses at which pods reach its services. */
export function asPodsSeeIt(config: ResolvedConfig): ResolvedConfig {
  const { platform, architecture } = config
  const { storage } = platform
  const { catalog } = architecture
  return {
    ...config,
    platform: {
      ...platform,
      storage:
        storage.type === 's3'
          ? {
              ...storage,
              s3: {
                ...storage.s3,
                endpoint: storage.s3.endpoint_in_cluster || storage.s3.endpoint,
              },
            }
          : storage,
    },
    architecture: {
      ...architecture,
      catalog: { ...catalog, uri: catalog.uri_in_cluster || catalog.uri },
    },
  }
}

/** Spark properties in two: those that may stand in a manifest, and those that sound secret. */
export function partBySecrecy(settings: Readonly<Record<string, string>>): {
  readonly open: Record<string, string>
  readonly secret: Record<string, string>
} {
  const entries = Object.entries(settings)
  const isSecret = ([key, value]: [string, string]) => value !== '' && soundsSecret(key)
  return {
    open: Object.fromEntries(entries.filter(entry => !isSecret(entry))),
    secret: Object.fromEntries(entries.filter(isSecret)),
  }
}

/** Spark properties of a run. Keys and tokens are not among them, but for a catalog's token: see `sparkEnvironment`. */
export function sparkSettings({
  config,
  warehouses,
  local,
  maxResultSize,
}: SparkSettingsRequest): Record<string, string> {
  const { storage, compute } = config.platform
  return {
    'spark.sql.session.timeZone': 'UTC',
    'spark.driver.maxResultSize': String(maxResultSize),
    'spark.sql.parquet.inferTimestampNTZ.enabled': 'true',
    // Old times are dates like others, and no reason to fail.
    'spark.sql.parquet.int96RebaseModeInRead': 'CORRECTED',
    // parquet-java writes checksums of pages, and looks at them only where it is told to.
    'spark.hadoop.parquet.page.verify-checksum.enabled': 'true',
    // Sets of distinct values are bounded by the rows of a task; sorting them first costs more.
    'spark.sql.objectHashAggregate.sortBased.fallbackThreshold': '100000',
    ...(local && {
      // A shuffle on one machine: no more tasks than keep its cores busy, and nothing compressed that is read at once.
      'spark.sql.shuffle.partitions': String(2 * local.cores),
      'spark.shuffle.compress': 'false',
      'spark.driver.extraJavaOptions': '-XX:+UseParallelGC',
    }),
    ...Object.fromEntries(
      Object.entries(CATALOGS).flatMap(([layer, name]) =>
        Object.entries(catalogSettings(config, warehouses[layer as keyof typeof CATALOGS])).map(
          ([key, value]) => [
            key === '' ? `spark.sql.catalog.${name}` : `spark.sql.catalog.${name}.${key}`,
            value,
          ],
        ),
      ),
    ),
    // Vectored reads go past Spark's counters; bytes that nobody counted are worth less than what they gain.
    'spark.hadoop.parquet.hadoop.vectored.io.enabled': 'false',
    ...(storage.type === 's3' && s3Settings(storage.s3)),
    ...compute.spark.conf,
  }
}

/** The driver's environment: keys of the store, where S3A's and the SDK's own chains look first. */
export function sparkEnvironment({ storage }: ResolvedConfig['platform']): Record<string, string> {
  if (storage.type !== 's3') return {}
  const { access_key, secret_key, region } = storage.s3
  return {
    AWS_REGION: region,
    ...(access_key !== '' && { AWS_ACCESS_KEY_ID: access_key, AWS_SECRET_ACCESS_KEY: secret_key }),
  }
}

function catalogSettings(
  { architecture: { catalog } }: ResolvedConfig,
  warehouse: string,
): Record<string, string> {
  const base = {
    '': 'org.apache.iceberg.spark.SparkCatalog',
    type: catalog.type,
    'cache-enabled': 'false',
  }
  if (catalog.type === 'hadoop') return { ...base, warehouse }
  return {
    ...base,
    uri: catalog.uri,
    // One client for raw files and tables, whose reads Spark counts.
    'io-impl': 'org.apache.iceberg.hadoop.HadoopFileIO',
    ...(catalog.warehouse !== '' && { warehouse: catalog.warehouse }),
    ...(catalog.token !== '' && { token: catalog.token }),
  }
}

function s3Settings(s3: S3Config): Record<string, string> {
  if (!s3.verify_ssl) {
    throw new PrerequisiteError(
      `Spark cannot leave the certificate of ${s3.endpoint} unchecked. Remove platform.storage.s3.verify_ssl: false and name the CA in ca_cert.`,
    )
  }
  const hadoop = (key: string, value: string) => [`spark.hadoop.fs.s3a.${key}`, value] as const
  return {
    'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    ...Object.fromEntries([
      ...(s3.endpoint === '' ? [] : [hadoop('endpoint', s3.endpoint)]),
      hadoop('endpoint.region', s3.region),
      hadoop('path.style.access', String(s3.path_style)),
      hadoop('connection.ssl.enabled', String(!s3.endpoint.startsWith('http:'))),
      // Wrong endpoints and keys are said within seconds; what passes is tried again.
      hadoop('connection.establish.timeout', '15s'),
      hadoop('connection.timeout', '60s'),
      hadoop('attempts.maximum', '5'),
      hadoop('retry.limit', '5'),
      hadoop('retry.interval', '250ms'),
      hadoop('create.performance', 'true'),
      hadoop('connection.maximum', '200'),
    ]),
  }
}
