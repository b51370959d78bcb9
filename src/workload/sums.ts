import { shortMessage } from '../contracts/errors'
import type { CountOptions, TableCounts } from '../contracts/lineage'
import type { FoundDirt, TableSums } from '../contracts/table-metrics'
import type { TableRole } from '../contracts/tables'
import type { Dialect } from './dialect'
import { FINDINGS } from './findings'
import { SILVER_FILTER } from './silver-columns'
import { RowFindings } from './verification'
import { renderFindings } from './verify'

const OF: Record<
  TableRole,
  { readonly date: string; readonly revenue: string; readonly filter: string }
> = {
  bronze: {
    date: 'CAST(event_timestamp AS DATE)',
    revenue: 'transaction_amount',
    filter: ` WHERE ${SILVER_FILTER}`,
  },
  silver: { date: 'interaction_date', revenue: 'transaction_amount', filter: '' },
  gold: { date: 'interaction_date', revenue: 'total_daily_revenue', filter: '' },
}

/** Counts in the rows at the end of a run: sums over a table, or the dirt in the bronze table. */
export type Counted = TableRole | 'findings'

type Row = Readonly<Record<string, unknown>>

/**
 * What must be equal from bronze over silver to gold, as one row: `row_count`, `dates` (distinct; rows without one are a date
 * more) and `revenue`. Of bronze, of the rows that silver keeps. Of findings, see `renderFindings`.
 */
export function renderSums(d: Dialect, what: Counted, source: string): string {
  if (what === 'findings') return renderFindings(d, source)
  const { date, revenue, filter } = OF[what]
  return `SELECT count(*) AS row_count, count(DISTINCT event_date) + max(CASE WHEN event_date IS NULL THEN 1 ELSE 0 END) AS dates, ${d.sum('revenue')} AS revenue
FROM (SELECT ${date} AS event_date, ${revenue} AS revenue FROM ${source}${filter}) AS summed`
}

/**
 * Counts over what lies there, one after the other; one that cannot be had is null, with the reason.
 * @param ask for the rows of `renderSums`, by column
 */
export async function collectSums(
  ask: (what: Counted) => Promise<readonly Row[]>,
  { signal, findings }: CountOptions,
): Promise<TableCounts> {
  const unknown: string[] = []
  const count = async <T>(what: Counted, read: (rows: readonly Row[]) => T): Promise<T | null> => {
    try {
      return read(await ask(what))
    } catch (error) {
      signal.throwIfAborted()
      unknown.push(`${what}: ${shortMessage(error)}`)
      return null
    }
  }
  const sums = {
    bronze: await count('bronze', sumsOf),
    silver: await count('silver', sumsOf),
    gold: await count('gold', sumsOf),
  }
  const found = findings ? await count('findings', foundIn) : null
  return { sums, found, unknown }
}

function sumsOf([row]: readonly Row[]): TableSums {
  const { row_count, dates, revenue } = row!
  const amount = revenue === null ? 0 : Number(revenue)
  return {
    rows: Number(row_count),
    dates: Number(dates ?? 0),
    revenue: Number.isFinite(amount) ? amount : null,
  }
}

/** By the names that verification gives them. */
function foundIn(rows: readonly Row[]): FoundDirt {
  const found = new RowFindings()
  for (const row of rows) found.flag(row.data_quality_flag, row.row_count)
  const total = (name: string) => rows.reduce((sum, row) => sum + Number(row[name]), 0)
  for (const { name } of FINDINGS) found.take({ kind: 'finding', name }, total(name))
  return { format_findings: found.findings, quality_flags: found.flags }
}
