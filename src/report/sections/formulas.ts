import type { RunMetrics } from '../../contracts/metrics'
import { scoreDetails } from '../../results/scorecard/scores'
import { type Html, html } from '../html'
import { shown, table } from '../parts'

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
