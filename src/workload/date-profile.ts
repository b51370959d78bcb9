import { type BronzeProfile, ISO_DATE } from '../contracts/plan'

/** Dates this many times hotter than the mean are worth splitting. */
const HOT_FACTOR = 10
const MOST_HOT_DATES = 64

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
  const hot = hottest
    .filter((d, i) => i === 0 || d.rows > HOT_FACTOR * mean)
    .slice(0, MOST_HOT_DATES)
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
