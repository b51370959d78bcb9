import type { EventMap } from '../contracts/events'
import { qphText } from '../results/scorecard/text'
import { formatCompact, formatDuration } from '../shared/format'
import { oneLine } from './terminal'

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

/** What came of a benchmark round. */
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
