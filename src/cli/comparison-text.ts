import {
  exactText,
  intervalText,
  ratioText,
  signOf,
  toneOf,
  verdictText,
} from '../report/sections/compared'
import type { Comparison, MetricComparison, PairComparison } from '../results/compare/comparison'
import type { ExactDifference } from '../results/compare/differences'
import { formatDuration, MISSING } from '../shared/format'
import { oneLine, type Style, type TextColumn, textTable, width } from './terminal'

/** For people: each arm against the first, the headlines last, next to the prompt. */
export function comparisonText(comparison: Comparison, style: Style, columns: number): string {
  const blocks = [
    armLines(comparison),
    ...comparison.pairs.map(pair => pairText(pair, style, columns)),
  ]
  return `${blocks.join('\n\n')}\n`
}

/** For `--quiet`: a line each headline, or why there is none. */
export function quietComparison({ pairs }: Comparison): string {
  const lines = pairs.flatMap(pair =>
    pair.differences.length > 0
      ? [`${pair.b}: not comparable: ${pair.differences.map(({ what }) => what).join(', ')}`]
      : pair.headlines.map(headline => `${pair.b}: ${headlineText(headline)}`),
  )
  return `${lines.map(oneLine).join('\n')}\n`
}

function armLines({ arms }: Comparison): string {
  const rows = arms.map(({ name, label, run_ids, first_start }) => [
    oneLine(name),
    label && label !== name ? oneLine(label) : '',
    run_ids.length === 1 ? '1 run' : `${run_ids.length} runs`,
    `from ${first_start.slice(0, 16).replace('T', ' ')}`,
  ])
  return textTable(
    [{ label: '' }, { label: '' }, { label: '', align: 'right' }, { label: '' }],
    rows,
  )
}

function pairText(pair: PairComparison, style: Style, columns: number): string {
  const heading = style.bold(`${oneLine(pair.b)} against ${oneLine(pair.a)}`)
  const blocks = [
    pair.differences.length > 0
      ? `${style.bad('Not comparable:')}\n${lines(pair.differences.map(d => `${d.what}: ${d.a} | ${d.b}`))}`
      : timesTable(pair.metrics, style, columns),
    pair.under_test.length > 0
      ? `Under test:\n${lines(pair.under_test.map(d => `${d.what}: ${d.a} | ${d.b}`))}`
      : '',
    pair.exact.length > 0 ? `Counted, and not the same:\n${lines(pair.exact.map(exactLine))}` : '',
    pair.invalid_reasons.length > 0
      ? `${style.bad('Invalid:')}\n${lines(pair.invalid_reasons)}`
      : '',
    pair.notes.map(note => style.dim(oneLine(note))).join('\n'),
    pair.differences.length > 0
      ? ''
      : pair.headlines.map(headline => paint(headline, headlineText(headline), style)).join('\n'),
  ]
  return [heading, ...blocks.filter(block => block !== '')].join('\n\n')
}

interface Layout {
  readonly columns: readonly TextColumn[]
  readonly row: (metric: MetricComparison) => string[]
}

const right = (label: string): TextColumn => ({ label, align: 'right' })
const left = (label: string): TextColumn => ({ label })

/** Widest first. What a narrow terminal has no room for is left out column by column, never wrapped. */
const LAYOUTS: readonly Layout[] = [
  {
    columns: [
      left(''),
      right('A median'),
      right('B median'),
      right('B / A'),
      left('95 % interval'),
      left('verdict'),
      left(''),
    ],
    row: m => [
      m.label,
      time(m.a),
      time(m.b),
      ratioText(m),
      intervalText(m),
      verdict(m),
      oneLine(m.reason),
    ],
  },
  {
    columns: [
      left(''),
      right('A median'),
      right('B median'),
      right('B / A'),
      left('95 % interval'),
      left('verdict'),
    ],
    row: m => [m.label, time(m.a), time(m.b), ratioText(m), intervalText(m), verdict(m)],
  },
  {
    columns: [left(''), right('B / A'), left('95 % interval'), left('verdict')],
    row: m => [m.label, ratioText(m), intervalText(m), verdict(m)],
  },
  {
    columns: [left(''), right('B / A'), left('verdict')],
    row: m => [m.label, ratioText(m), verdict(m)],
  },
]

function timesTable(metrics: readonly MetricComparison[], style: Style, columns: number): string {
  const tables = LAYOUTS.map(({ columns, row }) => textTable(columns, metrics.map(row)))
  const fits = (text: string) => text.split('\n').every(line => width(line) <= columns)
  const chosen = tables.findIndex(fits)
  const text = (chosen < 0 ? tables.at(-1)! : tables[chosen]!)
    .split('\n')
    .map((line, i) => (i === 0 ? style.dim(line) : paint(metrics[i - 1]!, line, style)))
    .join('\n')
  if (chosen === 0) return text
  // Without their column, the reasons that matter come below.
  const told = metrics.filter(
    ({ verdict, reason }) => ['broke', 'fixed', 'invalid'].includes(verdict) && reason !== '',
  )
  return [text, ...told.map(({ label, reason }) => `${label}: ${oneLine(reason)}`)].join('\n')
}

function headlineText(metric: MetricComparison): string {
  const shown =
    metric.ratio === null
      ? ''
      : `${ratioText(metric)}${metric.interval ? ` (${intervalText(metric)})` : ''}, `
  const reason = metric.reason === '' ? '' : `: ${oneLine(metric.reason)}`
  return `${metric.label}: ${shown}${verdict(metric)}${reason}`
}

function paint({ verdict }: MetricComparison, text: string, style: Style): string {
  const tone = toneOf(verdict)
  return tone === 'bad' ? style.bad(text) : tone === 'good' ? style.good(text) : text
}

const verdict = (metric: MetricComparison) => `${signOf(metric.verdict)} ${verdictText(metric)}`

const time = (spread: MetricComparison['a']) => (spread ? formatDuration(spread.median) : MISSING)

const exactLine = (difference: ExactDifference) => `${difference.what}: ${exactText(difference)}`

const lines = (texts: readonly string[]) => texts.map(text => `  ${oneLine(text)}`).join('\n')
