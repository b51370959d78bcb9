import { median } from '../statistics/moments'
import type { Estimate } from './hodges-lehmann'

const TAIL = 0.025
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
