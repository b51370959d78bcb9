import type { Difference, ExactDifference } from './differences'
import type { Spread } from './timed-metrics'

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

/**
 * - `interleaved`: the arms took turns in one session; the only design that can call one faster
 * - `separate`: four runs a side or more, not in turns
 * - `history`: one run against eight or more
 * - `few`: fewer than that
 * - `single`: one run against one
 */
export type Design = 'interleaved' | 'separate' | 'history' | 'few' | 'single'

/** One time on both sides. Ratios are b ÷ a; times are seconds, lower is better. */
export interface MetricComparison {
  /** `query.Q1`, `stage.silver-build`; headlines are `queries` and `pipeline`. */
  readonly metric: string
  /** Its name for people. */
  readonly label: string
  /** Seconds of the baseline; null where it has none. */
  readonly a: Spread | null
  /** Seconds of the other side; null where it has none. */
  readonly b: Spread | null
  /** Rounds with a time on both sides, or runs of the side that has fewer. */
  readonly n: number
  /** Hodges–Lehmann estimate; `null` where the sides are not comparable or a time is missing. */
  readonly ratio: number | null
  /** Exact 95 % interval of `ratio`. */
  readonly interval: readonly [low: number, high: number] | null
  /** Adjusted for all times of the comparison; of a headline its own. */
  readonly adjusted_p: number | null
  /** Ratio above 1 from which a difference matters. */
  readonly margin: number
  /** Whether the margin is the share that was asked for, or the seconds that nobody would notice. */
  readonly margin_by: 'share' | 'seconds'
  /** Smallest ratio above 1 that four of five such sessions would have shown. */
  readonly detectable: number | null
  /** Ratio of each round of a session, in order, so that a drift can be seen; `null` where there are no rounds. */
  readonly by_round: readonly number[] | null
  /** Verdict on the difference. */
  readonly verdict: ChangeVerdict
  /** One sentence where the verdict needs one. */
  readonly reason: string
}

/** Fixed work timed in both arms, to see whether the machine changed. */
export interface ControlComparison {
  /** Fixed work that no config touches. */
  readonly control: string
  /** Its time before B ÷ that before A. */
  readonly ratio: number
  /** p value over all controls; null for too few rounds. */
  readonly adjusted_p: number | null
  /** True where the machine changed with the arms. */
  readonly moved: boolean
}

/** One arm against the first. */
export interface PairComparison {
  /** Name of the baseline arm. */
  readonly a: string
  /** Name of the arm held against it. */
  readonly b: string
  /** How the runs were made, which decides what may be said. */
  readonly design: Design
  /** Why times are not compared; empty where they are. */
  readonly differences: readonly Difference[]
  /** Differences that were declared to be under test. */
  readonly under_test: readonly Difference[]
  /** Why no time is judged although it was measured. */
  readonly invalid_reasons: readonly string[]
  /** Fixed work before each run of a session; empty without one. */
  readonly controls: readonly ControlComparison[]
  /** Counted things that differ. */
  readonly exact: readonly ExactDifference[]
  /** The few times that a run is judged by. */
  readonly headlines: readonly MetricComparison[]
  /** Every stage and query. */
  readonly metrics: readonly MetricComparison[]
  /** Further facts that a reader must know, a sentence each. */
  readonly notes: readonly string[]
}

/** One side of a comparison, and the runs it is made of. */
export interface ComparedArm {
  /** Name of the arm. */
  readonly name: string
  /** Origin of the name; null where none was given. */
  readonly label: string | null
  /** Measured runs, the warm-up left out. */
  readonly run_ids: readonly string[]
  /** Start of its earliest run, ISO 8601. */
  readonly first_start: string
  /** Start of its latest run, ISO 8601. */
  readonly last_start: string
}

/** Comparison of arms: differences and their evidence. */
export interface Comparison {
  /** Version of this document. */
  readonly schema_version: 1
  /** The first is the baseline. */
  readonly arms: readonly ComparedArm[]
  /** Every arm after the first against the first. */
  readonly pairs: readonly PairComparison[]
  /** How the comparison was made, so that it can be made again. */
  readonly settings: {
    /** Share from which a difference of times matters, 0.05 for 5 %. */
    readonly margin: number
    /** Seconds below which it matters to nobody. */
    readonly absolute_margin_seconds: number
    /** Differences that were declared to be intended. */
    readonly under_test: readonly string[]
    /** Seed of the random sign flips. */
    readonly seed: number
  }
}
