import { median, standardDeviation } from '../statistics/moments'

/** An estimate with its interval, on the scale of the values. `interval` is `null` where too few values make none. */
export interface Estimate {
  readonly effect: number
  readonly interval: readonly [low: number, high: number] | null
}

/** Share on each side of a 95 % interval. */
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

/** Above so many values a side the normal limit is as good as the exact counts, and they cost too much. */
const MOST_EXACT = 60

export interface ShiftTest extends Estimate {
  /** Two-sided. */
  readonly p: number
}

/**
 * Two sets measured apart: by how much the values of b lie above those of a, the exact interval of that shift, and the
 * two-sided p of Mann and Whitney. Ties count half and are rounded against a difference.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): ShiftTest {
  const shifts = b.flatMap(y => a.map(x => y - x)).sort((x, y) => x - y)
  const above = shifts.reduce((sum, d) => sum + (d > 0 ? 1 : d === 0 ? 0.5 : 0), 0)
  const cumulative = rankSumCumulative(a.length, b.length)
  const least = Math.ceil(Math.min(above, shifts.length - above))
  const p = Math.min(1, 2 * cumulative(least))
  let k = 0
  while (k < shifts.length / 2 && cumulative(k) <= TAIL) k++
  return {
    effect: median(shifts),
    interval: k > 0 ? [shifts[k - 1]!, shifts[shifts.length - k]!] : null,
    p,
  }
}

/** u → P(U ≤ u) for sets of m and n values without ties from one population. */
export function rankSumCumulative(m: number, n: number): (u: number) => number {
  if (Math.max(m, n) > MOST_EXACT) {
    const [centre, spread] = [(m * n) / 2, Math.sqrt((m * n * (m + n + 1)) / 12)]
    return u => normalCumulative((u + 0.5 - centre) / spread)
  }
  const counts = rankSumCounts(m, n)
  const all = counts.reduce((sum, count) => sum + count, 0)
  const shares: number[] = []
  for (const count of counts) shares.push((shares.at(-1) ?? 0) + count / all)
  return u => (u < 0 ? 0 : (shares[Math.floor(u)] ?? 1))
}

/**
 * In how many of the orders U is 0, 1, 2 …. Source: the Gaussian binomial coefficient, the product over i = 1 … m of
 * (1 − x^(n+i)) / (1 − x^i). Low counts depend on lower ones alone, so the tails stay exact.
 */
export function rankSumCounts(m: number, n: number): number[] {
  const most = m * n
  const counts = new Array<number>(most + 1).fill(0)
  counts[0] = 1
  for (let i = 1; i <= m; i++) {
    for (let u = most; u >= n + i; u--) counts[u] = counts[u]! - counts[u - n - i]!
    for (let u = i; u <= most; u++) counts[u] = counts[u]! + counts[u - i]!
  }
  // The counts read the same from both ends; the lower half is the exact one.
  for (let u = 0; u < most - u; u++) counts[most - u] = counts[u]!
  return counts
}

/** Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normalCumulative(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return z > 0 ? 1 - tail : tail
}

/** Holm's step-down adjustment for a family of p-values, in the order given. `null` stays `null` and is not of the family. */
export function holm(p: readonly (number | null)[]): (number | null)[] {
  const order = p
    .map((value, index) => ({ value, index }))
    .filter((entry): entry is { value: number; index: number } => entry.value !== null)
    .sort((x, y) => x.value - y.value)
  const adjusted: (number | null)[] = p.map(() => null)
  let floor = 0
  for (const [rank, { value, index }] of order.entries()) {
    floor = Math.min(1, Math.max(floor, value * (order.length - rank)))
    adjusted[index] = floor
  }
  return adjusted
}

/** Value below which Student's t with so many degrees of freedom lies with probability `p`, 0.5 ≤ p < 1. */
export function tQuantile(p: number, degrees: number): number {
  let [low, high] = [0, 1]
  while (tCumulative(high, degrees) < p && high < 1e9) high *= 2
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    if (tCumulative(middle, degrees) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(T ≤ t) for t ≥ 0 and whole degrees of freedom. Source: Abramowitz and Stegun 26.7.3 and 26.7.4, finite sums. */
export function tCumulative(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const odd = degrees % 2 === 1
  let [term, sum] = odd ? [cos, degrees > 1 ? cos : 0] : [1, 1]
  for (let i = odd ? 3 : 2; i < degrees - 1; i += 2) {
    term *= (cos * cos * (i - 1)) / i
    sum += term
  }
  const within = odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum
  return 0.5 + within / 2
}

/** √(π/3): what the signed rank costs against t where the noise is normal. */
const RANK_COST = 1.023
const POWER = 0.8

/**
 * The smallest change that rounds like these would have shown in four sessions of five, as a ratio above 1.
 *
 * exp(1.023 · (c + t(0.80, n−1)) · s / √n): s is the spread of the log ratios, c the critical value of the family, or
 * t(0.975, n−1) for one metric alone. `null` for fewer than two rounds.
 */
export function detectableEffect(
  logRatios: readonly number[],
  critical: number | null = null,
): number | null {
  const n = logRatios.length
  return n < 2 ? null : detectableAtSpread(standardDeviation(logRatios), n, critical)
}

/** The same for a spread that is known from earlier runs: what `rounds` rounds would show. */
export function detectableAtSpread(
  spread: number,
  rounds: number,
  critical: number | null = null,
): number {
  const needed = (critical ?? tQuantile(0.975, rounds - 1)) + tQuantile(POWER, rounds - 1)
  return Math.exp((RANK_COST * needed * spread) / Math.sqrt(rounds))
}
