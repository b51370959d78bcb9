import type { BenchmarkMetrics, RunMetrics } from '../contracts/metrics'
import type { RunPaths } from '../pipeline/run-folder'
import { formatCount, formatDuration, formatNumber } from '../report/format'
import { pathLink } from './output'
import { oneLine, printable, type Style } from './terminal'
import { textTable } from './text-table'

export interface SummaryInput {
  readonly metrics: RunMetrics
  /** The scores as a table. */
  readonly scores: string
  readonly paths: Pick<RunPaths, 'metrics' | 'report'>
}

/** What a person reads at the end of a run: verdict, scores, queries, warnings, where the record lies. */
export function runSummary({ metrics, scores, paths }: SummaryInput, style: Style): string {
  const blocks = [
    verdictLine(metrics, style),
    failure(metrics, style),
    printable(scores).trimEnd(),
    metrics.benchmark && queryTable(metrics.benchmark, style),
    warnings(metrics, style),
    pathLines(paths, style),
  ]
  return `${blocks.filter(Boolean).join('\n\n')}\n`
}

/** For `--quiet`: the verdict and the two paths, a line each. */
export function quietSummary({ metrics, paths }: SummaryInput): string {
  return `${metrics.verdict}\n${paths.metrics}\n${paths.report}\n`
}

export function pathLines(paths: SummaryInput['paths'], style: Style): string {
  return textTable(
    [{ label: '' }, { label: '' }],
    [
      ['metrics', pathLink(paths.metrics, style)],
      ['report', pathLink(paths.report, style)],
    ],
  )
}

function verdictLine(metrics: RunMetrics, style: Style): string {
  const paint = metrics.verdict === 'PASSED' ? style.good : style.bad
  const took = formatDuration(metrics.total_elapsed_seconds)
  return `${style.bold(paint(metrics.verdict))}  ${oneLine(metrics.name)}, run ${metrics.run_id}, ${took}`
}

function failure(metrics: RunMetrics, style: Style): string | null {
  const lines = [
    ...(metrics.error_message ? [printable(metrics.error_message)] : []),
    ...metrics.validity.filter(rule => !rule.passed).map(rule => oneLine(`${rule.rule}: ${rule.detail}`)),
  ]
  return lines.length > 0 ? style.bad(lines.join('\n')) : null
}

/** Every query on its line; a failed one says why. */
export function queryTable(benchmark: BenchmarkMetrics, style: Style): string {
  const rows = benchmark.queries.map(q => [
    q.name,
    q.display_name,
    q.class.replace(/_/g, '/'),
    q.success ? formatDuration(q.engine_seconds) : style.bad('failed'),
    formatCount(q.rows_returned),
    q.success ? '' : oneLine(q.error_message ?? ''),
  ])
  const head =
    benchmark.qph === null
      ? `No QpH: ${oneLine(benchmark.invalid_reasons.join('; ')) || 'the benchmark is invalid'}.`
      : `QpH ${formatNumber(benchmark.qph, 1)}  (${benchmark.mode}, ${benchmark.cache} cache, ${benchmark.engine})`
  const table = textTable(
    [
      { label: 'query' },
      { label: '' },
      { label: 'class' },
      { label: 'time', align: 'right' },
      { label: 'rows', align: 'right' },
      { label: '' },
    ],
    rows,
  )
  return `${style.bold(head)}\n${table}`
}

function warnings(metrics: RunMetrics, style: Style): string | null {
  if (metrics.warnings.length === 0) return null
  return metrics.warnings.map(text => `${style.bad('!')} ${oneLine(text)}`).join('\n')
}
