import type { RunMetrics, Scores } from '../../contracts/metrics'
import { qphText } from '../../results/scorecard/text'
import { formatDuration, formatNumber } from '../../shared/format'
import { type Html, html } from '../html'
import { section } from '../parts'
import { formulas } from './formulas'

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
