import type { BenchmarkMetrics, QueryMetrics } from '../../contracts/benchmark-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { intervalText, qphLabel, qphText } from '../../results/scorecard/text'
import { formatBytes, formatCount, formatDuration } from '../../shared/format'
import type { Charts } from '../charts'
import { type Html, type HtmlValue, html } from '../html'
import { absent, type Cell, list, mark, measured, section, shown, table, unknown } from '../parts'
import { whyMissing } from './headline'

/** Single executions of a query that the page lists. */
const MOST_LISTED = 50

/** Every query's time, how much its samples differ, and the digest of its answer. */
export function queriesSection(metrics: RunMetrics, charts: Charts): Html {
  const { benchmark } = metrics
  if (!benchmark) {
    const why = whyMissing(metrics, 'composite_qph')
    return section('queries', 'Queries', absent(`There are no query times: ${why}.`))
  }
  return section(
    'queries',
    'Queries',
    html`<p>${summary(benchmark)}</p>`,
    benchmark.qph === null &&
      html`<div class="notice"><p><strong>No score is given.</strong></p>${list(benchmark.valid ? [benchmark.qph_reason ?? 'The record does not say why.'] : benchmark.invalid_reasons)}</div>`,
    distribution(benchmark, charts),
    timesTable(benchmark),
    classTable(benchmark),
    answersTable(benchmark),
  )
}

function summary(b: BenchmarkMetrics): string {
  const scores = [
    b.qph !== null &&
      `${qphText(b.qph, b.qph_interval)} queries per hour (${qphLabel(b.qph_kind)})`,
    b.qph !== null && intervalText(b.qph, b.qph_interval),
    b.mode === 'composite' && b.power_qph !== null && `power ${qphText(b.power_qph, null)}`,
    b.mode === 'composite' &&
      b.throughput_qph !== null &&
      `throughput ${qphText(b.throughput_qph, null)}`,
    b.geometric_mean_seconds !== null &&
      `geometric mean ${formatDuration(b.geometric_mean_seconds)}`,
  ].filter(Boolean)
  const how = [
    `${b.mode} mode on ${b.engine}`,
    `${b.cache} cache`,
    `${executions(b)} of each query`,
    b.warmup_runs > 0 && `after ${b.warmup_runs} unmeasured`,
    b.streams > 1 && `${b.streams} streams, seed ${b.seed}`,
  ].filter(Boolean)
  const slowest = [...b.queries].sort(
    (x, y) => (y.engine_seconds ?? 0) - (x.engine_seconds ?? 0),
  )[0]
  const proof = b.cache_proof
    ? ` Cold cache ${b.cache_proof.proven ? 'proven' : 'not proven'}: ${b.cache_proof.detail}.`
    : ''
  const head = scores.length > 0 ? `${scores.join(', ')}; ` : ''
  const tail = slowest?.engine_seconds
    ? ` ${slowest.name} is the slowest with ${formatDuration(slowest.engine_seconds)}.`
    : ''
  return `${head}${how.join(', ')}.${tail}${proof}`
}

function executions(b: BenchmarkMetrics): string {
  const counts = b.queries.map(q => q.samples.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return `${least === most ? least : `${least} to ${most}`} measured ${most === 1 ? 'run' : 'runs'}`
}

function distribution(b: BenchmarkMetrics, charts: Charts): HtmlValue {
  const rows = b.queries.flatMap(({ name, engine_seconds, samples }) =>
    engine_seconds === null
      ? []
      : [{ name, median: engine_seconds, samples: samples.map(s => s.engine_seconds) }],
  )
  if (rows.length === 0) return null
  return [
    charts.samples(rows, { title: 'Time of each query inside the engine', finding: summary(b) }),
    html`<p class="key">Dots: single executions; the stroke: their median, which is what the score counts.</p>`,
  ]
}

function timesTable(b: BenchmarkMetrics): Html {
  const many = b.queries.some(q => q.samples.length > 1)
  return table({
    caption: 'Median time of each query, with the interval that holds it with 95 % confidence.',
    sortable: true,
    columns: [
      { label: 'Query' },
      { label: 'Class' },
      { label: 'Engine', kind: 'number' },
      { label: '95 %', kind: 'number' },
      { label: 'Fetch', kind: 'number' },
      { label: many ? 'Fastest – slowest' : 'Samples', kind: 'number' },
      { label: 'Rows', kind: 'number' },
      { label: 'Read', kind: 'number' },
      { label: 'Outcome', kind: 'note' },
    ],
    rows: b.queries.map((q): Cell[] => [
      html`<span class="name">${q.name}</span> <small>${q.display_name}</small>`,
      className(q.class),
      measured(q.engine_seconds, formatDuration),
      shown(q.interval_seconds, i => `${formatDuration(i.low)} – ${formatDuration(i.high)}`),
      measured(fetchSeconds(q), formatDuration),
      spread(q, many),
      measured(q.rows_returned, formatCount),
      measured(q.bytes_read, formatBytes),
      q.success
        ? mark('ok', 'answered')
        : html`${mark('bad', 'failed')} <small>${q.error_message ?? 'without a message'}</small>`,
    ]),
  })
}

const fetchSeconds = (q: QueryMetrics) =>
  q.elapsed_seconds === null || q.engine_seconds === null
    ? null
    : Math.max(q.elapsed_seconds - q.engine_seconds, 0)

function spread(q: QueryMetrics, many: boolean): HtmlValue {
  if (!many) return formatCount(q.samples.length)
  if (q.samples.length === 0) return unknown
  const times = q.samples.map(s => s.engine_seconds)
  const far = q.outliers ? `, ${q.outliers} far above` : ''
  return `${formatDuration(Math.min(...times))} – ${formatDuration(Math.max(...times))} (${times.length}${far})`
}

function classTable(b: BenchmarkMetrics): HtmlValue {
  const classes = Object.entries(b.class_qph ?? {})
  if (classes.length === 0) return null
  return table({
    caption: 'Queries per hour by class, as if only that class were run.',
    columns: [
      { label: 'Class' },
      { label: 'Queries' },
      { label: 'Queries per hour', kind: 'number' },
    ],
    rows: classes.map(([name, qph]): HtmlValue[] => [
      className(name),
      b.queries
        .filter(q => q.class === name)
        .map(q => q.name)
        .join(', '),
      qph === null ? html`${unknown} <small>a query failed</small>` : qphText(qph, null),
    ]),
  })
}

function answersTable(b: BenchmarkMetrics): Html {
  return html`<details><summary>Answers: digests, and every measurement</summary>${table({
    caption: 'The digest of an answer is equal on every engine that answers the same.',
    columns: [
      { label: 'Query' },
      { label: 'Class' },
      { label: 'Digest of the answer' },
      { label: 'Engine time of each measurement' },
    ],
    rows: b.queries.map((q): HtmlValue[] => [
      q.name,
      className(q.class),
      q.fingerprint === null ? unknown : html`<code class="clip">${q.fingerprint}</code>`,
      q.samples.length === 0
        ? unknown
        : q.samples
            .slice(0, MOST_LISTED)
            .map(
              s =>
                `${formatDuration(s.engine_seconds)}${b.streams > 1 ? ` (stream ${s.stream})` : ''}`,
            )
            .concat(
              q.samples.length > MOST_LISTED
                ? [`and ${q.samples.length - MOST_LISTED} more in metrics.json`]
                : [],
            )
            .join(', '),
    ]),
  })}</details>`
}

const className = (name: string) => name.replace(/_/g, '/')
