import type { CountOptions } from '../../contracts/lineage'
import type { TableRole } from '../../contracts/tables'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { renderTableFingerprint } from '../../workload/fingerprint'
import { GOLD_COLUMNS } from '../../workload/gold-kpis'
import { SILVER_COLUMNS } from '../../workload/silver-columns'
import { collectSums, renderSums } from '../../workload/sums'
import type { DuckDbSession, StatementOptions } from './session'

const COLUMNS = { silver: SILVER_COLUMNS, gold: GOLD_COLUMNS }

/** One digest of a table's rows, whatever their order, files and strategy. */
export async function tableFingerprint(
  session: DuckDbSession,
  role: 'silver' | 'gold',
  source: string,
  options: StatementOptions,
): Promise<string> {
  const [row] = await session.rows(
    renderTableFingerprint(DUCKDB, { source, columns: COLUMNS[role] }),
    options,
  )
  return String(row!.fingerprint)
}

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
