import type { RunMetrics, Scores } from '../../contracts/metrics'
import { qphText } from '../../scorecard/qph-text'
import { formatDuration, formatNumber } from '../format'
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
    label: 'Into bronze',
    score: 'ingest_throughput_rps',
    format: rows,
    note: 'new rows ÷ the window',
    missing: 'nothing was ingested',
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
  const { scores } = metrics.pipeline_benchmark
  return section(
    'scores',
    'Scores',
    html`<dl class="scores">${FIGURES.map(({ label, score, format, note, missing }) => {
      const value = scores[score]
      return html`<div><dt>${label}</dt><dd>${value === null ? '—' : format(value, metrics)}</dd><dd class="why">${value === null ? missing : note}</dd></div>`
    })}</dl>`,
    formulas(metrics),
  )
}
