import { median } from '../statistics/moments'

/** An estimate with its interval, on the scale of the values. `interval` is `null` where too few values make none. */
export interface Estimate {
  readonly effect: number
  readonly interval: readonly [low: number, high: number] | null
}

const TAIL = 0.025

/** The n(n+1)/2 means of every value with itself and with every other, sorted. */
export function walshAverages(values: readonly number[]): number[] {
  const averages: number[] = []
  for (let i = 0; i < values.length; i++)
    for (let k = i; k < values.length; k++) averages.push((values[i]! + values[k]!) / 2)
  return averages.sort((a, b) => a - b)
}

/**
 * P(W ≤ u) for u = 0, 1, 2 …: the signed-rank statistic of n values without ties or zeros, when the sign of each is a coin's.
 * Source: its generating function, the product over i = 1 … n of (1 + x^i) / 2.
 */
export function signedRankCumulative(n: number): number[] {
  const most = (n * (n + 1)) / 2
  const share = new Array<number>(most + 1).fill(0)
  share[0] = 1
  for (let i = 1; i <= n; i++)
    for (let u = (i * (i + 1)) / 2; u >= 0; u--)
      share[u] = (share[u]! + (u >= i ? share[u - i]! : 0)) / 2
  const cumulative: number[] = []
  for (const p of share) cumulative.push((cumulative.at(-1) ?? 0) + p)
  return cumulative
}

/** Which sorted Walsh average bounds the 95 % interval, counted from 1; `0` where n < 6 gives none. */
export function intervalRank(n: number): number {
  const cumulative = signedRankCumulative(n)
  const first = cumulative.findIndex(p => p > TAIL * (1 + 1e-12))
  return first < 0 ? 0 : first
}

const ranks = new Map<number, number>()

/**
 * The median of the Walsh averages and the exact 95 % interval of the signed-rank test turned round.
 * Source: Hodges and Lehmann 1963; the interval is Tukey's. Six values are the fewest that have one.
 */
export function hodgesLehmann(values: readonly number[]): Estimate {
  const averages = walshAverages(values)
  const n = values.length
  if (!ranks.has(n)) ranks.set(n, intervalRank(n))
  const k = ranks.get(n)!
  return {
    effect: median(averages),
    interval: k > 0 ? [averages[k - 1]!, averages[averages.length - k]!] : null,
  }
}
