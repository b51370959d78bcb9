import { detectableEffect } from './detectable-effect'
import { outcomeOf, type PairEvidence, spreadOf } from './evidence'
import { hodgesLehmann } from './hodges-lehmann'
import type { Session } from './rounds'
import type { RunFacts } from './run-facts'
import { type Column, signFlipMaxT } from './sign-flip'
import { headlineMetrics, type TimedMetric, timedMetrics } from './timed-metrics'

export interface ArmsEvidence {
  readonly headlines: readonly PairEvidence[]
  readonly metrics: readonly PairEvidence[]
}

/**
 * A control moved where its difference is shown and is more than this share of the margin: 1 % at the usual 5 %. Sign flips
 * over ten rounds show a difference of a few per mille of fixed work on an idle machine; that neither makes nor hides a
 * verdict, which needs five times as much, and would take the session from its user for nothing.
 */
export const CONTROL_SHARE_OF_MARGIN = 0.2

export interface ControlEvidence {
  readonly control: string
  readonly effect: number
  readonly p: number | null
  readonly moved: boolean
}

/**
 * Each arm after the first against the first. Log ratios by round; one family of every stage and query of every arm; each
 * headline a family of its own over the arms.
 */
export function pairedEvidence(session: Session, seed: number): ArmsEvidence[] {
  const { rounds } = session
  const arms = armsOf(session)
  const others = arms.slice(1)
  const metrics = timedMetrics(arms.flat())
  const family = others.flatMap((_, arm) =>
    metrics.map(metric => columnOf(metric, rounds, arm + 1)),
  )
  const { adjusted_p, critical } = signFlipMaxT(family, { seed })
  const headlines = others.map(b => headlineMetrics([...arms[0]!, ...b]))
  // By headline, over the arms: the family of one question.
  const headlineTests = new Map(
    [...new Set(headlines.flat().map(({ id }) => id))].map(id => {
      const columns = headlines.map((of, arm) => {
        const metric = of.find(headline => headline.id === id)
        return metric ? columnOf(metric, rounds, arm + 1) : []
      })
      return [id, signFlipMaxT(columns, { seed })] as const
    }),
  )
  return others.map((b, arm) => ({
    headlines: headlines[arm]!.map(metric => {
      const test = headlineTests.get(metric.id)!
      const own = others.length > 1 ? test.critical : null
      return evidenceOf(
        metric,
        columnOf(metric, rounds, arm + 1),
        test.adjusted_p[arm] ?? null,
        own,
        arms[0]!,
        b,
      )
    }),
    metrics: metrics.map((metric, j) => {
      const place = arm * metrics.length + j
      return evidenceOf(metric, family[place]!, adjusted_p[place] ?? null, critical, arms[0]!, b)
    }),
  }))
}

/**
 * Whether the fixed work before each run took as long before one arm as before the other.
 *
 * @param margin share from which a difference of times matters
 */
export function controlEvidence(
  session: Session,
  seed: number,
  margin: number,
): ControlEvidence[][] {
  const tolerance = Math.log1p(margin * CONTROL_SHARE_OF_MARGIN)
  const { rounds } = session
  const others = armsOf(session).slice(1)
  const names = [
    ...new Set(
      rounds.flatMap(({ runs }) => runs.flatMap(run => Object.keys(run.series?.controls ?? {}))),
    ),
  ]
  const of = (control: string, arm: number): Column =>
    rounds.map(({ runs }) => {
      const [a, b] = [runs[0]!.series?.controls[control], runs[arm]!.series?.controls[control]]
      return a && b ? Math.log(b / a) : null
    })
  const family = others.flatMap((_, arm) => names.map(control => of(control, arm + 1)))
  const { adjusted_p } = signFlipMaxT(family, { seed })
  return others.map((_, arm) =>
    names.flatMap((control, j) => {
      const place = arm * names.length + j
      const ratios = family[place]!.filter(d => d !== null)
      if (ratios.length === 0) return []
      const { effect } = hodgesLehmann(ratios)
      const p = adjusted_p[place] ?? null
      return [
        { control, effect, p, moved: p !== null && p <= 0.05 && Math.abs(effect) > tolerance },
      ]
    }),
  )
}

const armsOf = ({ rounds }: Session): RunFacts[][] =>
  (rounds[0]?.runs ?? []).map((_, arm) => rounds.map(({ runs }) => runs[arm]!))

function columnOf(metric: TimedMetric, rounds: Session['rounds'], arm: number): Column {
  return rounds.map(({ runs }) => {
    const [a, b] = [metric.of(runs[0]!).seconds, metric.of(runs[arm]!).seconds]
    return a !== null && b !== null ? Math.log(b / a) : null
  })
}

function evidenceOf(
  metric: TimedMetric,
  column: Column,
  p: number | null,
  critical: number | null,
  a: readonly RunFacts[],
  b: readonly RunFacts[],
): PairEvidence {
  const ratios = column.filter(d => d !== null)
  const estimate = ratios.length > 0 ? hodgesLehmann(ratios) : { effect: null, interval: null }
  return {
    metric,
    a: spreadOf(metric, a),
    b: spreadOf(metric, b),
    rounds: ratios,
    n: ratios.length,
    ...estimate,
    p,
    detectable: detectableEffect(ratios, critical),
    outcome: outcomeOf(metric, a, b),
  }
}
