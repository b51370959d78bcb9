import type { ResolvedConfig } from '../config/schema'
import { FINGERPRINT_LIMIT } from '../contracts/choices'
import { PrerequisiteError } from '../contracts/errors'
import type { CountOptions, TableCounts } from '../contracts/lineage'
import type { ObjectStore, QueryEngine } from '../contracts/ports'
import type { TableRole } from '../contracts/tables'
import { SparkComputeEngine, type SparkComputeParts } from '../engines/spark/compute-engine'
import type { SparkTable } from '../engines/spark/render-job'
import { CATALOGS } from '../engines/spark/settings'
import type { RunSession } from '../pipeline/pipeline-options'
import type { S3Config } from '../storage/s3/connection'
import { openS3Store, type S3Store } from '../storage/s3/s3-store'
import { parseTableName, tableKey, tableLocation } from '../storage/table-name'
import { DIALECTS } from '../workload/dialects/all'
import { collectSums, renderSums } from '../workload/sums'
import { machineRecord } from './provenance'
import { openQueryEngine } from './query-session'
import { rawDataOf } from './raw-data'
import { localRoot } from './storage-place'
import { type LayoutRecord, layoutRecord, readLayout } from './table-layout'

/** The tables of a config as Spark's catalogs name them, wherever Spark runs. */
function sparkTables(config: ResolvedConfig, store: ObjectStore): Record<TableRole, SparkTable> {
  const { tables, catalog } = config.architecture
  const table = (layer: TableRole): SparkTable => {
    const name = parseTableName(tables[layer])
    // A hadoop catalog decides the place itself, and comes to the same.
    const location = catalog.type === 'hadoop' ? null : store.location(tableKey(layer, name))
    return { catalog: CATALOGS[layer], ...name, location }
  }
  return { bronze: table('bronze'), silver: table('silver'), gold: table('gold') }
}

/** Where tables lie whose files are on this disk; `null` for others. */
export function localTables(config: ResolvedConfig): ((role: TableRole) => string) | null {
  const { tables, catalog } = config.architecture
  if (config.platform.storage.type !== 'local' || catalog.type !== 'hadoop') return null
  return role => tableLocation(localRoot(config), role, parseTableName(tables[role]))
}

/**
 * The tables as they lie at the end of a run: by their own files where these are on this disk, else as the query engine sees them,
 * else as Spark left them.
 */
async function sparkLayout(
  config: ResolvedConfig,
  compute: SparkComputeEngine,
  queryEngine: QueryEngine | null,
): Promise<LayoutRecord> {
  const location = localTables(config)
  if (location) {
    const bronze = config.architecture.pipeline.mode === 'continuous' && {
      bronze: location('bronze'),
    }
    return readLayout({ ...bronze, silver: location('silver'), gold: location('gold') })
  }
  return layoutRecord({ ...compute.tables, ...(await queryEngine?.tables?.()) })
}

/** Counts over the three tables: by Spark where it is at work, or bronze is asked for its dirt, else of two of them by the query engine. */
async function sparkSums(
  { architecture }: ResolvedConfig,
  compute: SparkComputeEngine,
  queryEngine: QueryEngine | null,
  lying: LayoutRecord['tables'],
  options: CountOptions,
): Promise<TableCounts> {
  if (compute.worked || queryEngine === null || options.findings)
    return compute.sums(architecture.pipeline.mode === 'continuous', options, lying)
  const { signal } = options
  return collectSums(async role => {
    if (role === 'bronze') throw new PrerequisiteError('the query engine does not read raw files.')
    const { columns, rows } = await queryEngine.query(
      renderSums(DIALECTS[queryEngine.dialect], role, `{${role}}`),
      {
        signal,
      },
    )
    return rows.map(row => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))
  }, options)
}

/** The store that a Spark works on. */
export interface SparkStorage {
  readonly store: ObjectStore
  /** Name in the record. */
  readonly address: string
  close(): Promise<void>
}

/** An S3 service as the store of a Spark; it is not asked yet. */
export async function s3Storage(s3: S3Config): Promise<SparkStorage & { readonly store: S3Store }> {
  const store = await openS3Store(s3)
  return { store, address: store.address, close: async () => store.close() }
}

/** Differences between a Spark on this machine and one on a cluster. */
interface SparkParts
  extends Pick<
    SparkComputeParts,
    'driver' | 'requireOwnFiles' | 'capacity' | 'granted' | 'describe'
  > {
  /** Facts for the record beside those of every Spark. */
  environment?(): Record<string, unknown>
  preflight: NonNullable<RunSession['preflight']>
}

/** Opens the engines of a run on Spark, over a store that is the session's to close. Nothing is started before the first job. */
export async function openSparkSession(
  config: ResolvedConfig,
  { store, address, close }: SparkStorage,
  { environment, preflight, ...spark }: SparkParts,
): Promise<RunSession> {
  const raw = rawDataOf(config, store)
  let queryEngine: QueryEngine | null = null
  let layout: LayoutRecord | null = null
  try {
    queryEngine = await openQueryEngine(config)
  } catch (error) {
    await close()
    throw error
  }
  const compute = new SparkComputeEngine({
    ...spark,
    ...sparkTables(config, store),
    store,
    corpus: raw.facts,
    look: raw.look,
    fingerprintLimit: FINGERPRINT_LIMIT[config.architecture.pipeline.fingerprint],
  })
  return {
    compute,
    queryEngine,
    corpus: raw.record,
    environment: async () => ({
      ...machineRecord(),
      engine: await known(compute.describe()),
      ...(queryEngine && { query_engine: await known(queryEngine.describe()) }),
      store: address,
      catalog: config.architecture.catalog.type,
      ...environment?.(),
    }),
    look: raw.look,
    layout: async () => {
      layout = await sparkLayout(config, compute, queryEngine)
      return layout
    },
    sums: options => sparkSums(config, compute, queryEngine, layout?.tables ?? {}, options),
    preflight,
    close: async () => {
      try {
        await Promise.all([compute.close(), queryEngine?.close()])
      } finally {
        await close()
      }
    },
  }
}

/** A part that does not answer is `null` in the record: why is said by the stage that needed it, and one that none needed costs nothing. */
const known = <T>(fact: Promise<T>): Promise<T | null> => fact.catch(() => null)

/** Where Spark's catalogs keep their tables. */
export const warehousesOf = (store: ObjectStore): Record<TableRole, string> => ({
  // Paths without a scheme, as the embedded engine writes them, so that either can go on with the other's tables.
  bronze: store.location('bronze/warehouse'),
  silver: store.location('silver/warehouse'),
  gold: store.location('gold/warehouse'),
})
