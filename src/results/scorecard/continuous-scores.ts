import {
  type BenchmarkRound,
  type ContinuousScores,
  NO_CONTINUOUS_SCORES,
  type StreamBatch,
  type StreamMetrics,
  type WindowSample,
} from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { median } from '../statistics/moments'
import { type Freshness, freshnessOf } from './freshness'
import { filesWaiting, followLandings, landingToGold, stalenessOf } from './landing-to-gold'
import { trendOf } from './trend'

/** The parts of a record that continuous scores are made of. */
export type ContinuousInput = Pick<RunMetrics, 'streaming' | 'benchmark_rounds' | 'continuous'>

/** Below this ratio the streams do not keep up. Source: the product page, `ingest_ratio < 0.95`. */
const SATURATED_BELOW = 0.95
/** Fewer rounds show no trend. */
const ROUNDS_FOR_A_TREND = 4
/** Fewer triggers of bronze leave too much to the last one. Source: issue 17. */
const TRIGGERS_FOR_A_RATIO = 20
/** Standard errors by which a growth must differ from 0, and the share of what is offered that it must come to. */
const GROWS = { standardErrors: 2, share: 1 - SATURATED_BELOW }

/**
 * Scores of the window, from what was committed in it; draining after it counts for nothing.
 *
 * - freshness: age of gold over time (`freshness.ts`); `data_freshness_seconds` is its maximum
 * - `query_time_freshness_seconds`: median of gold's age at the start of each round
 * - `total_rows_processed`: rows the three streams took in, gold's repeated reading of silver included, as on the page
 * - `sustained_throughput_rps`: the former ÷ the window; `ingest_throughput_rps`: new rows into bronze ÷ the window
 * - `landing_to_gold_…`: seconds from a file's landing to the commit of gold that shows its rows, over files
 * - `staleness_…`: how long the oldest row that gold does not show has been waiting, 0 where there is none
 * - `end_to_end_latency_ms`: sum of the three mean batch times: processing time, without waiting
 * - `ingest_ratio`: of the rows of files that landed early enough to be taken, the share that is in bronze; see `ingestFiles`
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
  const followed = followLandings(metrics)
  const toGold = landingToGold(followed, window)
  const staleness = stalenessOf(followed, continuous)
  const growth = trendOf(backlogPoints(continuous.samples))
  return {
    data_freshness_seconds: freshness?.max ?? null,
    freshness_p50_seconds: freshness?.p50 ?? null,
    freshness_p95_seconds: freshness?.p95 ?? null,
    query_time_freshness_seconds: medianOrNull(rounds.flatMap(r => r.gold_freshness_seconds ?? [])),
    sustained_throughput_rps: total === null ? null : total / window,
    ingest_throughput_rps: bronze ? rowsIn(inWindow(bronze.batches, window)) / window : null,
    in_stream_composite_qph: medianOrNull(qph),
    end_to_end_latency_ms:
      latencies.length === 0 || latencies.includes(null)
        ? null
        : latencies.reduce<number>((a, b) => a + b!, 0),
    total_rows_processed: total,
    landing_to_gold_p50_seconds: toGold?.p50 ?? null,
    landing_to_gold_p95_seconds: toGold?.p95 ?? null,
    landing_to_gold_max_seconds: toGold?.max ?? null,
    files_waiting_for_gold: followed.length === 0 ? null : filesWaiting(followed, window),
    staleness_p95_seconds: staleness?.p95 ?? null,
    staleness_max_seconds: staleness?.max ?? null,
    query_time_staleness_seconds: medianOrNull(rounds.flatMap(r => r.gold_staleness_seconds ?? [])),
    ingest_ratio: ingestRatio(metrics),
    backlog_growth_rps: growth?.slope ?? null,
    backlog_growth_stderr_rps: growth?.standardError ?? null,
    qph_degradation_pct: degradation(qph),
  }
}

/**
 * Whether the streams fell behind what landed: too few of the rows that could be in bronze are, or what waits grows by more than
 * chance and by as much as the ratio allows. `null` where neither can be told.
 */
export function isSaturated(metrics: ContinuousInput): boolean | null {
  const {
    ingest_ratio,
    backlog_growth_rps: growth,
    backlog_growth_stderr_rps: error,
  } = continuousScores(metrics)
  const offered = metrics.continuous?.producer.offered_rows_per_second ?? null
  const told = growth !== null && error !== null && offered !== null
  const grows = told && growth > GROWS.standardErrors * error && growth >= GROWS.share * offered
  if (ingest_ratio === null && !told) return null
  return (ingest_ratio !== null && ingest_ratio < SATURATED_BELOW) || grows
}

export function goldFreshness({ streaming, continuous }: ContinuousInput): Freshness | null {
  const gold = streaming.find(s => s.job_name === 'gold-refresh')
  if (!gold || !continuous) return null
  const commits = gold.batches.flatMap(b =>
    b.through === null ? [] : [{ at: b.at, through: b.through }],
  )
  return freshnessOf(commits, 0, continuous.window_seconds)
}

/** Files that the ingest ratio is of, and how many of their rows bronze has. */
export interface IngestFiles {
  /** Second of the window up to which a file had to land. */
  readonly cut: number
  readonly landed_rows: number
  readonly taken_rows: number
}

/**
 * A file that lands just after a trigger waits for the next one, or for the batch under way where that takes longer, and then for its
 * own batch. The length of a batch is the median, or that of the last one begun in the window, should it be longer. Or the reason
 * why there is no ratio.
 */
export function ingestFiles(metrics: ContinuousInput): IngestFiles | string {
  const { continuous } = metrics
  const bronze = bronzeOf(metrics)
  if (!continuous || !bronze) return 'there was no bronze stream'
  if (continuous.resumed > 0)
    return 'the run was resumed, and in which part a file landed nobody counted'
  if (continuous.producer.produced_rows === null) return 'nobody counted what landed'
  const { window_seconds: window, landings } = continuous
  const triggers = Math.floor(window / bronze.trigger_interval_seconds)
  if (triggers < TRIGGERS_FOR_A_RATIO)
    return `the window has ${triggers} triggers of bronze, and below ${TRIGGERS_FOR_A_RATIO} the last one decides`
  const begun = bronze.batches.filter(b => b.at - b.seconds <= window).map(b => b.seconds)
  const batch = begun.length === 0 ? 0 : Math.max(median(begun), begun.at(-1)!)
  const cut = window - Math.max(bronze.trigger_interval_seconds, batch) - batch
  const numbers = new Set(inWindow(bronze.batches, window).map(b => b.batch))
  const due = landings.filter(l => l.noted === 'made' && l.left_out_at === null && l.at <= cut)
  const rows = (of: typeof due) => of.reduce((sum, l) => sum + (l.rows ?? 0), 0)
  const landed_rows = rows(due)
  if (landed_rows === 0) return 'no file landed early enough to be taken'
  return {
    cut,
    landed_rows,
    taken_rows: rows(due.filter(l => numbers.has(l.bronze_batch ?? Number.NaN))),
  }
}

function ingestRatio(metrics: ContinuousInput): number | null {
  const files = ingestFiles(metrics)
  return typeof files === 'string' ? null : files.taken_rows / files.landed_rows
}

/** Rows that wait, over the second half of the window, when the streams are in their stride. */
export function backlogPoints(
  samples: readonly WindowSample[],
): (readonly [at: number, rows: number])[] {
  const points = samples.flatMap(({ at, bronze_backlog_rows: b, silver_backlog_rows: s }) =>
    b === null || s === null ? [] : [[at, b + s] as const],
  )
  return points.slice(points.length >> 1)
}

function degradation(qph: readonly number[]): number | null {
  if (qph.length < ROUNDS_FOR_A_TREND) return null
  const half = qph.length >> 1
  return (1 - median(qph.slice(half)) / median(qph.slice(0, half))) * 100
}

const validQph = (rounds: readonly BenchmarkRound[]) =>
  rounds.flatMap(r => (r.valid && r.qph !== null && r.qph > 0 ? [r.qph] : []))

export const bronzeOf = ({
  streaming,
}: Pick<ContinuousInput, 'streaming'>): StreamMetrics | undefined =>
  streaming.find(s => s.job_name === 'bronze-ingest')

export const inWindow = (batches: readonly StreamBatch[], window: number): readonly StreamBatch[] =>
  batches.filter(b => b.at <= window)

export const rowsIn = (batches: readonly StreamBatch[]): number =>
  batches.reduce((sum, b) => sum + b.input_rows, 0)

/** `null` where the stream committed nothing in the window. */
export const meanBatchMilliseconds = ({ batches }: StreamMetrics, window: number): number | null =>
  mean(inWindow(batches, window).map(b => b.seconds * 1000))

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length

const medianOrNull = (values: readonly number[]): number | null =>
  values.length === 0 ? null : median(values)
