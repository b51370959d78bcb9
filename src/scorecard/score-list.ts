import type { Scores } from '../contracts/metrics'

export type ScoreName = keyof Scores
/** Which way is better; `none` where neither is. */
export type ScoreDirection = 'lower' | 'higher' | 'none'

export interface ScoreInfo {
  readonly name: ScoreName
  readonly label: string
  readonly unit: string
  readonly direction: ScoreDirection
  /** Decimals in JSON and tables. */
  readonly decimals: number
}

const score = (
  name: ScoreName,
  label: string,
  unit: string,
  direction: ScoreDirection,
  decimals: number,
): ScoreInfo => ({ name, label, unit, direction, decimals })

/** Every score, in the order it is shown. */
export const SCORE_LIST: readonly ScoreInfo[] = [
  score('time_to_value_seconds', 'time to value', 's', 'lower', 2),
  score('composite_qph', 'queries an hour (QpH)', '', 'higher', 1),
  score('pipeline_throughput_gb_per_second', 'pipeline throughput', 'GiB/s', 'higher', 4),
  score('total_data_processed_gb', 'data read by the stages', 'GiB', 'none', 3),
  score('total_core_hours', 'core hours', 'h', 'lower', 2),
  score('compute_efficiency_gb_per_core_hour', 'compute efficiency', 'GiB/core hour', 'higher', 4),
  score('scale_ratio', 'scale ratio', '', 'none', 3),
  score('total_elapsed_seconds', 'all stages', 's', 'lower', 2),
  score('datagen_seconds', 'data generation', 's', 'lower', 2),
]

const LEAST_SIGNIFICANT_DIGITS = 3

/**
 * A score as it is shown and saved: its decimals, but never fewer than three significant digits, so that what was measured
 * on a small corpus does not become 0.
 */
export function roundScore(info: ScoreInfo, value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const magnitude = Math.floor(Math.log10(Math.abs(value))) + 1
  const decimals = Math.min(100, Math.max(info.decimals, LEAST_SIGNIFICANT_DIGITS - magnitude))
  return Number(value.toFixed(decimals))
}

/** `roundScore` of each one that is known. */
export function roundScores(scores: Scores): Scores {
  const entries = SCORE_LIST.map(info => {
    const value = scores[info.name]
    return [info.name, value === null ? null : roundScore(info, value)] as const
  })
  return Object.fromEntries(entries) as Scores
}
