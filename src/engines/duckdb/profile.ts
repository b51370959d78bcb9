import { type BronzeProfile, ISO_DATE } from '../../contracts/plan'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { renderProfile } from '../../workload/verify'
import { type RawInspection, rawRelation } from './raw-files'
import type { DuckDbSession, StatementOptions } from './session'

/** Dates this many times hotter than the mean are worth splitting. */
const HOT_FACTOR = 10
const MOST_HOT_DATES = 64

/** Rows per event date, from that one column: what the choice of a strategy needs. */
export async function profileBronze(
  session: DuckDbSession,
  raw: RawInspection,
  options: StatementOptions,
): Promise<BronzeProfile> {
  const bytes = raw.files.reduce((sum, f) => sum + f.bytes, 0)
  const empty = { bytes, files: raw.files.length }
  if (raw.files.length === 0) return { ...empty, ...fromDates(0, []) }
  const sql = renderProfile(DUCKDB, { source: rawRelation(raw.files, raw.castColumns) })
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

/** Skew = rows on the hottest date ÷ mean rows per date. Rows without a date count as rows only. */
export function fromDates(
  rows: number,
  dates: readonly { date: string; rows: number }[],
): Omit<BronzeProfile, 'bytes' | 'files'> {
  const hottest = [...dates].sort((a, b) => b.rows - a.rows || (a.date < b.date ? -1 : 1))
  const sorted = dates.map(d => d.date).sort()
  // A date that is not YYYY-MM-DD (before the year 1, after 9999) has no place in a range of text; as the upper end it says so.
  const odd = sorted.find(date => !ISO_DATE.test(date))
  const mean = dates.length > 0 ? dates.reduce((sum, d) => sum + d.rows, 0) / dates.length : 0
  const hot = hottest.filter((d, i) => i === 0 || d.rows > HOT_FACTOR * mean).slice(0, MOST_HOT_DATES)
  return {
    rows,
    dates: dates.length,
    min_date: sorted[0] ?? null,
    max_date: odd ?? sorted.at(-1) ?? null,
    hottest_date_rows: hottest[0]?.rows ?? 0,
    skew: mean > 0 ? hottest[0]!.rows / mean : 1,
    hot_dates: hot.map(d => d.date),
  }
}
