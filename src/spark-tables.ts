import type { ResolvedConfig } from './contracts/config'
import type { ObjectStore, QueryEngine } from './contracts/ports'
import type { TableRole } from './contracts/tables'
import type { SparkComputeEngine } from './engines/spark/compute-engine'
import type { SparkTable } from './engines/spark/render-job'
import { CATALOGS } from './engines/spark/settings'
import { parseTableName, tableKey, tableLocation } from './lakehouse/table-name'
import { localRoot } from './run-support'
import { type LayoutRecord, layoutRecord, readLayout } from './table-layout'

/** The tables of a config as Spark's catalogs name them, wherever Spark runs. */
export function sparkTables(config: ResolvedConfig, store: ObjectStore): Record<TableRole, SparkTable> {
  const { tables, catalog } = config.architecture
  const table = (layer: TableRole): SparkTable => {
    const name = parseTableName(tables[layer])
    // A hadoop catalog decides the place itself, and comes to the same.
    const location = catalog.type === 'hadoop' ? null : store.location(tableKey(layer, name))
    return { catalog: CATALOGS[layer], ...name, location }
  }
  return { bronze: table('bronze'), silver: table('silver'), gold: table('gold') }
}

/**
 * The tables as they lie at the end of a run: by their own files where these are on this disk, else as the query engine sees them,
 * else as Spark left them.
 */
export async function sparkLayout(
  config: ResolvedConfig,
  compute: SparkComputeEngine,
  queryEngine: QueryEngine | null,
): Promise<LayoutRecord> {
  const { storage } = config.platform
  const { tables, catalog } = config.architecture
  if (storage.type === 'local' && catalog.type === 'hadoop') {
    const location = (role: TableRole) => tableLocation(localRoot(config), role, parseTableName(tables[role]))
    return readLayout({ silver: location('silver'), gold: location('gold') })
  }
  return layoutRecord({ ...compute.tables, ...(await queryEngine?.tables?.()) })
}

/** Where Spark's catalogs keep their tables. */
export const warehousesOf = (store: ObjectStore): Record<TableRole, string> => ({
  // Paths without a scheme, as the embedded engine writes them, so that either can go on with the other's tables.
  bronze: store.location('bronze/warehouse'),
  silver: store.location('silver/warehouse'),
  gold: store.location('gold/warehouse'),
})
