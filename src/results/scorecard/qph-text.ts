type Interval = BenchmarkMetrics['qph_interval']

/** Digits shown where nothing says how much the value varies. */
const DIGITS_WITHOUT_INTERVAL = 2

/**
 * A QpH for people, rounded to what its interval supports: the last digit shown is worth no more than half the interval's
 * width; two digits where there is none.
 */
import type { BenchmarkMetrics } from '../../contracts/benchmark-metrics'
export function qphText(qph: number, interval: Interval): string {
  return rounded(qph, unitOf(qph, interval))
}

/** Its interval to the same digits, e.g. `95 %: 181,000 – 194,000`; empty where there is none. */
export function intervalText(qph: number, interval: Interval): string {
  if (!interval) return ''
  const unit = unitOf(qph, interval)
  return `95 %: ${rounded(interval.low, unit)} – ${rounded(interval.high, unit)}`
}

/** What a QpH is of, e.g. `power QpH`. */
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
