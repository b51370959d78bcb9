import type { BenchmarkRound } from '../contracts/benchmark-metrics'
import type { StreamMetrics } from '../contracts/continuous-metrics'
import type { EventMap } from '../contracts/events'
import type { RunMetrics } from '../contracts/metrics'
import { qphText } from '../results/scorecard/text'
import { formatCompact, formatDuration, formatNumber } from '../shared/format'
import { oneLine, type TextColumn, textTable } from './terminal'

type Progress = EventMap['stream:progress']

const STREAMS = ['bronze-ingest', 'silver-stream', 'gold-refresh'] as const

/** The state of a continuous run on one line of at most `width` columns; the least important parts go first. */
export function windowLine(event: Progress, width: number): string {
  const parts = windowParts(event)
  while (parts.length > 1 && parts.join('  ').length + 2 > width) parts.pop()
  return `  ${parts.join('  ')}`.slice(0, width)
}

/** The same for a log. */
export const plainWindow = (event: Progress): string => windowParts(event).join(', ')

function windowParts(e: Progress): string[] {
  const clock =
    e.phase === 'drain'
      ? 'draining'
      : `${minutes(e.elapsed_seconds)} of ${minutes(e.planned_seconds)}`
  const age =
    e.staleness_seconds === null ? 'no gold yet' : `gold ${Math.round(e.staleness_seconds)} s old`
  const rate = (value: number | null) => (value === null ? '–' : formatCompact(Math.round(value)))
  const rates = `${STREAMS.map(s => rate(e.rows_per_second[s])).join(' → ')} rows/s`
  const waits = [e.bronze_backlog_rows, e.silver_backlog_rows].map(rate).join(' + ')
  const next = e.next_round_at === null ? [] : [roundIn(e.next_round_at - e.elapsed_seconds)]
  return [clock, age, rates, ...next, `waiting ${waits} rows`]
}

const roundIn = (seconds: number) =>
  seconds > 0 ? `round in ${Math.ceil(seconds)} s` : 'round due'

const minutes = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

/** Line of a benchmark round that is over. */
export function roundLine(event: EventMap['round:end']): string {
  const age = event.gold_freshness_seconds
  const parts = [
    event.qph === null
      ? `no QpH (${oneLine(event.invalid_reasons.join('; '))})`
      : `${qphText(event.qph, null)} QpH`,
    `in ${formatDuration(event.duration_ms / 1000)}`,
    ...(age === null ? [] : [`gold ${Math.round(age)} s old`]),
    ...(event.q9_contention ? ['Q9 had to be tried again'] : []),
  ]
  return `round ${event.round}: ${parts.join(', ')}`
}

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
