import type {
  ContinuousMetrics,
  StreamBatch,
  StreamMetrics,
  WindowSample,
} from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { median, type Trend, trendOf } from '../statistics/moments'
import {
  type Followed,
  type Freshness,
  followLandings,
  freshnessOf,
  landingToGold,
  secondsToGold,
  stalenessOf,
  type VisibleThrough,
} from './freshness'

/** The parts of a record that the scores of a window are made of. */
export type WindowInput = Pick<RunMetrics, 'streaming' | 'benchmark_rounds' | 'continuous'>

/** Below this ratio the streams do not keep up. Source: the product page, `ingest_ratio < 0.95`. */
const SATURATED_BELOW = 0.95
/** Fewer triggers of bronze leave too much to the last one. Source: issue 17. */
const TRIGGERS_FOR_A_RATIO = 20
/** Standard errors by which a growth must differ from 0, and the share of what is offered that it must come to. */
const GROWS = { standardErrors: 2, share: 1 - SATURATED_BELOW }

/** Facts that several scores of a window are made of. Nothing after the window, while draining, counts. */
export interface WindowFacts {
  /** Its length, seconds; 0 for a batch run. */
  readonly window: number
  /** Rows that each stream took in, by `<stream>.input_rows`; gold's repeated reading of silver included, as on the product page. */
  readonly taken: Readonly<Record<string, number>>
  /** Commits of gold in the window that tell how new their data is. */
  readonly commits: readonly VisibleThrough[]
  /** Age of gold over time; `null` without a commit. */
  readonly age: Freshness | null
  /** Raw files, each with the moment it came to gold. */
  readonly followed: readonly Followed[]
  /** Seconds from landing to gold, of each file that came there in the window. */
  readonly secondsToGold: readonly number[]
  readonly toGold: Freshness | null
  /** How long the oldest row that gold does not show has been waiting, over time. */
  readonly staleness: Freshness | null
  /** Files of the ingest ratio, or why there is none. */
  readonly ingest: IngestFiles | string
  /** Rows that wait, over the second half of the window. */
  readonly backlog: readonly (readonly [at: number, rows: number])[]
  readonly growth: Trend | null
  /** QpH of the valid rounds, in order. */
  readonly qph: readonly number[]
}

export function windowFacts(metrics: WindowInput): WindowFacts {
  const { continuous, streaming, benchmark_rounds: rounds } = metrics
  const window = continuous?.window_seconds ?? 0
  const followed = followLandings(metrics)
  const toGold = secondsToGold(followed, window)
  const visible = (streamOf(metrics, 'gold-refresh')?.batches ?? []).flatMap(({ at, through }) =>
    through === null ? [] : [{ at, through }],
  )
  const backlog = continuous ? backlogPoints(continuous.samples) : []
  return {
    window,
    taken: Object.fromEntries(
      streaming.map(s => [`${s.job_name}.input_rows`, rowsIn(inWindow(s.batches, window))]),
    ),
    commits: inWindow(visible, window),
    age: freshnessOf(visible, 0, window),
    followed,
    secondsToGold: toGold,
    toGold: landingToGold(toGold),
    staleness: stalenessOf(followed, window),
    ingest: ingestFiles(metrics),
    backlog,
    growth: trendOf(backlog),
    qph: rounds.flatMap(r => (r.valid && r.qph !== null && r.qph > 0 ? [r.qph] : [])),
  }
}

/**
 * Whether the streams fell behind what landed: too few of the rows that could be in bronze are, or what waits grows by more than
 * chance and by as much as the ratio allows. `null` where neither can be told.
 */
export function isSaturated(metrics: WindowInput): boolean | null {
  if (!metrics.continuous || metrics.continuous.window_seconds <= 0) return null
  const { ingest, growth } = windowFacts(metrics)
  const ratio = ingestRatio(ingest)
  const error = growth?.standardError ?? null
  const offered = metrics.continuous.producer.offered_rows_per_second
  const told = growth !== null && error !== null && offered !== null
  const grows =
    told && growth.slope > GROWS.standardErrors * error && growth.slope >= GROWS.share * offered
  if (ratio === null && !told) return null
  return (ratio !== null && ratio < SATURATED_BELOW) || grows
}

/** Whether something that is for runs of one mode, or of both, is for this one. */
export const appliesTo = (
  mode: RunMetrics['mode'] | undefined,
  { continuous }: Pick<RunMetrics, 'continuous'>,
): boolean => mode === undefined || (mode === 'continuous') === (continuous !== null)

/** Files that the ingest ratio is of, and how many of their rows bronze has. */
export interface IngestFiles {
  /** Second of the window up to which a file had to land. */
  readonly cut: number
  readonly landed_rows: number
  readonly taken_rows: number
}

export const ingestRatio = (ingest: IngestFiles | string): number | null =>
  typeof ingest === 'string' ? null : ingest.taken_rows / ingest.landed_rows

/**
 * A file that lands just after a trigger waits for the next one, or for the batch under way where that takes longer, and then for its
 * own batch. The length of a batch is the median, or that of the last one begun in the window, should it be longer. Or the reason
 * why there is no ratio.
 */
function ingestFiles(metrics: WindowInput): IngestFiles | string {
  const { continuous } = metrics
  const bronze = streamOf(metrics, 'bronze-ingest')
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
  const rows = (of: ContinuousMetrics['landings']) => of.reduce((sum, l) => sum + (l.rows ?? 0), 0)
  const landed_rows = rows(due)
  if (landed_rows === 0) return 'no file landed early enough to be taken'
  return {
    cut,
    landed_rows,
    taken_rows: rows(due.filter(l => numbers.has(l.bronze_batch ?? Number.NaN))),
  }
}

/** Over the second half of the window, when the streams are in their stride. */
function backlogPoints(samples: readonly WindowSample[]): WindowFacts['backlog'] {
  const points = samples.flatMap(({ at, bronze_backlog_rows: b, silver_backlog_rows: s }) =>
    b === null || s === null ? [] : [[at, b + s] as const],
  )
  return points.slice(points.length >> 1)
}

export const streamOf = (
  { streaming }: Pick<RunMetrics, 'streaming'>,
  name: string,
): StreamMetrics | undefined => streaming.find(s => s.job_name === name)

export const inWindow = <T extends { readonly at: number }>(
  batches: readonly T[],
  window: number,
): readonly T[] => batches.filter(b => b.at <= window)

const rowsIn = (batches: readonly StreamBatch[]): number =>
  batches.reduce((sum, b) => sum + b.input_rows, 0)

/** Mean milliseconds of a stream's batches; `null` where it committed nothing in the window. */
export function meanBatchMilliseconds({ batches }: StreamMetrics, window: number): number | null {
  const times = inWindow(batches, window).map(b => b.seconds * 1000)
  return divide(sum(times), times.length)
}

/** `null` for nothing, and where one of the values is unknown. */
export function sum(values: readonly (number | null)[]): number | null {
  return values.length === 0 || values.includes(null)
    ? null
    : values.reduce<number>((total, value) => total + value!, 0)
}

export function divide(value: number | null, by: number | null): number | null {
  return value === null || by === null || by <= 0 ? null : value / by
}
