import type { ChangeVerdict, MetricComparison } from '../results/compare/comparison'
import type { ExactDifference } from '../results/compare/differences'
import { percent } from '../results/compare/verdicts'
import { formatBytes, formatCount, formatDuration, MISSING } from '../shared/format'

/** Beside the word, so that no verdict is told by colour alone. */
const SIGNS: Readonly<Record<ChangeVerdict, string>> = {
  slower: '▲',
  faster: '▼',
  'small difference': '≈',
  'same within the margin': '=',
  differs: '≠',
  'cannot tell': '?',
  broke: '✕',
  fixed: '✓',
  invalid: '!',
  'not comparable': '!',
}

export const signOf = (verdict: ChangeVerdict): string => SIGNS[verdict]

/** The verdict in words, with the margin it speaks of. */
export function verdictText({ verdict, margin, margin_by, a }: MetricComparison): string {
  if (verdict !== 'same within the margin') return verdict
  const seconds = a === null ? null : (margin - 1) * a.median
  return `same within ${margin_by === 'seconds' ? formatDuration(seconds) : `${((margin - 1) * 100).toFixed(0)} %`}`
}

/** Returns the tone of a verdict: `bad` for what got worse or cannot be trusted. */
export function toneOf(verdict: ChangeVerdict): 'good' | 'bad' | 'plain' {
  if (verdict === 'slower' || verdict === 'broke' || verdict === 'invalid') return 'bad'
  return verdict === 'faster' || verdict === 'fixed' ? 'good' : 'plain'
}

export const ratioText = ({ ratio }: Pick<MetricComparison, 'ratio'>) =>
  ratio === null ? MISSING : ratio.toFixed(3)

export const intervalText = ({ interval }: Pick<MetricComparison, 'interval'>) =>
  interval ? `${interval[0].toFixed(3)} … ${interval[1].toFixed(3)}` : MISSING

/** `12 | 14 (+17 %)`, both sides of a counted quantity. */
export function exactText({ unit, a, b, ratio, varies }: ExactDifference): string {
  const change = ratio === null ? '' : ` (${percent(ratio)})`
  return `${rangeText(a, unit)} | ${rangeText(b, unit)}${change}${varies ? ', varies between equal runs' : ''}`
}

export function rangeText(
  [least, most]: readonly [number, number],
  unit: ExactDifference['unit'],
): string {
  const one = (value: number) => (unit === 'bytes' ? formatBytes(value) : formatCount(value))
  return least === most ? one(least) : `${one(least)} … ${one(most)}`
}
