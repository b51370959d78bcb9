import { join } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { DuckDbComputeEngine } from '../engines/duckdb/compute-engine'
import { DuckDbQueryEngine } from '../engines/duckdb/query-engine'
import { builtTable, readSums, tableSql } from '../engines/duckdb/relations'
import { DuckDbSession } from '../engines/duckdb/session'
import { expireReplaced, loadTable, removeOrphans } from '../iceberg/table'
import { OF_THE_CONTENT } from '../iceberg/table-plan'
import type { RunSession } from '../pipeline/pipeline-options'
import { HOUSEKEEPING, holdStorage, SPILLED } from '../storage/lease'
import { localStore } from '../storage/local-store'
import { parseTableName, tableLocation } from '../storage/table-name'
import { machineRecord } from './provenance'
import { rawDataOf } from './raw-data'
import { localRoot } from './storage-place'
import { readLayout } from './table-layout'

export { generateInto, verifyInto } from './corpus-session'

/** Open the engines over one storage folder, alone: a second run there is refused while this one lives. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const root = localRoot(config)
  const { bronze, silver, gold } = config.architecture.tables
  const lease = await holdStorage(root, `lakebench run of ${config.name}`)
  try {
    const store = localStore(root)
    const raw = rawDataOf(config, store)
    const locations = {
      silver: tableLocation(root, 'silver', parseTableName(silver)),
      gold: tableLocation(root, 'gold', parseTableName(gold)),
    }
    const bronzeTable = tableLocation(root, 'bronze', parseTableName(bronze))
    const streams = config.architecture.pipeline.mode === 'continuous'
    // The lease is held, and nobody writes yet. A table that is damaged keeps its files; who needs it says what is wrong.
    for (const location of [bronzeTable, locations.silver, locations.gold])
      await removeOrphans(location).catch(() => [])
    const session = await DuckDbSession.open(join(root, HOUSEKEEPING, SPILLED))
    const compute = new DuckDbComputeEngine({
      session,
      store,
      ...locations,
      bronze: bronzeTable,
      corpus: raw.facts,
      look: raw.look,
    })
    const queryEngine =
      config.architecture.query_engine.type === 'none'
        ? null
        : new DuckDbQueryEngine(session, compute.relations)
    return {
      compute,
      queryEngine,
      corpus: raw.record,
      look: raw.look,
      layout: () => readLayout({ ...(streams && { bronze: bronzeTable }), ...locations }),
      sums: options =>
        readSums(
          session,
          async role =>
            role === 'bronze' && streams
              ? tableSql(await builtTable(role, bronzeTable))
              : compute.relations.sql(role),
          options,
        ),
      environment: async () => ({ ...machineRecord(), engine: await compute.describe() }),
      close: async () => {
        try {
          await compute.close()
        } finally {
          await lease.release()
        }
      },
    }
  } catch (error) {
    await lease.release()
    throw error
  }
}

/** Removes files of replaced content, and of writers that died. Snapshots that a stream may go on from stay. */
export async function cleanTables(config: ResolvedConfig): Promise<readonly string[]> {
  const { tables } = config.architecture
  const removed: string[] = []
  for (const role of ['bronze', 'silver', 'gold'] as const) {
    const location = tableLocation(localRoot(config), role, parseTableName(tables[role]))
    const table = await loadTable(location)
    if (table === null) continue
    const streams = Object.keys(table.properties).some(name => name.startsWith(OF_THE_CONTENT))
    removed.push(...(await (streams ? removeOrphans(location) : expireReplaced(location))))
  }
  return removed
}
