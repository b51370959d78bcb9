import { mean, standardDeviation } from '../statistics/moments'
import { detectableEffect, hodgesLehmann, holm, mannWhitney, tQuantile } from './estimates'
import type { RunFacts } from './run-facts'
import { type Column, signFlipMaxT } from './sign-flip'
import {
  headlineMetrics,
  outcomeOf,
  type PairEvidence,
  spreadOf,
  type TimedMetric,
  timedMetrics,
} from './timed-metrics'

/** One round in which every arm ran once. */
export interface Round {
  readonly round: number
  /** By arm, in the order of the arms. */
  readonly runs: readonly RunFacts[]
}

export interface Session {
  readonly series_id: string
  readonly planned_rounds: number
  /** Complete ones, warm-up left out. */
  readonly rounds: readonly Round[]
  /** Measured rounds that were begun and lack an arm. */
  readonly incomplete: readonly number[]
}

/** The rounds of one interleaved session, or `null` where the arms were not run in turns. */
export function sessionOf(arms: readonly (readonly RunFacts[])[]): Session | null {
  const places = arms.map(runs => runs.map(run => run.series))
  const first = places[0]?.[0]
  if (!first || arms.length < 2) return null
  const together = places
    .flat()
    .every(place => place?.kind === 'ab' && place.series_id === first.series_id)
  const oneArmEach = places.every(of => new Set(of.map(place => place?.arm)).size === 1)
  const distinct = new Set(places.map(of => of[0]?.arm)).size === arms.length
  if (!together || !oneArmEach || !distinct) return null
  const byRound = arms.map(measuredByRound)
  const numbers = [...new Set(byRound.flatMap(rounds => [...rounds.keys()]))].sort((x, y) => x - y)
  const complete = numbers
    .map(round => completeRound(round, byRound))
    .filter(round => round !== null)
  return {
    series_id: first.series_id,
    planned_rounds: first.planned_rounds,
    rounds: complete,
    incomplete: numbers.filter(number => !complete.some(({ round }) => round === number)),
  }
}

/** Runs by round and attempt; the warm-up is not looked at. */
function measuredByRound(runs: readonly RunFacts[]): Map<number, Map<number, RunFacts>> {
  const rounds = new Map<number, Map<number, RunFacts>>()
  for (const run of runs) {
    const { round, attempt } = run.series!
    // An interrupted run says nothing, not even that something broke.
    if (round === 0 || run.verdict === 'INTERRUPTED') continue
    const attempts = rounds.get(round) ?? new Map<number, RunFacts>()
    attempts.set(attempt, run)
    rounds.set(round, attempts)
  }
  return rounds
}

/** The last attempt at which every arm ran: arms of different attempts were not run in turns. */
function completeRound(
  round: number,
  byRound: readonly ReadonlyMap<number, ReadonlyMap<number, RunFacts>>[],
): Round | null {
  const attempts = byRound.map(rounds => rounds.get(round))
  const common = [...(attempts[0]?.keys() ?? [])].filter(attempt =>
    attempts.every(of => of?.has(attempt)),
  )
  if (common.length === 0) return null
  const last = Math.max(...common)
  return { round, runs: attempts.map(of => of!.get(last)!) }
}

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

/** Runs a side from which sets that were not run in turns can be told apart at all: 4 against 4 reach p = 0.029. */
const LEAST_RUNS = 4
/** Earlier runs from which their spread can be trusted. */
const LEAST_HISTORY = 8

/**
 * Each set after the first against the first, none of them run in turns. Mann–Whitney from four runs a side, Holm over every
 * stage and query of every set. With fewer runs there are ratios and ranges alone.
 */
export function separateEvidence(arms: readonly (readonly RunFacts[])[]): ArmsEvidence[] {
  const [a, ...others] = arms as [readonly RunFacts[], ...(readonly RunFacts[])[]]
  const metrics = timedMetrics(arms.flat())
  const found = others.map(b => metrics.map(metric => setEvidence(metric, a, b)))
  const adjusted = holm(found.flat().map(evidence => evidence.p))
  const headlines = others.map(b =>
    headlineMetrics([...a, ...b]).map(metric => setEvidence(metric, a, b)),
  )
  // A headline is a family of its own over the sets.
  const ofOne = (id: string) =>
    holm(headlines.map(of => of.find(({ metric }) => metric.id === id)?.p ?? null))
  return others.map((_, arm) => ({
    headlines: headlines[arm]!.map(evidence => ({
      ...evidence,
      p: ofOne(evidence.metric.id)[arm] ?? null,
    })),
    metrics: found[arm]!.map((evidence, j) => ({
      ...evidence,
      p: adjusted[arm * metrics.length + j] ?? null,
    })),
  }))
}

function setEvidence(
  metric: TimedMetric,
  a: readonly RunFacts[],
  b: readonly RunFacts[],
): PairEvidence {
  const [x, y] = [logsOf(metric, a), logsOf(metric, b)]
  const n = Math.min(x.length, y.length)
  const common = {
    metric,
    a: spreadOf(metric, a),
    b: spreadOf(metric, b),
    n,
    detectable: null,
    rounds: null,
  }
  const outcome = outcomeOf(metric, a, b)
  if (n === 0) return { ...common, effect: null, interval: null, p: null, outcome }
  const { effect, interval, p } = mannWhitney(x, y)
  return n < LEAST_RUNS
    ? { ...common, effect, interval: null, p: null, outcome }
    : { ...common, effect, interval, p, outcome }
}

/** Whether one run lies outside what earlier ones would lead to expect (95 %), `null` where they are too few. A notice only. */
export function outsideUsual(
  metric: TimedMetric,
  history: readonly RunFacts[],
  run: RunFacts,
): boolean | null {
  const earlier = logsOf(metric, history)
  const seconds = metric.of(run).seconds
  const k = earlier.length
  if (k < LEAST_HISTORY || seconds === null) return null
  const reach = tQuantile(0.975, k - 1) * standardDeviation(earlier) * Math.sqrt(1 + 1 / k)
  return Math.abs(Math.log(seconds) - mean(earlier)) > reach
}

function logsOf(metric: TimedMetric, runs: readonly RunFacts[]): number[] {
  return runs
    .map(run => metric.of(run).seconds)
    .filter(seconds => seconds !== null)
    .map(Math.log)
}
