import type { TableRole } from '../../contracts/tables'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { collectSums, renderSums } from '../../workload/sums'
import type { DuckDbSession } from './session'

/** Sums over what lies there; `source`: SQL of a table's rows. */
export const readSums = (session: DuckDbSession, source: (role: TableRole) => Promise<string>, signal: AbortSignal) =>
  collectSums(async role => {
    const [row] = await session.rows(renderSums(DUCKDB, role, await source(role)), { signal })
    return row!
  }, signal)
