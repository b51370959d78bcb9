import type { ResolvedConfig } from './contracts/config'
import type { ObjectStore } from './contracts/ports'
import type { SparkTable } from './engines/spark/render-job'
import { CATALOGS } from './engines/spark/settings'
import { parseTableName, tableKey } from './lakehouse/table-name'

/** The tables of a config as Spark's catalogs name them, wherever Spark runs. */
export function sparkTables(config: ResolvedConfig, store: ObjectStore): { silver: SparkTable; gold: SparkTable } {
  const { tables, catalog } = config.architecture
  const table = (layer: 'silver' | 'gold'): SparkTable => {
    const name = parseTableName(tables[layer])
    // A hadoop catalog decides the place itself, and comes to the same.
    const location = catalog.type === 'hadoop' ? null : store.location(tableKey(layer, name))
    return { catalog: CATALOGS[layer], ...name, location }
  }
  return { silver: table('silver'), gold: table('gold') }
}
