import type { RunMetrics } from '../../src/contracts/metrics'
import type { Audit } from './audit'
import { ageOver, waitOver } from './freshness'
import { middle, sumOf } from './numbers'
import type { Wait } from './waits'

/** The scores of a window, each from its definition. */
export function checkWindowScores(audit: Audit, metrics: RunMetrics, waits: readonly Wait[]): void {
  const { streaming, benchmark_rounds: rounds, continuous } = metrics
  const window = continuous!.window_seconds
  const score = (name: string, value: number | null, decimals: number) =>
    audit.rounded(`pipeline_benchmark.scores.${name}`, value, decimals)
  const within = streaming.map(stream => stream.batches.filter(batch => batch.at <= window))
  const rows = within.map(batches => sumOf(batches.map(batch => batch.input_rows)))
  const gold = streaming.find(stream => stream.job_name === 'gold-refresh')!.batches
  const age = ageOver(
    gold.map(({ at, through }) => ({ at, through: through! })),
    window,
  )
  score('data_freshness_seconds', age?.max ?? null, 2)
  score('freshness_p50_seconds', age?.p50 ?? null, 2)
  score('freshness_p95_seconds', age?.p95 ?? null, 2)
  score(
    'query_time_freshness_seconds',
    middle(rounds.map(round => round.gold_freshness_seconds!)),
    2,
  )
  score('total_rows_processed', sumOf(rows), 0)
  score('sustained_throughput_rps', sumOf(rows) / window, 1)
  score('ingest_throughput_rps', rows[0]! / window, 1)
  const means = within.map(
    batches => (1000 * sumOf(batches.map(batch => batch.seconds))) / batches.length,
  )
  score('end_to_end_latency_ms', sumOf(means), 1)
  const qph = rounds.map(round => round.qph!)
  score('composite_qph', middle(qph), 1)
  score('in_stream_composite_qph', middle(qph), 1)
  const half = Math.floor(qph.length / 2)
  const fall =
    qph.length < 4 ? null : (1 - middle(qph.slice(half)) / middle(qph.slice(0, half))) * 100
  score('qph_degradation_pct', fall, 2)
  const { slope, error } = growth(continuous!.samples)
  score('backlog_growth_rps', slope, 1)
  score('backlog_growth_stderr_rps', error, 1)
  score('ingest_ratio', ingestRatio(metrics), 4)
  const shown = waits
    .flatMap(({ from, to }) => (to !== null && to <= window ? [to - from] : []))
    .sort((a, b) => a - b)
  const rank = (share: number) => shown[Math.ceil(share * shown.length) - 1]!
  score('landing_to_gold_p50_seconds', rank(0.5), 2)
  score('landing_to_gold_p95_seconds', rank(0.95), 2)
  score('landing_to_gold_max_seconds', rank(1), 2)
  score(
    'files_waiting_for_gold',
    waits.filter(wait => wait.from <= window).length - shown.length,
    0,
  )
  const wait = waitOver(waits, window)
  score('staleness_max_seconds', wait?.max ?? null, 2)
  score('staleness_p95_seconds', wait?.p95 ?? null, 2)
  score(
    'query_time_staleness_seconds',
    middle(rounds.map(round => round.gold_staleness_seconds!)),
    2,
  )
}

/** Of the rows that landed early enough, those in bronze: time for the next trigger, or the batch under way, and for a batch. */
function ingestRatio({ continuous, streaming }: RunMetrics): number | null {
  const window = continuous!.window_seconds
  const [bronze] = streaming
  const trigger = bronze!.trigger_interval_seconds
  if (window / trigger < 20) return null
  const begun = bronze!.batches
    .filter(batch => batch.at - batch.seconds <= window)
    .map(batch => batch.seconds)
  const batch = Math.max(middle(begun), begun.at(-1)!)
  const due = continuous!.landings.filter(
    landing => landing.at <= window - batch - Math.max(trigger, batch),
  )
  const rows = (landings: typeof due) => sumOf(landings.map(landing => landing.rows!))
  const taken = bronze!.batches.filter(b => b.at <= window).map(b => b.batch)
  return rows(due.filter(landing => taken.includes(landing.bronze_batch!))) / rows(due)
}

/**
 * Slope of what waits over the later half of the samples, and its standard error with as many samples counted as are independent by
 * the first autocorrelation of what the line leaves; none of fewer than six.
 */
function growth(samples: NonNullable<RunMetrics['continuous']>['samples']) {
  const late = samples.slice(Math.floor(samples.length / 2))
  const x = late.map(sample => sample.at)
  const y = late.map(sample => sample.bronze_backlog_rows! + sample.silver_backlog_rows!)
  const n = late.length
  const products = sumOf(x.map((value, i) => value * y[i]!))
  const squares = sumOf(x.map(value => value * value))
  const spread = squares - sumOf(x) ** 2 / n
  const slope = (products - (sumOf(x) * sumOf(y)) / n) / spread
  const left = y.map((value, i) => value - sumOf(y) / n - slope * (x[i]! - sumOf(x) / n))
  const noise = sumOf(left.map(value => value * value))
  const next = sumOf(left.map((value, i) => (i === 0 ? 0 : value * left[i - 1]!)))
  const r = Math.min(0.99, Math.max(0, next / noise))
  const independent = (n * (1 - r)) / (1 + r)
  return { slope, error: independent < 6 ? null : Math.sqrt(noise / (independent - 2) / spread) }
}
