import type { RunMetrics } from '../contracts/metrics'
import { shownText } from '../contracts/shown-text'
import type { RunPaths } from '../pipeline/run-folder'
import { intervalText, qphLabel, qphText } from '../results/scorecard/text'
import { formatDuration, formatNumber } from '../shared/format'
import { pathLink } from './output'
import { oneLine, type Style, textTable } from './terminal'
import { windowTables } from './window-text'

export interface SummaryInput {
  readonly metrics: RunMetrics
  /** The scorecard as text: verdict, scores, stages, queries, rules. */
  readonly scorecard: string
  /** Paths of the documents that are there. */
  readonly paths: Partial<Pick<RunPaths, 'metrics' | 'report'>>
}

/** Text that a person reads at the end of a run; the verdict and the paths come last, next to the prompt. */
export function runSummary({ metrics, scorecard, paths }: SummaryInput, style: Style): string {
  const blocks = [
    shownText(scorecard).trimEnd(),
    ...windowTables(metrics),
    metrics.warnings.map(text => `${style.bad('!')} ${oneLine(text)}`).join('\n'),
    `${verdictLine(metrics, style)}\n${pathLines(paths, style)}`,
  ]
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`
}

/** For `--quiet`: the verdict and the two paths, a line each. */
export function quietSummary({ metrics, paths }: SummaryInput): string {
  return `${[metrics.verdict, ...Object.values(paths)].join('\n')}\n`
}

export function pathLines(paths: SummaryInput['paths'], style: Style): string {
  return textTable(
    [{ label: '' }, { label: '' }],
    Object.entries(paths).map(([name, path]) => [name, pathLink(path, style)]),
  )
}

/** With its kind, its interval and whether anybody should be ranked by it. */
function qphPart(qph: number, { benchmark, pipeline_benchmark }: RunMetrics): string {
  const interval = benchmark?.qph_interval ?? null
  const beside = [
    ...(interval ? [intervalText(qph, interval)] : []),
    ...pipeline_benchmark.marks
      .map(({ mark }) => mark)
      .filter(mark => mark === 'too-short-to-rank'),
  ]
  const label = qphLabel(benchmark?.qph_kind ?? null)
  return `${qphText(qph, interval)} ${label}${beside.length > 0 ? ` (${beside.join('; ')})` : ''}`
}

/** Scores stand beside PASSED only: those of a run that is invalid may speak of other data than they seem to. */
function verdictLine(metrics: RunMetrics, style: Style): string {
  const elapsed = `in ${formatDuration(metrics.total_elapsed_seconds)}`
  if (metrics.verdict !== 'PASSED') return `${style.bold(style.bad(metrics.verdict))} ${elapsed}`
  const {
    time_to_value_seconds,
    composite_qph,
    data_freshness_seconds: age,
    ingest_throughput_rps: ingest,
  } = metrics.pipeline_benchmark.scores
  const headline = [
    elapsed,
    ...(time_to_value_seconds === null
      ? []
      : [`time to value ${formatDuration(time_to_value_seconds)}`]),
    ...(ingest === null || ingest === undefined
      ? []
      : [`${formatNumber(ingest, 0)} rows/s into bronze`]),
    ...(age === null || age === undefined ? [] : [`gold at most ${formatDuration(age)} old`]),
    ...(composite_qph === null ? [] : [qphPart(composite_qph, metrics)]),
  ]
  return `${style.bold(style.good(metrics.verdict))} ${headline.join(', ')}`
}
