import type { BenchmarkRound } from '../contracts/benchmark-metrics'
import type { StreamMetrics } from '../contracts/continuous-metrics'
import type { RunMetrics } from '../contracts/metrics'
import { qphText } from '../results/scorecard/text'
import { formatNumber } from '../shared/format'
import { type TextColumn, textTable } from './text-table'

const right = (label: string): TextColumn => ({ label, align: 'right' })
const known = (value: number | null, decimals: number) =>
  value === null ? '–' : formatNumber(value, decimals)

/** The streams and the benchmark rounds of a continuous run; nothing for a batch run. */
export function windowTables({ continuous, streaming, benchmark_rounds }: RunMetrics): string[] {
  if (!continuous) return []
  const rounds = benchmark_rounds.length > 0 ? roundTable(benchmark_rounds) : ''
  return [streaming.length > 0 ? streamTable(streaming) : '', rounds].filter(block => block !== '')
}

function streamTable(streams: readonly StreamMetrics[]): string {
  return textTable(
    [
      { label: 'stream' },
      right('batches'),
      right('rows'),
      right('rows/s'),
      right('batch ms'),
      right('longest'),
      right('busy %'),
    ],
    streams.map(s => [
      s.job_name,
      formatNumber(s.total_batches, 0),
      formatNumber(s.total_rows_processed, 0),
      known(s.throughput_rps, 0),
      known(s.micro_batch_duration_ms, 0),
      known(s.micro_batch_max_ms, 0),
      known(s.busy === null ? null : s.busy * 100, 0),
    ]),
  )
}

function roundTable(rounds: readonly BenchmarkRound[]): string {
  const names = rounds[0]!.queries.map(q => q.name)
  const ms = (round: BenchmarkRound, name: string) => {
    const seconds = round.queries.find(q => q.name === name)?.engine_seconds ?? null
    return seconds === null ? 'failed' : formatNumber(seconds * 1000, 0)
  }
  return textTable(
    [
      right('round'),
      right('at s'),
      right('QpH'),
      ...names.map(n => right(`${n} ms`)),
      right('gold age s'),
      { label: 'Q9' },
    ],
    rounds.map(r => [
      String(r.round),
      formatNumber(r.at, 0),
      r.qph === null ? '–' : qphText(r.qph, null),
      ...names.map(name => ms(r, name)),
      known(r.gold_freshness_seconds, 1),
      contention(r),
    ]),
  )
}

function contention({ q9_contention_observed, q9_retry_used, q9_retries }: BenchmarkRound): string {
  if (!q9_contention_observed) return 'at once'
  return q9_retry_used ? `at try ${q9_retries + 1}` : `failed ${q9_retries + 1} times`
}
