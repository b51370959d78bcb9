import type { BenchmarkRound } from '../../contracts/benchmark-metrics'
import type { ContinuousMetrics, StreamMetrics } from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { qphText } from '../../results/scorecard/text'
import {
  formatCompact,
  formatCount,
  formatDuration,
  formatNumber,
  formatShare,
} from '../../shared/format'
import type { Course } from '../chart-data'
import type { Charts } from '../charts'
import { type Html, type HtmlValue, html } from '../html'
import { absent, list, mark, section, shown, table } from '../parts'

interface TimePoint {
  /** Seconds. */
  readonly at: number
  readonly value: number
}

/** The window of a continuous run: what each stream did, how old gold was, what waited. Nothing for a batch run. */
export function streamsSection(metrics: RunMetrics, charts: Charts): Html | null {
  const { continuous, streaming } = metrics
  if (!continuous) return null
  const end = Math.max(1, continuous.window_seconds)
  const age = ageOfGold(streaming, end)
  return section(
    'streams',
    'Streams',
    html`<p>${summary(metrics, continuous)}</p>`,
    table({
      caption: `Streams over ${formatDuration(continuous.window_seconds)}; gold reads silver whole each time, and each time counts.`,
      columns: [
        { label: 'Stream' },
        { label: 'Batches', kind: 'number' },
        { label: 'Rows', kind: 'number' },
        { label: 'Rows/s', kind: 'number' },
        { label: 'Batch, mean', kind: 'number' },
        { label: 'longest', kind: 'number' },
        { label: 'Trigger', kind: 'number' },
        { label: 'Busy', kind: 'number' },
        { label: 'Tried again', kind: 'number' },
        { label: 'Files compacted', kind: 'number' },
      ],
      rows: streaming.map(s => [
        html`<span class="name">${s.job_name}</span>`,
        formatCount(s.total_batches),
        formatCount(s.total_rows_processed),
        shown(s.throughput_rps, v => formatNumber(v, 0)),
        shown(s.micro_batch_duration_ms, milliseconds),
        shown(s.micro_batch_max_ms, milliseconds),
        formatDuration(s.trigger_interval_seconds),
        shown(s.busy, formatShare),
        formatCount(s.retries),
        s.compactions.count === 0
          ? '0'
          : `${s.compactions.files_before} → ${s.compactions.files_after}`,
      ]),
    }),
    age.length > 1
      ? charts.course(
          { points: age, end, label: 'age of gold', format: formatDuration },
          {
            title: 'Age of the newest data in gold over the window',
            finding: `At most ${formatDuration(Math.max(...age.map(({ value }) => value)))}; each fall is a refresh.`,
          },
        )
      : absent('Gold was not refreshed in the window, so it has no age.'),
    backlogChart(continuous, end, charts),
    quarantine(continuous),
  )
}

const milliseconds = (ms: number) => formatDuration(ms / 1000)

function summary(metrics: RunMetrics, continuous: ContinuousMetrics): string {
  const { producer, drained, drain_seconds } = continuous
  const { pipeline_saturated: saturated } = metrics.pipeline_benchmark
  const made =
    producer.offered_rows_per_second === null
      ? 'Nothing was made in this run; it took what lay there.'
      : producer.produced_rows === null
        ? 'The run was resumed, so what this part of it made cannot be told from what lay there.'
        : `${formatCount(producer.produced_rows)} rows in ${formatCount(producer.produced_files)} files were made of ${formatCount(producer.planned_rows)} offered at ${formatNumber(producer.offered_rows_per_second, 0)} rows/s.`
  const kept =
    saturated === null || saturated === undefined
      ? 'Whether the streams kept up cannot be told.'
      : saturated
        ? 'The streams did not keep up.'
        : 'The streams kept up.'
  const waiting = metrics.pipeline_benchmark.scores.files_waiting_for_gold
  const left = waiting
    ? ` ${formatCount(waiting)} files that had landed were not in gold when the window ended.`
    : ''
  const end = drained
    ? `What was still under way at the end was in gold ${formatDuration(drain_seconds)} later.`
    : 'Not everything that landed is in gold.'
  return `${made} ${kept}${left} ${end}`
}

/** The sawtooth: before and after each commit, and at the end. */
function ageOfGold(streaming: readonly StreamMetrics[], end: number): TimePoint[] {
  const batches = streaming.find(s => s.job_name === 'gold-refresh')?.batches ?? []
  const commits = batches.flatMap(b =>
    b.through === null || b.at > end ? [] : [{ at: b.at, through: b.through }],
  )
  return commits.flatMap(({ at, through }, i) => {
    const next = commits[i + 1]?.at ?? end
    return [
      { at, value: at - through },
      { at: next, value: next - through },
    ]
  })
}

function backlogChart({ samples }: ContinuousMetrics, end: number, charts: Charts): Html {
  const points = samples.flatMap(({ at, bronze_backlog_rows: b, silver_backlog_rows: s }) =>
    at > end || (b === null && s === null) ? [] : [{ at, value: (b ?? 0) + (s ?? 0) }],
  )
  if (points.length < 2) return absent('Too short for a course of what waited.')
  return charts.course(
    { points, end, label: 'rows waiting', format: formatCompact },
    {
      title: 'Rows that landed and that silver had not read',
      finding: `At most ${formatCompact(Math.max(...points.map(({ value }) => value)))} rows.`,
    },
  )
}

function quarantine({ quarantined }: ContinuousMetrics): Html {
  if (quarantined.length === 0) return html``
  return html`<p>${quarantined.length === 1 ? 'A file was' : `${quarantined.length} files were`} left out of the stream:</p>${list(
    quarantined.map(q => html`<code>${q.file}</code>: ${q.reason}`),
  )}`
}

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
