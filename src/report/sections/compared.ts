import type {
  ChangeVerdict,
  Comparison,
  MetricComparison,
  PairComparison,
} from '../../results/compare/comparison'
import type { ExactDifference } from '../../results/compare/differences'
import { percent } from '../../results/compare/verdicts'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatShare,
  MISSING,
} from '../../shared/format'
import { type Html, type HtmlValue, html } from '../html'
import { list, paragraph, section, table, unknown } from '../parts'

/** The conclusion, before any table: a line for each headline, or why there is none. */
export function comparisonHeader({ arms, pairs }: Comparison): Html {
  return html`<header>
<h1>Comparison of ${arms.map(({ name }) => name).join(', ')}</h1>
${pairs.map(pair => html`<p>${pairLine(pair)}</p>`)}
${pairs.map(notice)}
</header>`
}

function pairLine({ a, b, differences, headlines }: PairComparison): HtmlValue {
  if (differences.length > 0)
    return [
      html`<strong>${b} against ${a}:</strong> `,
      verdictMark('not comparable', 'not comparable'),
    ]
  if (headlines.length === 0) return `${b} against ${a}: no time on both sides.`
  return [
    html`<strong>${b} against ${a}:</strong> `,
    headlines.map((headline, i) => [i > 0 && '; ', headlineText(headline)]),
  ]
}

/** `8 queries, geometric mean: ▲ slower, 1.182 (1.120 … 1.251)`. */
export function headlineText(metric: MetricComparison): HtmlValue {
  const numbers =
    metric.ratio === null
      ? ''
      : `, ${ratioText(metric)}${metric.interval ? ` (${intervalText(metric)})` : ''}`
  const reason = metric.reason === '' ? '' : `: ${metric.reason}`
  return [
    `${metric.label}: `,
    verdictMark(metric.verdict, verdictText(metric)),
    `${numbers}${reason}`,
  ]
}

export function verdictMark(verdict: MetricComparison['verdict'], text: string): Html {
  const kind = { good: 'ok', bad: 'bad', plain: 'idle' }[toneOf(verdict)]
  return html`<span class="mark mark-${kind}"><span aria-hidden="true">${signOf(verdict)}</span> ${text}</span>`
}

function notice({ b, differences, invalid_reasons }: PairComparison): Html | null {
  const lines = [
    ...differences.map(
      ({ what, a: x, b: y }) => html`${what}: <code>${x}</code> | <code>${y}</code>`,
    ),
    ...invalid_reasons,
  ]
  if (lines.length === 0) return null
  const lead =
    differences.length > 0
      ? `${b} answers another question, so no time is compared:`
      : `The session with ${b} cannot be trusted, so no time is judged:`
  return html`<div class="notice" role="note"><p><strong>${lead}</strong></p>${list(lines)}</div>`
}

export function armsSection({ arms }: Comparison): Html {
  return section(
    'arms',
    'What was compared',
    table({
      caption: 'Each arm and its measured runs, the warm-up left out.',
      columns: [
        { label: 'Arm' },
        { label: 'What it is', kind: 'note' },
        { label: 'Runs', kind: 'number' },
        { label: 'First' },
        { label: 'Last' },
      ],
      rows: arms.map(({ name, label, run_ids, first_start, last_start }) => [
        name,
        label ?? unknown,
        String(run_ids.length),
        html`<span class="name">${formatInstant(first_start)}</span>`,
        html`<span class="name">${formatInstant(last_start)}</span>`,
      ]),
    }),
    html`<details><summary>Ids of the runs</summary>${list(arms.map(({ name, run_ids }) => `${name}: ${run_ids.join(', ')}`))}</details>`,
  )
}

export function methodSection({ settings }: Comparison): Html {
  return section(
    'method',
    'How this was judged',
    paragraph(
      `A difference matters from ${formatShare(settings.margin)} on, or from ${settings.absolute_margin_seconds * 1000} ms where that is more. `,
      settings.under_test.length > 0 && `Differing on purpose: ${settings.under_test.join(', ')}. `,
    ),
    list([
      'Arms that took turns are paired by round. The ratio is the Hodges–Lehmann estimate of the log ratios with its exact 95 % interval.',
      `Stages and queries of all arms are one family: p is adjusted by flipping the sign of whole rounds (max-T, seed ${settings.seed}), so that at most one session in twenty calls anything different where nothing is. Each headline is judged by itself.`,
      'Sets of runs that did not take turns are compared by Mann–Whitney with Holm’s adjustment, and differ at most: the time between them may be the cause.',
      'One run against one run judges no time; what is counted (rows, bytes, files, answers, failures) is compared all the same.',
    ]),
  )
}

/** Beside the word, so that no verdict is told by colour alone. */
const SIGNS: Readonly<Record<ChangeVerdict, string>> = {
  slower: '▲',
  faster: '▼',
  'small difference': '≈',
  'same within the margin': '=',
  differs: '≠',
  'cannot tell': '?',
  broke: '✕',
  fixed: '✓',
  invalid: '!',
  'not comparable': '!',
}

export const signOf = (verdict: ChangeVerdict): string => SIGNS[verdict]

/** The verdict in words, with the margin it speaks of. */
export function verdictText({ verdict, margin, margin_by, a }: MetricComparison): string {
  if (verdict !== 'same within the margin') return verdict
  const seconds = a === null ? null : (margin - 1) * a.median
  return `same within ${margin_by === 'seconds' ? formatDuration(seconds) : `${((margin - 1) * 100).toFixed(0)} %`}`
}

/** Returns the tone of a verdict: `bad` for what got worse or cannot be trusted. */
export function toneOf(verdict: ChangeVerdict): 'good' | 'bad' | 'plain' {
  if (verdict === 'slower' || verdict === 'broke' || verdict === 'invalid') return 'bad'
  return verdict === 'faster' || verdict === 'fixed' ? 'good' : 'plain'
}

export const ratioText = ({ ratio }: Pick<MetricComparison, 'ratio'>) =>
  ratio === null ? MISSING : ratio.toFixed(3)

export const intervalText = ({ interval }: Pick<MetricComparison, 'interval'>) =>
  interval ? `${interval[0].toFixed(3)} … ${interval[1].toFixed(3)}` : MISSING

/** `12 | 14 (+17 %)`, both sides of a counted quantity. */
export function exactText({ unit, a, b, ratio, varies }: ExactDifference): string {
  const change = ratio === null ? '' : ` (${percent(ratio)})`
  return `${rangeText(a, unit)} | ${rangeText(b, unit)}${change}${varies ? ', varies between equal runs' : ''}`
}

export function rangeText(
  [least, most]: readonly [number, number],
  unit: ExactDifference['unit'],
): string {
  const one = (value: number) => (unit === 'bytes' ? formatBytes(value) : formatCount(value))
  return least === most ? one(least) : `${one(least)} … ${one(most)}`
}
