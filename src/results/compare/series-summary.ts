import { standardDeviation } from '../statistics/moments'
import { detectableAtSpread } from './estimates'
import type { FactsArm } from './run-facts'
import {
  headlineMetrics,
  type Spread,
  spreadOf,
  type TimedMetric,
  timedMetrics,
} from './timed-metrics'

/** How one time varies between equal runs. */
export interface SeriesTime extends Spread {
  /** `query.Q1`, `stage.silver-build`; headlines are `queries` and `pipeline`. */
  readonly metric: string
  /** Its name for people. */
  readonly label: string
  /** Standard deviation of the logarithms: 0.03 is 3 %. `null` for one run. */
  readonly spread: number | null
  /** Smallest ratio that an `ab` session of ten rounds on this machine would show of this time alone. */
  readonly detectable_in_10_rounds: number | null
}

/** Times of equal runs, and how much they vary. */
export interface SeriesSummary {
  /** How many went into the times. */
  readonly runs: number
  /** Runs that did not pass, with why. */
  readonly failures: readonly {
    /** Id of the run. */
    readonly run_id: string
    /** Its verdict, and why. */
    readonly reason: string
  }[]
  /** The few times that a run is judged by. */
  readonly headlines: readonly SeriesTime[]
  /** All of them, by metric. */
  readonly times: readonly SeriesTime[]
}

const ROUNDS = 10

/** The measured runs of one config, the warm-up left out. */
export function summarizeSeries({ runs }: Pick<FactsArm, 'runs'>): SeriesSummary {
  const measured = runs.filter(run => run.series?.round !== 0)
  const passed = measured.filter(run => run.verdict === 'PASSED')
  const summed = (metrics: readonly TimedMetric[]) =>
    metrics.flatMap(metric => timeOf(metric, passed) ?? [])
  return {
    runs: passed.length,
    failures: measured
      .filter(run => run.verdict !== 'PASSED')
      .map(run => ({ run_id: run.run_id, reason: `${run.verdict}: ${run.reason}` })),
    headlines: summed(headlineMetrics(passed)),
    times: summed(timedMetrics(passed)),
  }
}

function timeOf(metric: TimedMetric, runs: FactsArm['runs']): SeriesTime | null {
  const found = spreadOf(metric, runs)
  if (!found) return null
  const logs = runs
    .map(run => metric.of(run).seconds)
    .flatMap(seconds => (seconds === null ? [] : [Math.log(seconds)]))
  const spread = logs.length > 1 ? standardDeviation(logs) : null
  return {
    metric: metric.id,
    label: metric.label,
    ...found,
    spread,
    // The difference of two runs varies √2 times as much as one.
    detectable_in_10_rounds:
      spread === null ? null : detectableAtSpread(Math.SQRT2 * spread, ROUNDS),
  }
}
