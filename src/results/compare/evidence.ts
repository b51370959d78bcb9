import { median } from '../statistics/moments'
import type { RunFacts } from './run-facts'
import type { TimedMetric } from './timed-metrics'

/** Seconds of one side. */
export interface Spread {
  /** Runs that have this time. */
  readonly runs: number
  /** Median, seconds. */
  readonly median: number
  /** Shortest, seconds. */
  readonly least: number
  /** Longest, seconds. */
  readonly most: number
}

/** Samples of one time on two sides, before anything is judged. Ratios are b ÷ a. */
export interface PairEvidence {
  readonly metric: TimedMetric
  readonly a: Spread | null
  readonly b: Spread | null
  /** Rounds, or the fewer runs of a side. */
  readonly n: number
  readonly effect: number | null
  readonly interval: readonly [low: number, high: number] | null
  /** Adjusted for the family. */
  readonly p: number | null
  /** Smallest ratio that this many rounds would have shown. */
  readonly detectable: number | null
  /** Log ratio of each round, in order; `null` where there are no rounds. */
  readonly rounds: readonly number[] | null
  readonly outcome: Outcome
}

/** Whether the time could be had at all. */
export interface Outcome {
  readonly kind: 'measured' | 'broke' | 'fixed' | 'failed in both' | 'missing'
  readonly reason: string
}

export function spreadOf(metric: TimedMetric, runs: readonly RunFacts[]): Spread | null {
  const seconds = runs.map(run => metric.of(run).seconds).filter(value => value !== null)
  if (seconds.length === 0) return null
  return {
    runs: seconds.length,
    median: median(seconds),
    least: Math.min(...seconds),
    most: Math.max(...seconds),
  }
}

/** A failure is a finding, not a time: it is never imputed. */
export function outcomeOf(
  metric: TimedMetric,
  a: readonly RunFacts[],
  b: readonly RunFacts[],
): Outcome {
  const [x, y] = [failuresOf(metric, a), failuresOf(metric, b)]
  if (x.length > 0 && y.length > 0)
    return { kind: 'failed in both', reason: `failed on both sides; B: ${y[0]}` }
  if (y.length > 0)
    return { kind: 'broke', reason: `failed in ${y.length} of ${b.length}: ${y[0]}` }
  if (x.length > 0)
    return { kind: 'fixed', reason: `failed in ${x.length} of ${a.length} runs of A: ${x[0]}` }
  const known = [a, b].every(runs => runs.some(run => metric.of(run).seconds !== null))
  return known
    ? { kind: 'measured', reason: '' }
    : { kind: 'missing', reason: 'no time on one side' }
}

function failuresOf(metric: TimedMetric, runs: readonly RunFacts[]): string[] {
  return runs.map(run => metric.of(run).failure).filter(failure => failure !== null)
}
