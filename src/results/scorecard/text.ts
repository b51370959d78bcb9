import type { BenchmarkMetrics } from '../../contracts/benchmark-metrics'

export interface Room {
  /** Characters of a line. */
  readonly width: number
  /** Columns that may go where there is no room, first the first. */
  readonly spare?: readonly number[]
}

/**
 * Rows with their columns lined up: the first to the left, numbers to the right. Rows may differ in length. Where there is no
 * room, spare columns go one by one, and then lines are cut: nothing wraps.
 */
export function alignRows(
  rows: readonly (readonly string[])[],
  room: Room = { width: Number.POSITIVE_INFINITY },
): string {
  const { width, spare = [] } = room
  const text = aligned(rows)
  const longest = Math.max(0, ...text.split('\n').map(line => line.length))
  if (longest <= width) return text
  const [first, ...others] = spare
  if (first === undefined)
    return text
      .split('\n')
      .map(line => (line.length <= width ? line : `${line.slice(0, width - 1)}…`))
      .join('\n')
  const without = rows.map(row => row.filter((_, column) => column !== first))
  return alignRows(without, {
    width,
    spare: others.map(column => (column > first ? column - 1 : column)),
  })
}

function aligned(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map(row => row.length))
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map(row => row[c]?.length ?? 0)),
  )
  const rightward = widths.map((_, c) =>
    rows.slice(1).every(row => !row[c] || /^[-–\d.,]+%?$/.test(row[c])),
  )
  return rows
    .map(row =>
      row
        .map((cell, c) =>
          c > 0 && rightward[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A number for people: `–` for unknown, at most three significant decimals below 1,000, thousands set apart. */
export function formatNumber(value: number | null): string {
  if (value === null) return '–'
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2
  if (value !== 0 && Math.abs(value) < 1) return String(Number(value.toPrecision(3)))
  return value.toLocaleString('en-US', {
    maximumFractionDigits: Number.isInteger(value) ? 0 : digits,
  })
}

/** A text from a record without line breaks and control characters, which could rewrite a terminal. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}

type Interval = BenchmarkMetrics['qph_interval']

/** Digits shown where nothing says how much the value varies. */
const DIGITS_WITHOUT_INTERVAL = 2

/**
 * A QpH for people, rounded to what its interval supports: the last digit shown is worth no more than half the interval's
 * width; two digits where there is none.
 */
export function qphText(qph: number, interval: Interval): string {
  return rounded(qph, unitOf(qph, interval))
}

/** Its interval to the same digits, e.g. `95 %: 181,000 – 194,000`; empty where there is none. */
export function intervalText(qph: number, interval: Interval): string {
  if (!interval) return ''
  const unit = unitOf(qph, interval)
  return `95 %: ${rounded(interval.low, unit)} – ${rounded(interval.high, unit)}`
}

/** Name of a kind of QpH, e.g. `power QpH`. */
export function qphLabel(kind: BenchmarkMetrics['qph_kind']): string {
  return kind === null
    ? 'QpH'
    : kind === 'median-of-rounds'
      ? 'QpH, median of rounds'
      : `${kind} QpH`
}

/** A power of ten. */
function unitOf(qph: number, interval: Interval): number {
  if (qph <= 0) return 1
  const digits = 10 ** (Math.floor(Math.log10(qph)) - DIGITS_WITHOUT_INTERVAL + 1)
  const half = interval ? (interval.high - interval.low) / 2 : 0
  // An interval without width is one of a clock too coarse, and supports no more than any other.
  return half > 0 ? 10 ** Math.floor(Math.log10(half)) : digits
}

function rounded(value: number, unit: number): string {
  const decimals = Math.max(0, -Math.round(Math.log10(unit)))
  return (Math.round(value / unit) * unit).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
}
