import type { BenchmarkMetrics } from '../../contracts/benchmark-metrics'
import type { RunMetrics, Scores } from '../../contracts/metrics'
import { scoreDetails } from '../../results/scorecard/scores'
import { intervalText, qphLabel, qphText } from '../../results/scorecard/text'
import { formatDuration, formatInstant, formatNumber, formatSignificant } from '../../shared/format'
import { type Html, type HtmlValue, html } from '../html'
import { list, type Mark, mark, section, shown, table } from '../parts'

const VERDICT_MARK: Readonly<Record<RunMetrics['verdict'], Mark>> = {
  PASSED: 'ok',
  FAILED: 'bad',
  INTERRUPTED: 'stopped',
  INVALID: 'unsure',
}

/** Name, verdict and, where the run did not pass, why: before any number. */
export function pageHeader(metrics: RunMetrics): Html {
  return html`<header>
<h1>${metrics.name} ${mark(VERDICT_MARK[metrics.verdict], metrics.verdict)}</h1>
<p>${subtitle(metrics)}</p>
<p>Run <code>${metrics.run_id}</code>, started ${formatInstant(metrics.start_time)}, took ${formatDuration(metrics.total_elapsed_seconds)}.</p>
${notice(metrics)}
</header>`
}

function subtitle(metrics: RunMetrics): HtmlValue {
  const engines = [...new Set(metrics.jobs.filter(j => j.job_type === 'batch').map(j => j.engine))]
  const scale = metrics.corpus?.scale
  const parts = [
    metrics.mode === 'batch' ? 'Batch pipeline' : 'Continuous pipeline',
    engines.length > 0 && `on ${engines.join(', ')}`,
    metrics.benchmark && `queries on ${metrics.benchmark.engine}`,
    scale !== null && scale !== undefined && `scale ${formatSignificant(scale)}`,
    metrics.corpus?.seed != null && `seed ${metrics.corpus.seed}`,
  ]
  return parts.filter(Boolean).join(', ')
}

function notice(metrics: RunMetrics): Html | null {
  const broken = metrics.validity.filter(rule => !rule.passed)
  const { marks } = metrics.pipeline_benchmark
  if (metrics.verdict === 'PASSED' && broken.length === 0 && marks.length === 0) return null
  const lead = {
    PASSED:
      broken.length > 0
        ? 'The run passed, but not every rule holds:'
        : 'The run passed. Mind what its numbers are worth:',
    FAILED: 'The run failed.',
    INTERRUPTED: 'The run was stopped before its end. What had been measured by then is below.',
    INVALID: 'The run finished, but its scores must not be used:',
  }[metrics.verdict]
  return html`<div class="notice" role="note">
<p><strong>${lead}</strong></p>
${metrics.error_message && html`<pre>${metrics.error_message}</pre>`}
${broken.length > 0 && list(broken.map(rule => html`<code>${rule.rule}</code>: ${rule.detail}`))}
${marks.length > 0 && list(marks.map(({ mark, detail }) => html`<code>${mark}</code>: ${detail}`))}
</div>`
}

interface Headline {
  readonly label: string
  readonly value: string | null
  readonly note: HtmlValue
}

/** The few figures that a run is quoted by, each with its unit and how it came about. */
export function headlineSection(metrics: RunMetrics): Html {
  const scores = metrics.pipeline_benchmark.scores
  const { benchmark } = metrics
  const figures: Headline[] = [
    {
      label: 'Time to value',
      value:
        scores.time_to_value_seconds === null ? null : formatDuration(scores.time_to_value_seconds),
      note: 'start of bronze-verify to end of gold-finalize, 1 run',
    },
    {
      label: 'Queries per hour',
      value:
        scores.composite_qph === null
          ? null
          : qphText(scores.composite_qph, benchmark?.qph_interval ?? null),
      note: benchmark && qphNote(benchmark, scores.composite_qph),
    },
    {
      label: 'Pipeline throughput',
      value:
        scores.pipeline_throughput_gb_per_second === null
          ? null
          : `${formatSignificant(scores.pipeline_throughput_gb_per_second)} GiB/s`,
      note:
        scores.total_data_processed_gb === null
          ? null
          : `${formatSignificant(scores.total_data_processed_gb)} GiB read by the stages in the time to value`,
    },
    {
      label: 'Compute efficiency',
      value:
        scores.compute_efficiency_gb_per_core_hour === null
          ? null
          : `${formatSignificant(scores.compute_efficiency_gb_per_core_hour)} GiB`,
      note: `per core hour${scores.total_core_hours === null ? '' : `; ${formatSignificant(scores.total_core_hours)} core hours`}`,
    },
    {
      label: 'Scale ratio',
      value: scores.scale_ratio === null ? null : formatNumber(scores.scale_ratio, 3),
      note: 'bronze size ÷ (10 GiB × scale); 1 is exact',
    },
    {
      label: 'Data generation',
      value: scores.datagen_seconds === null ? null : formatDuration(scores.datagen_seconds),
      note: 'beside the time to value, never in it',
    },
  ]
  const keys: (keyof Scores)[] = [
    'time_to_value_seconds',
    'composite_qph',
    'pipeline_throughput_gb_per_second',
    'compute_efficiency_gb_per_core_hour',
    'scale_ratio',
    'datagen_seconds',
  ]
  return section(
    'scores',
    'Scores',
    html`<dl class="scores">${figures.map(
      ({ label, value, note }, i) =>
        html`<div><dt>${label}</dt><dd>${value ?? '—'}</dd><dd class="why">${value === null ? whyMissing(metrics, keys[i]!) : note}</dd></div>`,
    )}</dl>`,
    formulas(metrics),
  )
}

/** Kind of the QpH, how far it is supported, and beside it the mean that comparisons use. */
export function qphNote(b: BenchmarkMetrics, qph: number | null): string {
  const parts = [
    qphLabel(b.qph_kind),
    qph !== null && intervalText(qph, b.qph_interval),
    `${b.queries.length} queries`,
    `${b.cache} cache`,
    b.geometric_mean_seconds !== null &&
      `geometric mean ${formatDuration(b.geometric_mean_seconds)}`,
    b.too_short_to_rank && 'too short to rank',
  ]
  return parts.filter(Boolean).join(', ')
}

/** One clause on why a score is not there. */
export function whyMissing(metrics: RunMetrics, score: keyof Scores): string {
  const stages = metrics.pipeline_benchmark.stages
  if (score === 'composite_qph') {
    const stage = stages.find(s => s.stage_name === 'benchmark')
    if (metrics.benchmark?.qph_reason) return `none: ${metrics.benchmark.qph_reason}`
    if (metrics.benchmark && !metrics.benchmark.valid) return 'none: the benchmark is invalid'
    if (!stage) return 'no benchmark in this run'
    return stage.status === 'succeeded' ? 'not measured' : `the benchmark was ${WAS[stage.status]}`
  }
  if (score === 'datagen_seconds') {
    const stage = stages.find(s => s.stage_name === 'datagen')
    return stage ? `data generation was ${WAS[stage.status]}` : 'the data was there already'
  }
  if (score === 'scale_ratio') {
    if (metrics.corpus?.kind === 'foreign') return 'the raw data is not from the generator'
    if (!metrics.corpus) return 'there is no raw data on record'
  }
  const needed = ['bronze-verify', 'silver-build', 'gold-finalize']
  const lost = stages.find(s => needed.includes(s.stage_name) && s.status !== 'succeeded')
  if (lost) return `${lost.stage_name} was ${WAS[lost.status]}`
  const left = needed.find(name => !stages.some(s => s.stage_name === name))
  return left ? `${left} was not part of this run` : 'not measured'
}

const WAS = {
  succeeded: 'finished',
  failed: 'not finished: it failed',
  aborted: 'stopped',
  skipped: 'not run',
} as const

const BETTER = {
  lower: 'lower is better',
  higher: 'higher is better',
  none: 'neither way is better',
} as const

/** Enough to compute every score again. */
export function formulas(metrics: RunMetrics): Html {
  const reasons = metrics.pipeline_benchmark.null_reasons ?? {}
  const details = scoreDetails(metrics, metrics.pipeline_benchmark.scores)
  return html`<details><summary>How every score is made</summary>${table({
    caption:
      'Every score, its formula, and what it was made from. Names are those in metrics.json.',
    columns: [
      { label: 'Score' },
      { label: 'Value', kind: 'number' },
      { label: 'Unit' },
      { label: 'Formula', kind: 'note' },
      { label: 'Made from', kind: 'note' },
    ],
    rows: details.map(({ name, value, unit, direction, formula, inputs }) => [
      html`<code>${name}</code> <small>${BETTER[direction]}</small>`,
      value === null ? (reasons[name] ?? shown(value, String)) : String(value),
      unit,
      formula,
      Object.entries(inputs).map(([key, input], i) => html`${i > 0 && ', '}${key} ${input ?? '—'}`),
    ]),
  })}</details>`
}

interface Figure {
  readonly label: string
  readonly score: keyof Scores
  readonly format: (value: number, metrics: RunMetrics) => string
  readonly note: string
  /** Why it is not there, where it is not. */
  readonly missing: string
}

const rows = (value: number) => `${formatNumber(value, 0)} rows/s`

const FIGURES: readonly Figure[] = [
  {
    label: 'Into bronze',
    score: 'ingest_throughput_rps',
    format: rows,
    note: 'new rows ÷ the window',
    missing: 'nothing was ingested',
  },
  {
    label: 'Landing to gold, 95 % of files',
    score: 'landing_to_gold_p95_seconds',
    format: formatDuration,
    note: 'from a file’s landing to the refresh that shows its rows',
    missing: 'no file came to gold in the window',
  },
  {
    label: 'Oldest that gold was',
    score: 'data_freshness_seconds',
    format: formatDuration,
    note: 'just before a refresh, or at the end of the window',
    missing: 'gold was not refreshed in the window',
  },
  {
    label: 'Age of gold, 95 % of the time',
    score: 'freshness_p95_seconds',
    format: formatDuration,
    note: 'as any reader would have seen it',
    missing: 'gold was not refreshed in the window',
  },
  {
    label: 'Queries per hour',
    score: 'composite_qph',
    format: (v, { benchmark }) => qphText(v, benchmark?.qph_interval ?? null),
    note: 'QpH, median of the valid rounds, while the streams ran',
    missing: 'no valid round in the window',
  },
  {
    label: 'Longest that a row was unseen',
    score: 'staleness_max_seconds',
    format: formatDuration,
    note: 'landed and not in gold; 0 while there is none, however idle the source',
    missing: 'no landing was noted',
  },
  {
    label: 'Processing time',
    score: 'end_to_end_latency_ms',
    format: v => formatDuration(v / 1000),
    note: 'the three mean batch times (end_to_end_latency_ms); waiting is not in it',
    missing: 'a stream committed nothing in the window',
  },
  {
    label: 'Sustained throughput',
    score: 'sustained_throughput_rps',
    format: rows,
    note: 'all three streams; gold reads silver whole each time',
    missing: 'nothing was processed',
  },
  {
    label: 'Ingest ratio',
    score: 'ingest_ratio',
    format: v => formatNumber(v, 3),
    note: 'of what landed in time; below 0.95 the streams do not keep up',
    missing: 'nobody counted what landed',
  },
]

/** The few figures that a continuous run is quoted by. */
export function windowScoresSection(metrics: RunMetrics): Html {
  const { scores, null_reasons } = metrics.pipeline_benchmark
  return section(
    'scores',
    'Scores',
    html`<dl class="scores">${FIGURES.map(({ label, score, format, note, missing }) => {
      const value = scores[score]
      return html`<div><dt>${label}</dt><dd>${value === null ? '—' : format(value, metrics)}</dd><dd class="why">${value === null ? (null_reasons?.[score] ?? missing) : note}</dd></div>`
    })}</dl>`,
    formulas(metrics),
  )
}
