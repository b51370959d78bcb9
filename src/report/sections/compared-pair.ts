import type { MetricComparison, PairComparison } from '../../results/compare/comparison'
import type { FactsArm, RunFacts } from '../../results/compare/run-facts'
import { percent } from '../../results/compare/verdicts'
import { formatCount, formatDuration, MISSING } from '../../shared/format'
import type { Charts } from '../charts'
import { type Html, type HtmlValue, html } from '../html'
import { absent, type Cell, list, mark, measured, section, table, unknown } from '../parts'
import {
  headlineText,
  intervalText,
  rangeText,
  ratioText,
  toneOf,
  verdictMark,
  verdictText,
} from './compared'

/** One arm against the first: times, rounds, answers, counts, and what else was seen. */
export function pairSection(
  id: string,
  pair: PairComparison,
  { arms, margin, charts }: { arms: readonly FactsArm[]; margin: number; charts: Charts },
): Html {
  return section(
    id,
    `${pair.b} against ${pair.a}`,
    pair.differences.length === 0 && list(pair.headlines.map(headlineText)),
    forest(pair, margin, charts),
    rounds(pair, margin, charts),
    times(pair),
    answers(pair, arms),
    exact(pair),
    controls(pair),
    pair.under_test.length > 0 && [
      html`<h3>Under test</h3>`,
      list(
        pair.under_test.map(
          ({ what, a, b }) => html`${what}: <code>${a}</code> | <code>${b}</code>`,
        ),
      ),
    ],
    pair.notes.length > 0 && [html`<h3>Notes</h3>`, list(pair.notes)],
  )
}

const ratioOf = ({ a, b }: PairComparison, margin: number) => ({ text: `${b} ÷ ${a}`, margin })

const timesOf = ({ headlines, metrics }: PairComparison) => [...headlines, ...metrics]

function forest(pair: PairComparison, margin: number, charts: Charts): HtmlValue {
  const rows = timesOf(pair)
    .filter(({ ratio }) => ratio !== null)
    .map(metric => ({
      name: metric.label,
      ratio: metric.ratio!,
      interval: metric.interval,
      verdict: verdictText(metric),
      tone: toneOf(metric.verdict),
    }))
    .sort((x, y) => y.ratio - x.ratio)
  if (rows.length === 0)
    return absent('There is no ratio to draw: no time is on both sides of one question.')
  const slower = rows.filter(({ tone }) => tone === 'bad').map(({ name }) => name)
  const faster = rows.filter(({ tone }) => tone === 'good').map(({ name }) => name)
  const finding = [
    slower.length > 0 && `slower: ${slower.join(', ')}`,
    faster.length > 0 && `faster: ${faster.join(', ')}`,
  ]
    .filter(Boolean)
    .join('; ')
  return [
    charts.forest(rows, ratioOf(pair, margin), {
      title: `Ratio of every time, ${pair.b} over ${pair.a}`,
      finding: finding || 'Nothing is shown to be slower or faster.',
    }),
    html`<p class="key">Each mark is a ratio, the line its 95 % interval; 1 is no difference, and what is shaded does not matter. ▲ slower, ● faster, ■ neither shown.</p>`,
  ]
}

function rounds(pair: PairComparison, margin: number, charts: Charts): HtmlValue {
  const rows = pair.headlines.flatMap(({ label, by_round }) =>
    by_round && by_round.length > 1 ? [{ name: label, ratios: by_round }] : [],
  )
  if (rows.length === 0) return null
  const [first, second] = rows
  return [
    html`<h3>By round</h3>`,
    charts.rounds(rows, ratioOf(pair, margin), {
      title: `Ratio of the headlines by round, ${pair.b} over ${pair.a}`,
      finding: `${rows[0]!.ratios.length} rounds; a drift of the machine would show as a slope.`,
    }),
    html`<p class="key">● ${first!.name}${second && html`, ▲ ${second.name}`}.</p>`,
  ]
}

function times(pair: PairComparison): Html {
  return table({
    caption: `Every time on both sides. Ratios are ${pair.b} over ${pair.a}; below 1 is faster.`,
    sortable: true,
    columns: [
      { label: 'Time of' },
      { label: `${pair.a}, median`, kind: 'number' },
      { label: `${pair.b}, median`, kind: 'number' },
      { label: 'Ratio', kind: 'number' },
      { label: '95 % interval', kind: 'number' },
      { label: 'Adjusted p', kind: 'number' },
      { label: 'Verdict', kind: 'note' },
    ],
    rows: timesOf(pair).map((metric): Cell[] => [
      html`<span class="name">${metric.label}</span>`,
      measured(metric.a?.median, formatDuration),
      measured(metric.b?.median, formatDuration),
      measured(metric.ratio, ratio => ratioText({ ratio })),
      metric.interval ? intervalText(metric) : unknown,
      measured(metric.adjusted_p, p => (p < 0.001 ? '< 0.001' : p.toFixed(3))),
      html`${verdictMark(metric.verdict, verdictText(metric))}${reasonOf(metric)}`,
    ]),
  })
}

const reasonOf = ({ reason }: MetricComparison) =>
  reason === '' ? null : html` <small>${reason}</small>`

/** Whether both sides answer the same: by digest where there is one, else by rows. */
function answers({ a, b }: PairComparison, arms: readonly FactsArm[]): HtmlValue {
  const of = (name: string) => {
    const runs = arms.find(arm => arm.name === name)?.runs ?? []
    return runs.find(run => run.verdict === 'PASSED') ?? runs[0]
  }
  const [x, y] = [of(a), of(b)]
  if (!x || !y) return null
  const rows = [...answersOf(x)].map(([name, first]): Cell[] => {
    const second = answersOf(y).get(name)
    return [
      html`<span class="name">${name}</span>`,
      first.rows === null ? unknown : formatCount(first.rows),
      second?.rows == null ? unknown : formatCount(second.rows),
      first.print === null ? unknown : html`<code class="clip">${first.print}</code>`,
      agreement(first, second),
    ]
  })
  if (rows.length === 0) return null
  return html`<h3>Answers</h3>${table({
    caption:
      'Tables and answers of one run of each side. A digest depends neither on the engine nor on its threads.',
    columns: [
      { label: 'What' },
      { label: `Rows, ${a}`, kind: 'number' },
      { label: `Rows, ${b}`, kind: 'number' },
      { label: `Digest, ${a}` },
      { label: 'Agreement' },
    ],
    rows,
  })}`
}

interface Answer {
  readonly rows: number | null
  readonly print: string | null
}

function answersOf({ stages, benchmark }: RunFacts): Map<string, Answer> {
  const all = [...Object.entries(stages), ...Object.entries(benchmark?.queries ?? {})]
  return new Map(
    all
      .filter(([, of]) => of.failure === null && (of.rows !== null || of.fingerprint !== null))
      .map(([name, { rows, fingerprint }]) => [name, { rows, print: fingerprint }]),
  )
}

function agreement(first: Answer, second: Answer | undefined): HtmlValue {
  if (!second) return mark('unsure', `${MISSING} on one side`)
  if (first.print !== null && second.print !== null)
    return first.print === second.print ? mark('ok', 'same digest') : mark('bad', 'other digest')
  if (first.rows === null || second.rows === null) return unknown
  return first.rows === second.rows ? mark('ok', 'same rows') : mark('bad', 'other rows')
}

function exact({ exact: found, a, b }: PairComparison): HtmlValue {
  if (found.length === 0) return paragraphOfEqualCounts()
  return html`<h3>Counted, and not the same</h3>${table({
    caption:
      'What is counted is the same at every repetition, so one run a side is enough to compare it.',
    columns: [
      { label: 'What' },
      { label: a, kind: 'number' },
      { label: b, kind: 'number' },
      { label: 'Change', kind: 'number' },
      { label: 'Note', kind: 'note' },
    ],
    rows: found.map(one => [
      one.what,
      rangeText(one.a, one.unit),
      rangeText(one.b, one.unit),
      one.ratio === null ? unknown : percent(one.ratio),
      one.varies ? 'varies between equal runs' : '',
    ]),
  })}`
}

const paragraphOfEqualCounts = () =>
  html`<h3>Counted</h3>${absent('Rows, bytes, files and findings are the same on both sides.')}`

function controls({ controls: found, b }: PairComparison): HtmlValue {
  if (found.length === 0) return null
  return html`<h3>Controls</h3>${table({
    caption: `Fixed work before every run that no config touches. Where it moves with ${b}, the machine changed.`,
    columns: [
      { label: 'Control' },
      { label: 'Ratio', kind: 'number' },
      { label: 'Adjusted p', kind: 'number' },
      { label: 'Outcome' },
    ],
    rows: found.map(({ control, ratio, adjusted_p, moved }) => [
      control,
      ratio.toFixed(3),
      adjusted_p === null ? unknown : adjusted_p.toFixed(3),
      moved ? mark('bad', 'moved') : mark('ok', 'still'),
    ]),
  })}`
}
