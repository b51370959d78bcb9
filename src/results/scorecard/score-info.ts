import type { RunMetrics, Scores } from '../../contracts/metrics'

/** Names of scores, keys of the record's `scores`. */
export type ScoreName = keyof Scores
/** Which way is better; `none` where neither is. */
export type ScoreDirection = 'lower' | 'higher' | 'none'
/** The parts of a record that scores are made of. */
export type ScoreInput = Pick<
  RunMetrics,
  | 'jobs'
  | 'benchmark'
  | 'corpus'
  | 'pipeline_benchmark'
  | 'resumed'
  | 'streaming'
  | 'benchmark_rounds'
  | 'continuous'
>

export interface ScoreInfo {
  readonly name: ScoreName
  readonly label: string
  readonly unit: string
  readonly direction: ScoreDirection
  /** Decimals in JSON and tables. */
  readonly decimals: number
  /** For people, in the words of the record. */
  readonly formula: string
  /** What the formula takes from a record, by its place there. */
  readonly inputs: (metrics: ScoreInput) => Readonly<Record<string, number | string | null>>
  /** Why it is null, where more can be said than that an input is unknown. */
  readonly missing?: (metrics: ScoreInput) => string | null
}
