import type { BenchmarkRound } from '../../contracts/benchmark-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { qphText } from '../../results/scorecard/text'
import { formatDuration, formatNumber } from '../../shared/format'
import type { Course } from '../chart-data'
import type { Charts } from '../charts'
import { type Html, type HtmlValue, html } from '../html'
import { absent, mark, section, shown, table } from '../parts'

const TITLE = 'In-Stream Benchmark Rounds'

/** Every round in the window, query by query, with the medians. Nothing for a batch run. */
export function roundsSection(metrics: RunMetrics, charts: Charts): Html | null {
  const { continuous, benchmark_rounds: rounds, benchmark, pipeline_benchmark } = metrics
  if (!continuous) return null
  if (rounds.length === 0)
    return section(
      'rounds',
      TITLE,
      absent(`No round was run: ${continuous.rounds.ended ?? 'the run ended before'}.`),
    )
  const end = Math.max(1, continuous.window_seconds, ...rounds.map(r => r.at))
  const points = (value: (r: BenchmarkRound) => number | null) =>
    rounds.flatMap(r => {
      const known = value(r)
      return known === null ? [] : [{ at: r.at, value: known }]
    })
  const { scores } = pipeline_benchmark
  const names = rounds[0]!.queries.map(q => q.name)
  const dots = (course: Course, title: string) => {
    if (course.points.length === 0) return null
    const values = course.points.map(({ value }) => value)
    const finding = `From ${course.format(Math.min(...values))} to ${course.format(Math.max(...values))}.`
    return charts.course({ ...course, dots: true }, { title, finding })
  }
  return section(
    'rounds',
    TITLE,
    html`<p>First after ${formatDuration(continuous.rounds.warmup_seconds)}, then ${formatDuration(continuous.rounds.interval_seconds)} after each; no further one, since ${continuous.rounds.ended ?? 'the run was still going on'}.</p>`,
    table({
      caption:
        'Engine time of each query, a row a round. The last row has the medians of the valid rounds.',
      columns: [
        { label: 'Round' },
        { label: 'at', kind: 'number' },
        { label: 'QpH', kind: 'number' },
        ...names.map(name => ({ label: name, kind: 'number' as const })),
        { label: 'Age of gold', kind: 'number' },
        { label: 'Q9', kind: 'note' },
      ],
      rows: [
        ...rounds.map(r => roundRow(r, names)),
        medianRow(benchmark, names, scores.query_time_freshness_seconds),
      ],
    }),
    dots(
      { points: points(r => r.qph), end, label: 'QpH', format: v => formatNumber(v, 0) },
      'Queries an hour of each round',
    ),
    dots(
      {
        points: points(r => r.gold_freshness_seconds),
        end,
        label: 'age of gold',
        format: formatDuration,
      },
      'Age of gold when each round began',
    ),
  )
}

function roundRow(round: BenchmarkRound, names: readonly string[]): HtmlValue[] {
  return [
    String(round.round),
    formatDuration(round.at),
    shown(round.qph, v => qphText(v, null)),
    ...names.map(name => {
      const query = round.queries.find(q => q.name === name)
      if (!query?.success) return mark('bad', 'failed')
      return shown(query.engine_seconds, formatDuration)
    }),
    shown(round.gold_freshness_seconds, formatDuration),
    contention(round),
  ]
}

/** The benchmark of a continuous run is the medians of its rounds. */
function medianRow(
  benchmark: RunMetrics['benchmark'],
  names: readonly string[],
  freshness: number | null,
): HtmlValue[] {
  const seconds = (name: string) => benchmark?.queries.find(q => q.name === name)?.engine_seconds
  return [
    'median',
    null,
    shown(benchmark?.qph, v => qphText(v, benchmark?.qph_interval ?? null)),
    ...names.map(name => shown(seconds(name), formatDuration)),
    shown(freshness, formatDuration),
    null,
  ]
}

function contention({
  q9_contention_observed,
  q9_retry_used,
  q9_retries,
}: BenchmarkRound): HtmlValue {
  if (!q9_contention_observed) return mark('ok', 'at once')
  return q9_retry_used
    ? mark('unsure', `at try ${q9_retries + 1}`)
    : mark('bad', `failed ${q9_retries + 1} times`)
}
