import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hodgesLehmann,
  intervalRank,
  signedRankCumulative,
  walshAverages,
} from '../../../src/results/compare/estimates'

/** Darwin's cross- and self-fertilised maize, differences in eighths of an inch (Fisher 1935): no ties, no zeros. */
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]

describe('Walsh averages', () => {
  it('are all pairs, each with itself too', () => {
    expect(walshAverages([1, 2, 4])).toEqual([1, 1.5, 2, 2.5, 3, 4])
    expect(hodgesLehmann([1, 2, 4])).toEqual({ effect: 2.25, interval: null })
  })

  it('of six values give their range as the interval, of seven the third from either end', () => {
    expect(hodgesLehmann([6, 1, 5, 2, 4, 3]).interval).toEqual([1, 6])
    // 1, 1.5, 2, 2, 2.5 … 6, 6.5, 7
    expect(hodgesLehmann([1, 2, 3, 4, 5, 6, 7]).interval).toEqual([2, 6])
  })
})

describe('the signed-rank null', () => {
  it.each([
    [5, 0],
    [6, 1],
    [7, 3],
    [8, 4],
    [9, 6],
    [10, 9],
    [12, 14],
    [15, 26],
    [20, 53],
  ])('of %i values bounds the interval at Walsh average %i', (n, k) => {
    expect(intervalRank(n)).toBe(k)
  })

  it.each([
    [6, 96.9],
    [7, 95.3],
    [8, 96.1],
    [9, 96.1],
    [10, 95.1],
    [12, 95.8],
    [15, 95.2],
    [20, 95.2],
  ])('of %i values covers %f %%', (n, percent) => {
    const outside = 2 * signedRankCumulative(n)[intervalRank(n) - 1]!
    expect(100 * (1 - outside)).toBeCloseTo(percent, 1)
  })

  it('gives the smallest p that n values can reach, and the published p of W = 96 of 15', () => {
    expect([5, 6, 7, 8, 9, 10].map(n => 2 * signedRankCumulative(n)[0]!)).toEqual(
      [5, 6, 7, 8, 9, 10].map(n => 2 / 2 ** n),
    )
    const ranks = [...MAIZE].sort((a, b) => Math.abs(a) - Math.abs(b))
    const w = ranks.reduce((sum, value, i) => sum + (value > 0 ? i + 1 : 0), 0)
    expect(w).toBe(96)
    expect(2 * signedRankCumulative(15)[(15 * 16) / 2 - w]!).toBeCloseTo(0.04126, 5)
  })

  it('agrees with counting every pattern of signs', () => {
    const n = 7
    const counts = new Array<number>((n * (n + 1)) / 2 + 1).fill(0)
    for (let signs = 0; signs < 2 ** n; signs++) {
      let w = 0
      for (let rank = 1; rank <= n; rank++) if (signs & (1 << (rank - 1))) w += rank
      counts[w]!++
    }
    let sum = 0
    const expected = counts.map(count => {
      sum += count / 2 ** n
      return sum
    })
    for (const [u, p] of signedRankCumulative(n).entries()) expect(p).toBeCloseTo(expected[u]!, 12)
  })
})

describe('the interval', () => {
  it('leaves out 0 where the exact test of the maize does, just', () => {
    const { effect, interval } = hodgesLehmann(MAIZE)
    expect(effect).toBe(25)
    expect(interval![0]).toBeGreaterThan(0)
    expect(interval![0]).toBeLessThan(effect)
    expect(interval![1]).toBeGreaterThan(effect)
  })

  it('moves with the values, turns with their sign, and lies within their range', () => {
    const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
      minLength: 6,
      maxLength: 14,
    })
    fc.assert(
      fc.property(values, fc.double({ min: -3, max: 3, noNaN: true }), (d, shift) => {
        const { effect, interval } = hodgesLehmann(d)
        const moved = hodgesLehmann(d.map(x => x + shift))
        const turned = hodgesLehmann(d.map(x => -x))
        expect(moved.effect).toBeCloseTo(effect + shift, 9)
        expect(moved.interval![0]).toBeCloseTo(interval![0] + shift, 9)
        expect(turned.effect).toBeCloseTo(-effect, 9)
        expect(turned.interval![1]).toBeCloseTo(-interval![0], 9)
        expect(interval![0]).toBeGreaterThanOrEqual(Math.min(...d))
        expect(interval![1]).toBeLessThanOrEqual(Math.max(...d))
        expect(interval![0]).toBeLessThanOrEqual(effect)
      }),
    )
  })
})
