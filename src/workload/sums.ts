import { shortMessage } from '../contracts/errors'
import type { LineageRecord, TableSums } from '../contracts/metrics'
import type { TableRole } from '../contracts/tables'
import type { Dialect } from './dialect'
import { SILVER_FILTER } from './silver-columns'

const OF: Record<TableRole, { readonly date: string; readonly revenue: string; readonly filter: string }> = {
  bronze: { date: 'CAST(event_timestamp AS DATE)', revenue: 'transaction_amount', filter: ` WHERE ${SILVER_FILTER}` },
  silver: { date: 'interaction_date', revenue: 'transaction_amount', filter: '' },
  gold: { date: 'interaction_date', revenue: 'total_daily_revenue', filter: '' },
}

/**
 * What must be equal from bronze over silver to gold, as one row: `row_count`, `dates` (distinct; rows without one are a date
 * more) and `revenue`. Of bronze, of the rows that silver keeps.
 */
export function renderSums(d: Dialect, role: TableRole, source: string): string {
  const { date, revenue, filter } = OF[role]
  return `SELECT count(*) AS row_count, count(DISTINCT event_date) + max(CASE WHEN event_date IS NULL THEN 1 ELSE 0 END) AS dates, ${d.sum('revenue')} AS revenue
FROM (SELECT ${date} AS event_date, ${revenue} AS revenue FROM ${source}${filter}) AS summed`
}

const ROLES: readonly TableRole[] = ['bronze', 'silver', 'gold']

/**
 * Sums over what lies there, role by role; one that cannot be had is null, with the reason.
 * @param ask for the one row of `renderSums`, by column
 */
export async function collectSums(
  ask: (role: TableRole) => Promise<Readonly<Record<string, unknown>>>,
  signal: AbortSignal,
): Promise<Pick<LineageRecord, 'sums' | 'unknown'>> {
  const unknown: string[] = []
  const sums: Record<TableRole, TableSums | null> = { bronze: null, silver: null, gold: null }
  for (const role of ROLES) {
    try {
      const { row_count, dates, revenue } = await ask(role)
      const amount = revenue === null ? 0 : Number(revenue)
      sums[role] = {
        rows: Number(row_count),
        dates: Number(dates ?? 0),
        revenue: Number.isFinite(amount) ? amount : null,
      }
    } catch (error) {
      signal.throwIfAborted()
      unknown.push(`${role}: ${shortMessage(error)}`)
    }
  }
  return { sums, unknown }
}
