import { standardDeviation } from '../statistics/moments'
import { tQuantile } from './student-t'

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
