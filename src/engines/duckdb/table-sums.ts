import type { CountOptions } from '../../contracts/lineage'
import type { TableRole } from '../../contracts/tables'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { collectSums, renderSums } from '../../workload/sums'
import type { DuckDbSession } from './session'

/** Counts over what lies there; `source`: SQL of a table's rows. */
export const readSums = (
  session: DuckDbSession,
  source: (role: TableRole) => Promise<string>,
  options: CountOptions,
) =>
  collectSums(async what => {
    const rows = await source(what === 'findings' ? 'bronze' : what)
    return session.rows(renderSums(DUCKDB, what, rows), { signal: options.signal })
  }, options)
