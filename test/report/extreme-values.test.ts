import { expect, test } from 'vitest'
import { CHARTS } from '../../src/report/charts'

const words = { title: 'Chart', finding: 'A finding.' }
const ratio = { text: 'B ÷ A', margin: 0.05 }
const EXTREMES = [5e-324, 1e-300, 1e-12, 1, 1e12, 1e300, Number.MAX_VALUE]
const OUTSIDE = [0, Number.POSITIVE_INFINITY, Number.NaN]

test.each([...EXTREMES, ...OUTSIDE])('every chart is drawn with %d among its values', value => {
  const drawn = [
    CHARTS.timeline([{ name: 'a', from: 0, to: value, inner: value, failed: false }], value, words),
    CHARTS.layers([{ name: 'a', bytes: value }], words),
    CHARTS.samples([{ name: 'a', median: value, samples: [1, value] }], words),
    CHARTS.forest(
      [{ name: 'a', ratio: value, interval: [1 / value, value], verdict: 'faster', tone: 'good' }],
      ratio,
      words,
    ),
    CHARTS.rounds([{ name: 'a', ratios: [1, value] }], ratio, words),
    CHARTS.course(
      {
        points: [
          { at: 0, value: 1 },
          { at: value, value },
        ],
        end: value,
        label: 'x',
        format: String,
      },
      words,
    ),
  ].map(String)
  for (const svg of drawn) {
    expect(svg).toContain('<svg')
    expect(svg).not.toMatch(/="[^"]*(NaN|Infinity)/)
  }
})

test('a chart of more samples than a call has room for is drawn', () => {
  const samples = Array.from({ length: 300_000 }, (_, i) => 1 + i / 1000)
  expect(String(CHARTS.samples([{ name: 'a', median: 1, samples }], words))).toContain('<svg')
})
