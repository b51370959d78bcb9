import { mean, standardDeviation } from '../statistics/moments'
import { outcomeOf, type PairEvidence, spreadOf } from './evidence'
import { holm } from './holm'
import { mannWhitney } from './mann-whitney'
import type { ArmsEvidence } from './paired-evidence'
import type { RunFacts } from './run-facts'
import { tQuantile } from './student-t'
import { headlineMetrics, type TimedMetric, timedMetrics } from './timed-metrics'

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
