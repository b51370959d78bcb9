import type { Mark, RunMetrics } from '../../contracts/metrics'
import { median } from '../statistics/moments'
import { formatNumber } from './text'

type MarkInput = Pick<RunMetrics, 'benchmark' | 'corpus' | 'pipeline_benchmark'>
type Stage = RunMetrics['pipeline_benchmark']['stages'][number]

/** A pass that ranks is at least this long, seconds; the proposed scale aims above it, as times grow less than the data. */
const RANKABLE = { seconds: 1, margin: 1.2 }
/** Share of a stage's time that others took of its processors, from which it is said. */
const NOT_QUIET = 0.1
/** Shorter stages are a few ticks of the counters. */
const LEAST_SECONDS = 0.5
/** Stages whose times are a result. */
const TIMED = ['bronze-verify', 'silver-build', 'gold-finalize', 'benchmark', 'continuous']

/** Marks that limit the worth of a run's numbers and do not make them invalid. Pure. */
export function marksOf(metrics: MarkInput): Mark[] {
  const { stages } = metrics.pipeline_benchmark
  const disturbed = stages
    .filter(s => TIMED.includes(s.stage_name))
    .flatMap(stage => disturbance(stage) ?? [])
  const found: (Mark | null)[] = [
    tooShort(metrics),
    outliers(metrics.benchmark),
    disturbed.length > 0 ? { mark: 'machine-not-quiet', detail: `${disturbed.join('; ')}.` } : null,
  ]
  return found.filter(mark => mark !== null)
}

function tooShort({ benchmark, corpus }: MarkInput): Mark | null {
  if (!benchmark?.too_short_to_rank) return null
  const { total_seconds } = benchmark
  const scale = corpus?.scale ?? null
  const enough = scale === null || total_seconds <= 0 ? null : sufficientScale(scale, total_seconds)
  const remedy =
    enough === null
      ? 'Measure on more data.'
      : `Scale ${enough} should do, reckoned from the time at scale ${formatNumber(scale)}.`
  return {
    mark: 'too-short-to-rank',
    detail: `one pass of the queries takes ${formatNumber(total_seconds)} s; below ${RANKABLE.seconds} s, start-up and scheduling decide it. ${remedy}`,
  }
}

/** Scale at which a pass would take long enough, rounded up to one significant digit. */
export function sufficientScale(scale: number, passSeconds: number): number {
  const needed = (scale * RANKABLE.seconds * RANKABLE.margin) / passSeconds
  const unit = 10 ** Math.floor(Math.log10(needed))
  return Number((Math.ceil(needed / unit) * unit).toPrecision(1))
}

function outliers(benchmark: RunMetrics['benchmark']): Mark | null {
  if (!benchmark?.outliers) return null
  const hit = benchmark.queries.filter(query => query.outliers)
  const samples = benchmark.queries.reduce(
    (sum, query) => sum + query.samples.filter(s => s.stream === 0).length,
    0,
  )
  const named = hit.map(query => {
    const seconds = query.samples.filter(s => s.stream === 0).map(s => s.engine_seconds)
    return `${query.name}: ${query.outliers}, at most ${formatNumber(Math.max(...seconds))} s, median ${formatNumber(median(seconds))} s`
  })
  return {
    mark: 'outliers',
    detail: `${benchmark.outliers} of ${samples} samples lie far above the others of their query (${named.join('; ')}): a pause, or a core that others took. The medians hardly move.`,
  }
}

/** How much of a stage's time others took, in words; `null` where it is little, or not known. */
function disturbance({ stage_name, conditions }: Stage): string | null {
  if (!conditions || conditions.during.seconds < LEAST_SECONDS) return null
  const { cores, before, during } = conditions
  const { seconds, steal_seconds, throttled_seconds, cpu_seconds, run_queue_seconds } = during
  const shares: [number | null, string][] = [
    [
      steal_seconds === null ? null : steal_seconds / (cores * seconds),
      'of the processors was stolen by the host',
    ],
    [
      throttled_seconds === null ? null : throttled_seconds / seconds,
      'of the time the CPU limit held it back',
    ],
    [
      waitingShare(seconds, cpu_seconds, run_queue_seconds),
      'of the time its threads wanted to run they waited',
    ],
  ]
  const told = shares.flatMap(([share, what]) =>
    share !== null && share >= NOT_QUIET ? [`${Math.round(share * 100)} % ${what}`] : [],
  )
  if (told.length === 0) return null
  const load =
    before.load_1m === null
      ? ''
      : ` (load ${formatNumber(before.load_1m)} on ${cores} cores before it)`
  return `${stage_name}: ${told.join(', ')}${load}`
}

/** A process that mostly sleeps waits for moments only, whatever share of its work they are. */
function waitingShare(seconds: number, cpu: number | null, waited: number | null): number | null {
  if (cpu === null || waited === null || cpu + waited === 0) return null
  return Math.min(waited / (cpu + waited), waited / seconds)
}
