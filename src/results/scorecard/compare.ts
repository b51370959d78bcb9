import type { RunMetrics } from '../../contracts/metrics'
import { type Difference, differencesOf } from '../compare/comparability'
import { type ExactDifference, exactDifferences } from '../compare/exact-differences'
import { runFacts } from '../compare/run-facts'
import { qphText } from './qph-text'
import type { ScoreDirection, ScoreName } from './score-inputs'
import { SCORES } from './score-table'
import { computeScores } from './scores'
import { alignRows, formatNumber } from './table'

export type { Difference }

export interface ComparedScore {
  /** Key of the score in the record. */
  readonly name: ScoreName
  /** Unit of both values; empty where they have none. */
  readonly unit: string
  /** Which way is better. */
  readonly direction: ScoreDirection
  /** Value of this run; null where it is unknown. */
  readonly a: number | null
  /** The baseline's. */
  readonly b: number | null
  /** a ÷ b; `null` where one is unknown or b is 0. */
  readonly ratio: number | null
}

/** Two runs side by side: every score, what differs exactly, and all that makes them answer different questions. */
export class ScorecardComparison {
  /** Both values of every score. */
  readonly scores: readonly ComparedScore[]
  /** Why the two cannot be compared; empty where they can. */
  readonly differences: readonly Difference[]
  /** Bytes, files, rows and findings that are not the same. Both runs are counted exactly, so one of each is enough. */
  readonly exact: readonly ExactDifference[]
  /** No differences. Says nothing of times. */
  readonly comparable: boolean
  /** What two single runs cannot show. */
  readonly note =
    'One run against one run does not judge times: nothing here says how much they vary between equal runs. Repeat both, in turns, before calling one faster.'

  constructor(a: RunMetrics, b: RunMetrics) {
    this.scores = compareScores(a, b)
    this.differences = findDifferences(a, b)
    this.exact = exactDifferences([runFacts(a)], [runFacts(b)])
    this.comparable = this.differences.length === 0
  }

  /** A table for the terminal. */
  toString(): string {
    const rows = this.scores.map(s => {
      const shown = (value: number | null) =>
        isQph(s.name) && value !== null ? qphText(value, null) : formatNumber(value)
      return [s.name, shown(s.a), shown(s.b), formatNumber(s.ratio), s.unit]
    })
    const differences = this.differences.map(d => `  ${d.what}: ${d.a} | ${d.b}`)
    return [
      alignRows([['score', 'a', 'b', 'a / b', 'unit'], ...rows]),
      this.comparable
        ? 'Same corpus, engines and answers.'
        : `Not comparable:\n${differences.join('\n')}`,
      ...(this.exact.length > 0
        ? [`Counted, and not the same:\n${this.exact.map(exactLine).join('\n')}`]
        : []),
      this.note,
    ].join('\n\n')
  }
}

const isQph = (name: ScoreName) => name.endsWith('composite_qph')

function exactLine({ what, unit, a, b }: ExactDifference): string {
  return `  ${what}: ${formatNumber(a[0])} | ${formatNumber(b[0])} ${unit}`
}

function compareScores(a: RunMetrics, b: RunMetrics): ComparedScore[] {
  const [of, baseline] = [computeScores(a), computeScores(b)]
  // A score of the other mode is unknown on both sides.
  const known = SCORES.filter(({ name }) => of[name] !== null || baseline[name] !== null)
  return known.map(({ name, unit, direction }) => {
    const [x, y] = [of[name], baseline[name]]
    return {
      name,
      unit,
      direction,
      a: x,
      b: y,
      ratio: x === null || y === null || y === 0 ? null : x / y,
    }
  })
}

/** A run that did not pass has numbers for no comparison, even against its like. */
function findDifferences(a: RunMetrics, b: RunMetrics): Difference[] {
  const unpassed = (['a', 'b'] as const)
    .filter(side => (side === 'a' ? a : b).verdict !== 'PASSED')
    .map(side => ({ what: `verdict of ${side}`, a: a.verdict, b: b.verdict }))
  return [...unpassed, ...differencesOf(runFacts(a), runFacts(b))]
}
