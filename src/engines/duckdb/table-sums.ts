import { shortMessage } from '../../contracts/errors'
import type { LineageRecord, TableSums } from '../../contracts/metrics'
import type { TableRole } from '../../contracts/tables'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { renderSums } from '../../workload/sums'
import type { DuckDbSession } from './session'

const ROLES: readonly TableRole[] = ['bronze', 'silver', 'gold']

/** Sums over what lies there, role by role; one that cannot be read is null, with the reason. */
export async function readSums(
  session: DuckDbSession,
  source: (role: TableRole) => Promise<string>,
  signal: AbortSignal,
): Promise<Pick<LineageRecord, 'sums' | 'unknown'>> {
  const unknown: string[] = []
  const sums: Record<TableRole, TableSums | null> = { bronze: null, silver: null, gold: null }
  for (const role of ROLES) {
    try {
      const [row] = await session.rows(renderSums(DUCKDB, role, await source(role)), { signal })
      const revenue = row!.revenue === null ? 0 : Number(row!.revenue)
      sums[role] = {
        rows: Number(row!.row_count),
        dates: Number(row!.dates ?? 0),
        revenue: Number.isFinite(revenue) ? revenue : null,
      }
    } catch (error) {
      signal.throwIfAborted()
      unknown.push(`${role}: ${shortMessage(error)}`)
    }
  }
  return { sums, unknown }
}
