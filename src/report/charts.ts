import * as Plot from '@observablehq/plot'
// The same in one file, for which 170 need not be found and read.
import { parseHTML } from 'linkedom/worker'
import { shownText } from '../contracts/shown-text'
import { formatDuration, GIB, MIB } from '../shared/format'
import {
  type ChartWords,
  type Course,
  type ForestRow,
  type Layer,
  largest,
  type Ratio,
  type RoundsRow,
  ratioReach,
  ratioTicks,
  type SampleRow,
  type Span,
  secondsLabel,
} from './chart-data'
import { type Html, html, trusted } from './html'

/**
 * Every chart of the reports, drawn to SVG when a page is made. The only file that knows the plotting library, which is why
 * pages load it when they are drawn and not before.
 */
export interface Charts {
  timeline(spans: readonly Span[], end: number, words: ChartWords): Html
  layers(layers: readonly Layer[], words: ChartWords): Html
  samples(rows: readonly SampleRow[], words: ChartWords): Html
  forest(rows: readonly ForestRow[], of: Ratio, words: ChartWords): Html
  rounds(rows: readonly RoundsRow[], of: Ratio, words: ChartWords): Html
  course(course: Course, words: ChartWords): Html
}

const WIDTH = 720
const ROW = 26
/** Room for names beside the axis: about seven pixels a character. */
const CHARACTER = 7.2
const LONGEST_NAME = 26

// Attributes hold where the style sheet is refused or the drawing is copied out; classes follow the colour scheme.
const MAIN = { fill: '#0072B2', className: 'main' }
const SOFT = { fill: '#8fbfdc', className: 'soft' }
const BAD = { fill: '#D55E00', className: 'bad' }
const OTHER = { fill: '#009E73', className: 'planted' }

/** Above this spread a linear axis would press the fast ones together. */
const LOG_FROM = 10
const MOST_SAMPLES = 2000
/** So that no margin around it is beyond what a double holds. */
const LONGEST_AXIS = 1e300

export const CHARTS: Charts = {
  timeline(spans, end, words) {
    const whole = spans.filter(span => !span.failed)
    return draw(words, namesOf(spans), {
      x: { domain: [0, end], label: null, grid: true, ticks: 6, tickFormat: secondsLabel(end) },
      marks: [
        Plot.barX(whole, { ...bar, x1: 'from', x2: 'to', ...SOFT, title: spanTitle }),
        Plot.barX(
          whole.filter(({ inner }) => inner !== null),
          {
            ...bar,
            x1: 'from',
            x2: (span: Span) => Math.min(span.from + span.inner!, span.to),
            ...MAIN,
          },
        ),
        Plot.barX(
          whole.filter(({ inner }) => inner === null),
          { ...bar, x1: 'from', x2: 'to', ...MAIN },
        ),
        Plot.barX(
          spans.filter(({ failed }) => failed),
          { ...bar, x1: 'from', x2: 'to', ...BAD, title: spanTitle },
        ),
      ],
    })
  },

  layers(layers, words) {
    const most = largest(
      layers.map(({ bytes }) => bytes),
      1,
    )
    const [unit, label] = most >= GIB ? [GIB, 'GiB'] : [MIB, 'MiB']
    return draw(words, namesOf(layers), {
      x: {
        domain: [0, most / unit],
        label,
        labelAnchor: 'right',
        labelArrow: 'none',
        grid: true,
        ticks: 5,
      },
      marks: [Plot.barX(layers, { ...bar, x: (layer: Layer) => layer.bytes / unit, ...MAIN })],
    })
  },

  samples(rows, words) {
    const times = rows
      .flatMap(({ median, samples }) => [median, ...samples])
      .filter(seconds => seconds > 0)
    // A time of 0 is shorter than the clock can see, and has no place on a logarithmic axis.
    const most = Math.min(largest(times, 0) || 1, LONGEST_AXIS)
    const least = times.reduce((least, seconds) => Math.min(least, seconds), most)
    const log = most / least > LOG_FROM
    const dots = rows.flatMap(({ name, samples }) =>
      thinned(samples).map(seconds => ({ name, seconds })),
    )
    return draw(words, namesOf(rows), {
      x: {
        type: log ? 'log' : 'linear',
        domain: log ? [least / 1.15, most * 1.15] : [0, most * 1.02],
        label: log ? 'logarithmic axis' : null,
        labelAnchor: 'right',
        labelArrow: 'none',
        grid: true,
        ticks: 5,
        tickFormat: (seconds: number) => (seconds === 0 ? '0' : formatDuration(seconds)),
      },
      marks: [
        Plot.ruleY(rows, { y: 'name', stroke: '#d5dade', className: 'grid' }),
        Plot.dot(dots, {
          x: 'seconds',
          y: 'name',
          r: 3.5,
          fill: '#0072B2',
          fillOpacity: 0.75,
          className: 'main',
          title: ({ seconds }: { seconds: number }) => formatDuration(seconds),
        }),
        Plot.tickX(rows, {
          x: 'median',
          y: 'name',
          inset: 2,
          stroke: '#16202a',
          strokeWidth: 2.5,
          className: 'median',
          title: ({ median }: SampleRow) => `median ${formatDuration(median)}`,
        }),
      ],
    })
  },

  forest(rows, { text, margin }, words) {
    const reach = ratioReach(rows.flatMap(({ ratio, interval }) => [ratio, ...(interval ?? [])]))
    const tones = { good: MAIN, bad: BAD, plain: { fill: '#55606b', className: 'quiet' } } as const
    return draw(words, namesOf(rows), {
      x: {
        type: 'log',
        domain: [1 / reach, reach],
        clamp: true,
        label: `${text}: faster to the left, slower to the right`,
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
        ticks: ratioTicks(reach),
        tickFormat: String,
      },
      marks: [
        Plot.rect([{ low: 1 / (1 + margin), high: 1 + margin }], {
          x1: 'low',
          x2: 'high',
          fill: '#eef1f3',
          className: 'band',
        }),
        Plot.ruleX([1], { stroke: '#16202a', className: 'axis-line' }),
        Plot.link(
          rows.filter(({ interval }) => interval !== null),
          {
            x1: (row: ForestRow) => row.interval![0],
            x2: (row: ForestRow) => row.interval![1],
            y1: 'name',
            y2: 'name',
            stroke: '#16202a',
            strokeWidth: 1.5,
            className: 'range',
            title: forestTitle,
          },
        ),
        ...(['good', 'bad', 'plain'] as const).map(tone =>
          Plot.dot(
            rows.filter(row => row.tone === tone),
            {
              x: 'ratio',
              y: 'name',
              r: 5,
              // Shape beside colour: who is slower is never told by colour alone.
              symbol: tone === 'bad' ? 'triangle' : tone === 'good' ? 'circle' : 'square',
              ...tones[tone],
              title: forestTitle,
            },
          ),
        ),
      ],
    })
  },

  rounds(rows, { text }, words) {
    const points = rows.flatMap(({ name, ratios }) =>
      ratios.map((ratio, i) => ({ name, ratio, round: i + 1 })),
    )
    const reach = ratioReach(points.map(({ ratio }) => ratio))
    const count = Math.max(...rows.map(({ ratios }) => ratios.length))
    const [first, second] = rows
    const line = (
      row: RoundsRow | undefined,
      symbol: 'circle' | 'triangle',
      look: typeof MAIN | typeof OTHER,
    ) => {
      const own = points.filter(({ name }) => name === row?.name)
      return [
        Plot.line(own, {
          x: 'round',
          y: 'ratio',
          stroke: look.fill,
          className: `${look.className}-line`,
        }),
        Plot.dot(own, {
          x: 'round',
          y: 'ratio',
          r: 4.5,
          symbol,
          ...look,
          title: p => `round ${p.round}: ${p.ratio.toFixed(3)}`,
        }),
      ]
    }
    return draw(words, [], {
      height: 220,
      marginLeft: 50,
      x: {
        domain: [1, Math.max(count, 2)],
        ticks: Math.min(count, 12),
        tickFormat: 'd',
        label: 'round',
        labelArrow: 'none',
      },
      y: {
        type: 'log',
        domain: [1 / reach, reach],
        clamp: true,
        ticks: ratioTicks(reach),
        tickFormat: String,
        grid: true,
        label: text,
        labelArrow: 'none',
      },
      marks: [
        Plot.ruleY([1], { stroke: '#16202a', className: 'axis-line' }),
        ...line(first, 'circle', MAIN),
        ...line(second, 'triangle', OTHER),
      ],
    })
  },

  course({ points, end, label, format, dots = false }, words) {
    const where = { x: 'at', y: 'value' } as const
    const title = ({ at, value }: { at: number; value: number }) =>
      shownText(`${format(value)} at ${formatDuration(at)}`)
    return draw(words, [], {
      height: 214,
      marginLeft: 64,
      marginTop: 28,
      x: { domain: [0, end], label: null, grid: true, ticks: 6, tickFormat: secondsLabel(end) },
      y: {
        domain: [
          0,
          Math.min(
            largest(
              points.map(({ value }) => value),
              0,
            ) * 1.05 || 1,
            LONGEST_AXIS,
          ),
        ],
        label,
        labelArrow: 'none',
        ticks: 4,
        tickFormat: format,
        grid: true,
      },
      marks: [
        dots
          ? Plot.dot(points, { ...where, r: 4.5, ...MAIN, title })
          : Plot.line(points, { ...where, stroke: MAIN.fill, className: `${MAIN.className}-line` }),
      ],
    })
  },
}

const namesOf = (rows: readonly { readonly name: string }[]) => [
  ...new Set(rows.map(({ name }) => name)),
]
const bar = { y: 'name', insetTop: 5, insetBottom: 5 } as const

function spanTitle({ name, from, to }: Span): string {
  return shownText(`${name}: ${formatDuration(to - from)}, from ${formatDuration(from)} on`)
}

function forestTitle({ name, ratio, interval, verdict }: ForestRow): string {
  const range = interval ? ` (${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})` : ''
  return shownText(`${name}: ${ratio.toFixed(3)}${range}, ${verdict}`)
}

/** One drawing, named for those who do not see it; its numbers also stand in the table beside it. */
function draw(
  { title, finding }: ChartWords,
  names: readonly string[],
  options: Plot.PlotOptions,
): Html {
  // A document each: the library keeps what it made in the one it was given.
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const plot = Plot.plot({
    document,
    width: WIDTH,
    ...(names.length > 0 && {
      height: names.length * ROW + 50,
      marginLeft: Math.max(...names.map(name => shortName(name).length)) * CHARACTER + 16,
      y: { domain: names, label: null, tickSize: 0, tickFormat: shortName },
    }),
    marginRight: 24,
    marginBottom: 34,
    marginTop: 14,
    ...options,
  } as Plot.PlotOptions)
  plot.querySelectorAll('style').forEach(style => {
    style.remove()
  })
  plot.removeAttribute('style')
  plot.removeAttribute('aria-label')
  plot.querySelectorAll('[aria-label]').forEach(part => {
    part.removeAttribute('aria-label')
  })
  plot.setAttribute('class', 'chart')
  plot.setAttribute('font-size', '12')
  plot.setAttribute('role', 'img')
  const label = html` aria-label="${title}. ${finding}"`
  const svg = plot.outerHTML
    .replace('<svg', () => `<svg${label.text}`)
    .replace(LENGTHS, attribute => attribute.replace(/-?\d+\.\d{3,}/g, rounded))
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0">${trusted(svg)}</div>`
}

const LENGTHS = / (?:x|y|x1|x2|y1|y2|width|height|d|transform)="[^"]*"/g

/** A hundredth of a pixel is more than a screen shows, and half the page less. */
const rounded = (number: string) => String(Math.round(Number(number) * 100) / 100)

/** Names are cut, not wrapped; the table beside the drawing has them whole. */
function shortName(name: string): string {
  const shown = shownText(name)
  return shown.length <= LONGEST_NAME ? shown : `${shown.slice(0, LONGEST_NAME - 1)}…`
}

/** Every so many of a long list, extremes kept. */
function thinned(samples: readonly number[]): readonly number[] {
  if (samples.length <= MOST_SAMPLES) return samples
  const sorted = [...samples].sort((a, b) => a - b)
  const step = Math.ceil(sorted.length / MOST_SAMPLES)
  return sorted.filter((_, i) => i % step === 0 || i === sorted.length - 1)
}
