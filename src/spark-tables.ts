import type { ResolvedConfig } from './contracts/config'
import type { ObjectStore } from './contracts/ports'
import type { TableRole } from './contracts/tables'
import type { SparkTable } from './engines/spark/render-job'
import { CATALOGS } from './engines/spark/settings'
import { parseTableName, tableKey } from './lakehouse/table-name'

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

/** Where Spark's catalogs keep their tables. */
export const warehousesOf = (store: ObjectStore): Record<TableRole, string> => ({
  // Paths without a scheme, as the embedded engine writes them, so that either can go on with the other's tables.
  bronze: store.location('bronze/warehouse'),
  silver: store.location('silver/warehouse'),
  gold: store.location('gold/warehouse'),
})
