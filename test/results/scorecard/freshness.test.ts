import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freshnessOf, type VisibleThrough } from '../../../src/results/scorecard/freshness'

const commits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1000, noNaN: true }),
    lag: fc.double({ min: 0, max: 200, noNaN: true }),
  }),
  { minLength: 1, maxLength: 20 },
)
const visible = (list: readonly { at: number; lag: number }[]): VisibleThrough[] =>
  list.map(({ at, lag }) => ({ at, through: at - lag }))

describe('age of a table over time', () => {
  it('rises by a second a second and falls at commits: a case by hand', () => {
    // Age 10 at second 20 rises to 40 at second 50, falls to 5, rises to 15 at the end.
    const age = freshnessOf(
      [
        { at: 20, through: 10 },
        { at: 50, through: 45 },
      ],
      0,
      60,
    )!
    expect(age.max).toBe(40)
    // 40 s in all: below 15 lie 10 + 5 of them, above it one rise of 25 s.
    expect(age.p50).toBeCloseTo(20, 9)
    expect(age.p95).toBeCloseTo(38, 9)
  })

  it('is what dense sampling of a reader finds, over random histories', () => {
    fc.assert(
      fc.property(commits, list => {
        const history = visible(list)
        const end = 1100
        const age = freshnessOf(history, 0, end)!
        const first = Math.min(...history.map(c => c.at))
        const steps = 4000
        const ages = Array.from({ length: steps }, (_, i) => {
          const t = first + ((i + 0.5) / steps) * (end - first)
          const seen = history.filter(c => c.at <= t).map(c => c.through)
          return t - Math.max(...seen)
        }).sort((a, b) => a - b)
        const step = (end - first) / steps
        for (const [share, exact] of [
          [0.5, age.p50],
          [0.95, age.p95],
        ] as const) {
          const below = ages.filter(a => a <= exact + step).length / steps
          const above = ages.filter(a => a < exact - step).length / steps
          expect(below).toBeGreaterThanOrEqual(share - 0.01)
          expect(above).toBeLessThanOrEqual(share + 0.01)
        }
        expect(ages.at(-1)!).toBeLessThanOrEqual(age.max + 1e-6)
        expect(ages.at(-1)!).toBeGreaterThan(age.max - 2 * step)
      }),
      { numRuns: 300 },
    )
  })

  it('is finite, ordered and no younger without a commit; nothing visible has no age (10,000)', () => {
    fc.assert(
      fc.property(commits, fc.double({ min: 1, max: 1200, noNaN: true }), (list, end) => {
        const history = visible(list)
        const age = freshnessOf(history, 0, end)
        if (history.every(c => c.at >= end)) {
          expect(age).toBeNull()
          return
        }
        expect(age!.p50).toBeLessThanOrEqual(age!.p95 + 1e-9)
        expect(age!.p95).toBeLessThanOrEqual(age!.max + 1e-9)
        const fewer = freshnessOf(history.slice(1), 0, end)
        if (fewer && history[0]!.at > Math.min(...history.slice(1).map(c => c.at)))
          expect(fewer.max).toBeGreaterThanOrEqual(age!.max - 1e-9)
      }),
      { numRuns: 10_000 },
    )
  })
})
