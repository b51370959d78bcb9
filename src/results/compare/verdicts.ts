import type { Estimate } from './hodges-lehmann'

/**
 * - `faster`, `slower`: shown, and more than the margin
 * - `small difference`: shown, and within the margin
 * - `same within the margin`: the whole interval lies within the margin
 * - `differs`: shown, between runs that did not take turns, so the time between them may be the cause
 * - `cannot tell`: everything else that was measured
 * - `broke`, `fixed`: failed in B alone, in A alone; no time is compared
 * - `invalid`: the session cannot be trusted: a control moved, or rounds are missing
 * - `not comparable`: the two sides answer different questions
 */
export type ChangeVerdict =
  | 'faster'
  | 'slower'
  | 'small difference'
  | 'same within the margin'
  | 'differs'
  | 'cannot tell'
  | 'broke'
  | 'fixed'
  | 'invalid'
  | 'not comparable'

/** Measurement of one time, on the scale of log ratios, b over a. */
export interface TimeEvidence extends Estimate {
  /** p value, adjusted over the family. */
  readonly p: number
  /** Log ratio from which a difference matters. */
  readonly margin: number
}

export const SIGNIFICANCE = 0.05

/** Judges a time, lower being better. Source: results in order of the first rule that holds. */
export function judgeTimes({
  effect,
  interval,
  p,
  margin,
}: TimeEvidence):
  | 'faster'
  | 'slower'
  | 'small difference'
  | 'same within the margin'
  | 'cannot tell' {
  if (interval === null) return 'cannot tell'
  const [low, high] = interval
  if (low > -margin && high < margin) return 'same within the margin'
  if (p > SIGNIFICANCE || (low <= 0 && high >= 0)) return 'cannot tell'
  if (Math.abs(effect) <= margin) return 'small difference'
  return effect > 0 ? 'slower' : 'faster'
}

export interface Margin {
  /** Share, 0.05 for 5 %. */
  readonly relative: number
  /** Seconds below which a difference matters to nobody. */
  readonly absolute: number
}

/** The margin of one time as a log ratio: the relative one, or the absolute one against the time's median where that is more. */
export function logMargin({ relative, absolute }: Margin, medianSeconds: number): number {
  return Math.max(Math.log1p(relative), Math.log1p(absolute / medianSeconds))
}
