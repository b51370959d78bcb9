import type { ChangeVerdict, Design, MetricComparison } from './comparison'
import type { Difference } from './differences'
import type { Estimate } from './estimates'
import type { PairEvidence } from './timed-metrics'

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

/** A change as people write it: `+18 %`, `−3.2 %`, `0.0 %` for ratios of 1.18, 0.968 and 1. */
export function percent(ratio: number): string {
  const share = Math.abs(ratio - 1) * 100
  const digits = share >= 9.95 ? share.toFixed(0) : share.toFixed(1)
  if (digits === '0.0') return '0.0 %'
  return `${ratio >= 1 ? '+' : '−'}${digits} %`
}

/** Rounds from which a time is judged: five have no 95 % interval. */
export const LEAST_ROUNDS = 6

/** Facts that hold for every time of a pair. */
export interface MetricContext {
  readonly design: Design
  readonly differences: readonly Difference[]
  readonly invalid_reasons: readonly string[]
  /** Runs of each side. */
  readonly sizes: readonly [a: number, b: number]
  readonly margin: Margin
}

/** @param unusual of one run against a history: outside the usual spread; `null` where that cannot be said */
export function metricComparison(
  evidence: PairEvidence,
  context: MetricContext,
  unusual: boolean | null,
): MetricComparison {
  const { metric, a, b, n, effect, interval, p, detectable, rounds } = evidence
  const margin = logMargin(context.margin, a?.median ?? Number.POSITIVE_INFINITY)
  const { verdict, reason } = judge(evidence, context, margin, unusual)
  // Numbers that answer different questions have no ratio, and a failure has no time.
  const ratioShown = !['not comparable', 'broke', 'fixed'].includes(verdict) && effect !== null
  return {
    metric: metric.id,
    label: metric.label,
    a,
    b,
    n,
    ratio: ratioShown ? Math.exp(effect) : null,
    interval: ratioShown && interval ? [Math.exp(interval[0]), Math.exp(interval[1])] : null,
    adjusted_p: ratioShown ? p : null,
    margin: Math.exp(margin),
    margin_by: margin > Math.log1p(context.margin.relative) ? 'seconds' : 'share',
    detectable,
    by_round: ratioShown && rounds ? rounds.map(Math.exp) : null,
    verdict,
    reason,
  }
}

interface Judged {
  readonly verdict: ChangeVerdict
  readonly reason: string
}

/** The first rule that holds decides. */
function judge(
  evidence: PairEvidence,
  context: MetricContext,
  margin: number,
  unusual: boolean | null,
): Judged {
  const { effect, interval, p, n, outcome } = evidence
  const { design, differences, invalid_reasons, sizes } = context
  if (differences.length > 0)
    return { verdict: 'not comparable', reason: differences.map(({ what }) => what).join(', ') }
  if (outcome.kind === 'broke' || outcome.kind === 'fixed')
    return { verdict: outcome.kind, reason: outcome.reason }
  if (invalid_reasons.length > 0) return { verdict: 'invalid', reason: invalid_reasons.join('; ') }
  const unknown = (reason: string): Judged => ({ verdict: 'cannot tell', reason })
  if (outcome.kind !== 'measured' || effect === null) return unknown(outcome.reason)
  if (design === 'single') return unknown('one run against one')
  if (design === 'few') return unknown(`${sizes[0]} against ${sizes[1]} runs; it takes 4 a side`)
  if (design === 'history') return unknown(historyText(unusual, Math.max(...sizes)))
  if (design === 'interleaved' && n < LEAST_ROUNDS)
    return unknown(`${n} rounds; it takes ${LEAST_ROUNDS}`)
  const verdict = judgeTimes({ effect, interval, p: p ?? 1, margin })
  if (design === 'separate' && (verdict === 'faster' || verdict === 'slower'))
    return { verdict: 'differs', reason: `${verdict}, but the runs did not take turns` }
  return { verdict, reason: verdict === 'cannot tell' ? cannotTellText(evidence, margin) : '' }
}

function historyText(unusual: boolean | null, runs: number): string {
  if (unusual === null) return 'too few earlier runs have this time'
  return `${unusual ? 'outside' : 'within'} the usual spread of ${runs} runs`
}

/** A difference below the margin is not called one, so no session shows less than that. */
function cannotTellText({ detectable }: PairEvidence, margin: number): string {
  if (detectable === null) return 'no difference is shown, and none is excluded'
  const shown = Math.max(detectable, Math.exp(margin))
  return `could have shown ${((shown - 1) * 100).toFixed(1)} %`
}
