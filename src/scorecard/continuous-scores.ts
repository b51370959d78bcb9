import {
  type BenchmarkRound,
  type ContinuousMetrics,
  type ContinuousScores,
  NO_CONTINUOUS_SCORES,
  type StreamBatch,
  type StreamMetrics,
  type WindowSample,
} from '../contracts/continuous-metrics'
import type { RunMetrics } from '../contracts/metrics'
import { median } from '../statistics/moments'
import { type Freshness, freshnessOf } from './freshness'

/** The parts of a record that continuous scores are made of. */
export type ContinuousInput = Pick<RunMetrics, 'streaming' | 'benchmark_rounds' | 'continuous'>

/** Below this ratio the streams do not keep up. Source: the product page, `ingest_ratio < 0.95`. */
const SATURATED_BELOW = 0.95
/** Fewer rounds show no trend. */
const ROUNDS_FOR_A_TREND = 4
const SAMPLES_FOR_A_TREND = 4

/**
 * Scores of the window, from what was committed in it; draining after it counts for nothing.
 *
 * - freshness: age of gold over time (`freshness.ts`); `data_freshness_seconds` is its maximum
 * - `query_time_freshness_seconds`: median of gold's age at the start of each round
 * - `total_rows_processed`: rows the three streams took in, gold's repeated reading of silver included, as on the page
 * - `sustained_throughput_rps`: the former ÷ the window; `ingest_throughput_rps`: new rows into bronze ÷ the window
 * - `end_to_end_latency_ms`: sum of the three mean batch times
 * - `ingest_ratio`: rows in bronze ÷ rows landed by one bronze trigger before the end; unknown where nobody counted them
 * - `qph_degradation_pct`: (1 − median of the later half ÷ median of the earlier half) × 100, from four valid rounds on
 */
export function continuousScores(metrics: ContinuousInput): ContinuousScores {
  const { continuous, streaming, benchmark_rounds: rounds } = metrics
  if (!continuous || continuous.window_seconds <= 0) return NO_CONTINUOUS_SCORES
  const window = continuous.window_seconds
  const freshness = goldFreshness(metrics)
  const taken = streaming.map(stream => rowsIn(inWindow(stream.batches, window)))
  const total = streaming.length === 0 ? null : taken.reduce((a, b) => a + b, 0)
  const bronze = bronzeOf(metrics)
  const latencies = streaming.map(s => meanBatchMilliseconds(s, window))
  const qph = validQph(rounds)
  return {
    data_freshness_seconds: freshness?.max ?? null,
    freshness_p50_seconds: freshness?.p50 ?? null,
    freshness_p95_seconds: freshness?.p95 ?? null,
    query_time_freshness_seconds: medianOrNull(rounds.flatMap(r => r.gold_freshness_seconds ?? [])),
    sustained_throughput_rps: total === null ? null : total / window,
    ingest_throughput_rps: bronze ? rowsIn(inWindow(bronze.batches, window)) / window : null,
    in_stream_composite_qph: medianOrNull(qph),
    end_to_end_latency_ms:
      latencies.length === 0 || latencies.includes(null) ? null : latencies.reduce<number>((a, b) => a + b!, 0),
    total_rows_processed: total,
    ingest_ratio: ingestRatio(continuous, bronze),
    backlog_growth_rps: backlogGrowth(continuous.samples),
    qph_degradation_pct: degradation(qph),
  }
}

/** Whether the streams fell behind what was offered; `null` where nobody counted what was offered. */
export function isSaturated(metrics: ContinuousInput): boolean | null {
  const { ingest_ratio } = continuousScores(metrics)
  return ingest_ratio === null ? null : ingest_ratio < SATURATED_BELOW
}

export function goldFreshness({ streaming, continuous }: ContinuousInput): Freshness | null {
  const gold = streaming.find(s => s.job_name === 'gold-refresh')
  if (!gold || !continuous) return null
  const commits = gold.batches.flatMap(b => (b.through === null ? [] : [{ at: b.at, through: b.through }]))
  return freshnessOf(commits, 0, continuous.window_seconds)
}

/** What landed less than a trigger before the end could not be in bronze, however idle the streams were. */
function ingestRatio(continuous: ContinuousMetrics, bronze: StreamMetrics | undefined) {
  const { landings } = continuous
  if (!bronze || landings.length === 0 || continuous.producer.produced_rows === null) return null
  const taken = inWindow(bronze.batches, continuous.window_seconds)
  const longest = Math.max(0, ...taken.map(b => b.seconds))
  const cut = continuous.window_seconds - bronze.trigger_interval_seconds - longest
  const due = landings.reduce((sum, l) => sum + (l.at <= cut ? (l.rows ?? 0) : 0), 0)
  return due === 0 ? null : Math.min(1, rowsIn(taken) / due)
}

/** Slope of what waits, by least squares over the second half of the window, when the streams are in their stride. */
function backlogGrowth(samples: readonly WindowSample[]): number | null {
  const points = samples.flatMap(({ at, bronze_backlog_rows: b, silver_backlog_rows: s }) =>
    b === null || s === null ? [] : [[at, b + s] as const],
  )
  const late = points.slice(points.length >> 1)
  return late.length < SAMPLES_FOR_A_TREND ? null : slope(late)
}

/** Least squares; `null` where all points are of one moment. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number | null {
  const n = points.length
  const mx = points.reduce((sum, [x]) => sum + x, 0) / n
  const my = points.reduce((sum, [, y]) => sum + y, 0) / n
  const across = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  return across > 0 ? points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / across : null
}

function degradation(qph: readonly number[]): number | null {
  if (qph.length < ROUNDS_FOR_A_TREND) return null
  const half = qph.length >> 1
  return (1 - median(qph.slice(half)) / median(qph.slice(0, half))) * 100
}

const validQph = (rounds: readonly BenchmarkRound[]) =>
  rounds.flatMap(r => (r.valid && r.qph !== null && r.qph > 0 ? [r.qph] : []))

export const bronzeOf = ({ streaming }: Pick<ContinuousInput, 'streaming'>): StreamMetrics | undefined =>
  streaming.find(s => s.job_name === 'bronze-ingest')

export const inWindow = (batches: readonly StreamBatch[], window: number): readonly StreamBatch[] =>
  batches.filter(b => b.at <= window)

export const rowsIn = (batches: readonly StreamBatch[]): number => batches.reduce((sum, b) => sum + b.input_rows, 0)

/** `null` where the stream committed nothing in the window. */
export const meanBatchMilliseconds = ({ batches }: StreamMetrics, window: number): number | null =>
  mean(inWindow(batches, window).map(b => b.seconds * 1000))

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length

const medianOrNull = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values))
