import type { RunMetrics } from '../../src/contracts/metrics'
import type { Audit } from './audit'
import { ageOver } from './freshness'
import { middle, sumOf } from './numbers'

/** The scores of a window, each from its definition. */
export function checkWindowScores(audit: Audit, metrics: RunMetrics): void {
  const { streaming, benchmark_rounds: rounds, continuous } = metrics
  const window = continuous!.window_seconds
  const score = (name: string, value: number | null, decimals: number) =>
    audit.rounded(`pipeline_benchmark.scores.${name}`, value, decimals)
  const within = streaming.map(stream => stream.batches.filter(batch => batch.at <= window))
  const rows = within.map(batches => sumOf(batches.map(batch => batch.input_rows)))
  const [bronze] = streaming
  const gold = streaming.find(stream => stream.job_name === 'gold-refresh')!.batches
  const age = ageOver(
    gold.map(({ at, through }) => ({ at, through: through! })),
    window,
  )
  score('data_freshness_seconds', age?.max ?? null, 2)
  score('freshness_p50_seconds', age?.p50 ?? null, 2)
  score('freshness_p95_seconds', age?.p95 ?? null, 2)
  score('query_time_freshness_seconds', middle(rounds.map(round => round.gold_freshness_seconds!)), 2)
  score('total_rows_processed', sumOf(rows), 0)
  score('sustained_throughput_rps', sumOf(rows) / window, 1)
  score('ingest_throughput_rps', rows[0]! / window, 1)
  const means = within.map(batches => (1000 * sumOf(batches.map(batch => batch.seconds))) / batches.length)
  score('end_to_end_latency_ms', sumOf(means), 1)
  const qph = rounds.map(round => round.qph!)
  score('composite_qph', middle(qph), 1)
  score('in_stream_composite_qph', middle(qph), 1)
  const half = Math.floor(qph.length / 2)
  const fall = qph.length < 4 ? null : (1 - middle(qph.slice(half)) / middle(qph.slice(0, half))) * 100
  score('qph_degradation_pct', fall, 2)
  score('backlog_growth_rps', growth(continuous!.samples), 1)
  const longest = Math.max(...within[0]!.map(batch => batch.seconds))
  const cut = window - bronze!.trigger_interval_seconds - longest
  const due = sumOf(continuous!.landings.filter(landing => landing.at <= cut).map(landing => landing.rows!))
  score('ingest_ratio', Math.min(1, rows[0]! / due), 4)
}

/** Slope of what waits over the later half of the samples: covariance by variance. */
function growth(samples: NonNullable<RunMetrics['continuous']>['samples']): number {
  const late = samples.slice(Math.floor(samples.length / 2))
  const x = late.map(sample => sample.at)
  const y = late.map(sample => sample.bronze_backlog_rows! + sample.silver_backlog_rows!)
  const n = late.length
  const products = sumOf(x.map((value, i) => value * y[i]!))
  const squares = sumOf(x.map(value => value * value))
  return (n * products - sumOf(x) * sumOf(y)) / (n * squares - sumOf(x) ** 2)
}
