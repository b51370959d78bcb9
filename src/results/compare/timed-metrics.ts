import { geometricMean, median } from '../statistics/moments'
import type { RunFacts } from './run-facts'

/** Samples of one time in one run. */
export interface Timing {
  /** `null` where it failed, was not asked for, or took no measurable time. */
  readonly seconds: number | null
  readonly failure: string | null
}

/** A time that every run of a comparison has. */
export interface TimedMetric {
  /** `query.Q1`, `stage.silver-build`, `queries`, `pipeline`. */
  readonly id: string
  /** For people. */
  readonly label: string
  readonly of: (run: RunFacts) => Timing
}

const NOT_THERE: Timing = { seconds: null, failure: null }

/** The family that is tested together: every stage and every query of any of the runs, stages first. */
export function timedMetrics(runs: readonly RunFacts[]): TimedMetric[] {
  return [
    ...stageNames(runs).map(name => ({
      id: `stage.${name}`,
      label: name,
      of: (run: RunFacts) => stageTiming(run, name),
    })),
    ...queryNames(runs).map(name => ({
      id: `query.${name}`,
      label: name,
      of: (run: RunFacts) => queryTiming(run, name),
    })),
  ]
}

/**
 * The two headlines of a pair: the geometric mean of the queries, and the pipeline from bronze-verify to gold-finalize. A
 * query without a time in some run is left out of the mean in all of them.
 */
export function headlineMetrics(runs: readonly RunFacts[]): TimedMetric[] {
  const asked = queryNames(runs)
  const complete = asked.filter(name => runs.every(run => queryTiming(run, name).seconds !== null))
  const count =
    complete.length === asked.length ? `${asked.length}` : `${complete.length} of ${asked.length}`
  const stages = runs.some(run => 'bronze-verify' in run.stages && 'gold-finalize' in run.stages)
  return [
    ...(asked.length > 0
      ? [
          {
            id: 'queries',
            label: `${count} queries, geometric mean`,
            of: (run: RunFacts) => geometric(run, complete),
          },
        ]
      : []),
    ...(stages ? [{ id: 'pipeline', label: 'pipeline, wall time', of: pipelineTiming }] : []),
  ]
}

const PIPELINE = ['bronze-verify', 'silver-build', 'gold-finalize']

/** As they run, whatever order a file has them in; stages of the user's own last. */
function stageNames(runs: readonly RunFacts[]): string[] {
  const names = [...new Set(runs.flatMap(run => Object.keys(run.stages)))]
  return [
    ...PIPELINE.filter(name => names.includes(name)),
    ...names.filter(name => !PIPELINE.includes(name)),
  ]
}

function queryNames(runs: readonly RunFacts[]): string[] {
  const names = new Set(runs.flatMap(run => Object.keys(run.benchmark?.queries ?? {})))
  return [...names].sort((x, y) => x.localeCompare(y, 'en', { numeric: true }))
}

function stageTiming(run: RunFacts, name: string): Timing {
  const stage = run.stages[name]
  return stage ? { seconds: measurable(stage.seconds), failure: stage.failure } : NOT_THERE
}

function queryTiming(run: RunFacts, name: string): Timing {
  if (!run.benchmark) return { seconds: null, failure: run.benchmark_failure }
  const query = run.benchmark.queries[name]
  return query ? { seconds: measurable(query.seconds), failure: query.failure } : NOT_THERE
}

function geometric(run: RunFacts, names: readonly string[]): Timing {
  if (names.length === 0) return { seconds: null, failure: run.benchmark_failure }
  return {
    seconds: geometricMean(names.map(name => queryTiming(run, name).seconds!)),
    failure: null,
  }
}

function pipelineTiming(run: RunFacts): Timing {
  const failed = PIPELINE.find(name => run.stages[name]?.failure)
  return {
    seconds: measurable(run.pipeline_seconds),
    failure: failed ? `${failed}: ${run.stages[failed]!.failure}` : null,
  }
}

/** A time of 0 is shorter than the clock can see, and has no logarithm. */
const measurable = (seconds: number | null) => (seconds !== null && seconds > 0 ? seconds : null)

/** Seconds of one side. */
export interface Spread {
  /** Runs that have this time. */
  readonly runs: number
  /** Median, seconds. */
  readonly median: number
  /** Shortest, seconds. */
  readonly least: number
  /** Longest, seconds. */
  readonly most: number
}

/** Samples of one time on two sides, before anything is judged. Ratios are b ÷ a. */
export interface PairEvidence {
  readonly metric: TimedMetric
  readonly a: Spread | null
  readonly b: Spread | null
  /** Rounds, or the fewer runs of a side. */
  readonly n: number
  readonly effect: number | null
  readonly interval: readonly [low: number, high: number] | null
  /** Adjusted for the family. */
  readonly p: number | null
  /** Smallest ratio that this many rounds would have shown. */
  readonly detectable: number | null
  /** Log ratio of each round, in order; `null` where there are no rounds. */
  readonly rounds: readonly number[] | null
  readonly outcome: Outcome
}

/** Whether the time could be had at all. */
export interface Outcome {
  readonly kind: 'measured' | 'broke' | 'fixed' | 'failed in both' | 'missing'
  readonly reason: string
}

export function spreadOf(metric: TimedMetric, runs: readonly RunFacts[]): Spread | null {
  const seconds = runs.map(run => metric.of(run).seconds).filter(value => value !== null)
  if (seconds.length === 0) return null
  return {
    runs: seconds.length,
    median: median(seconds),
    least: Math.min(...seconds),
    most: Math.max(...seconds),
  }
}

/** A failure is a finding, not a time: it is never imputed. */
export function outcomeOf(
  metric: TimedMetric,
  a: readonly RunFacts[],
  b: readonly RunFacts[],
): Outcome {
  const [x, y] = [failuresOf(metric, a), failuresOf(metric, b)]
  if (x.length > 0 && y.length > 0)
    return { kind: 'failed in both', reason: `failed on both sides; B: ${y[0]}` }
  if (y.length > 0)
    return { kind: 'broke', reason: `failed in ${y.length} of ${b.length}: ${y[0]}` }
  if (x.length > 0)
    return { kind: 'fixed', reason: `failed in ${x.length} of ${a.length} runs of A: ${x[0]}` }
  const known = [a, b].every(runs => runs.some(run => metric.of(run).seconds !== null))
  return known
    ? { kind: 'measured', reason: '' }
    : { kind: 'missing', reason: 'no time on one side' }
}

function failuresOf(metric: TimedMetric, runs: readonly RunFacts[]): string[] {
  return runs.map(run => metric.of(run).failure).filter(failure => failure !== null)
}
