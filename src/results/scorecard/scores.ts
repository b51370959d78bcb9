import type { Scores } from '../../contracts/metrics'
import type { ScoreDetail, ScoreInfo, ScoreInput } from './score-inputs'
import { SCORES } from './score-table'
import { appliesTo, windowFacts } from './window-facts'

/** Every score of a run, unrounded, in the order it is shown. `null` wherever something needed is unknown, and of the other mode. */
export function computeScores(metrics: ScoreInput): Scores {
  const facts = { ...metrics, ...windowFacts(metrics) }
  return byName(info =>
    appliesTo(info.mode, metrics) && (info.mode !== 'continuous' || facts.window > 0)
      ? info.value(facts)
      : null,
  )
}

/** Why scores are null, by their names; of those that are null for no more than an unknown input nothing is said. */
export function nullReasons(metrics: ScoreInput, scores: Scores): Record<string, string> {
  const facts = { ...metrics, ...windowFacts(metrics) }
  return Object.fromEntries(
    SCORES.flatMap(info => {
      const unexplained = scores[info.name] !== null || !appliesTo(info.mode, metrics)
      const reason = unexplained ? null : (info.missing?.(facts) ?? null)
      return reason === null ? [] : [[info.name, reason]]
    }),
  )
}

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
  return byName(info => {
    const value = scores[info.name]
    return value === null ? null : roundScore(info, value)
  })
}

const byName = (value: (info: ScoreInfo) => number | null) =>
  Object.fromEntries(SCORES.map(info => [info.name, value(info)])) as Scores

/** Every score with what a reader needs to compute it again. */
export function scoreDetails(metrics: ScoreInput, scores: Scores): readonly ScoreDetail[] {
  const facts = { ...metrics, ...windowFacts(metrics) }
  return SCORES.map(({ name, label, unit, direction, decimals, formula, inputs }) => ({
    name,
    label,
    unit,
    direction,
    decimals,
    formula,
    value: scores[name],
    inputs: inputs(facts),
  }))
}
