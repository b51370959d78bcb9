import type { BronzeProfile } from '../../contracts/plan'
import { fromDates } from '../../workload/date-profile'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { renderProfile } from '../../workload/verify'
import type { RawFile } from './raw-files'
import { rawRelation } from './raw-relation'
import type { DuckDbSession, StatementOptions } from './session'

/** Rows per event date, from that one column: what the choice of a strategy needs. */
export async function profileBronze(
  session: DuckDbSession,
  files: readonly RawFile[],
  options: StatementOptions,
): Promise<BronzeProfile> {
  const bytes = files.reduce((sum, f) => sum + f.bytes, 0)
  const empty = { bytes, files: files.length }
  if (files.length === 0) return { ...empty, ...fromDates(0, []) }
  const sql = renderProfile(DUCKDB, { source: rawRelation(files) })
  const rows = (await session.rows(sql, options)).map(r => ({
    date: r.event_date === null ? null : String(r.event_date),
    rows: Number(r.row_count),
  }))
  const total = rows.reduce((sum, r) => sum + r.rows, 0)
  return {
    ...empty,
    ...fromDates(
      total,
      rows.filter((r): r is { date: string; rows: number } => r.date !== null),
    ),
  }
}
