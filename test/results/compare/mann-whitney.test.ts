import { describe, expect, it } from 'vitest'
import {
  holm,
  mannWhitney,
  rankSumCounts,
  rankSumCumulative,
} from '../../../src/results/compare/estimates'

describe('Mann-Whitney', () => {
  it('reaches the published smallest p: 0.0286 with 4 a side, 0.0022 with 6', () => {
    expect(mannWhitney([1, 2, 3, 4], [5, 6, 7, 8]).p).toBeCloseTo(2 / 70, 12)
    expect(mannWhitney([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]).p).toBeCloseTo(2 / 924, 12)
    expect(mannWhitney([1, 2, 3], [4, 5, 6])).toMatchObject({ p: 0.1, interval: null })
  })

  it('gives the p of Hollander and Wolfe, page 69: W = 35, one-sided 0.1272', () => {
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    const early = [1.15, 0.88, 0.9, 0.74, 1.21]
    const { p, effect } = mannWhitney(early, term)
    expect(p / 2).toBeCloseTo(0.1272, 4)
    expect(effect).toBeCloseTo(0.305, 9)
  })

  it('has the interval of all differences: 4 against 4 its whole range', () => {
    expect(mannWhitney([1, 2, 3, 4], [5, 6, 7, 8])).toMatchObject({ effect: 4, interval: [1, 7] })
  })

  it('counts a tie half, and rounds it against a difference', () => {
    // U is 0.5 at best; taken as 1.
    expect(mannWhitney([1, 2, 3, 4], [4, 5, 6, 7]).p).toBeCloseTo(4 / 70, 12)
    expect(mannWhitney([1, 1, 1, 1], [1, 1, 1, 1]).p).toBe(1)
  })

  it('counts orders as enumerating them does', () => {
    expect(rankSumCounts(2, 2)).toEqual([1, 1, 2, 1, 1])
    expect(rankSumCounts(4, 4)).toEqual([1, 1, 2, 3, 5, 5, 7, 7, 8, 7, 7, 5, 5, 3, 2, 1, 1])
    expect(rankSumCounts(6, 9).reduce((sum, count) => sum + count, 0)).toBe(5005)
  })

  it('goes over to the normal limit without a step', () => {
    const [exact, limit] = [rankSumCumulative(60, 60), rankSumCumulative(61, 60)]
    expect(limit(1450)).toBeCloseTo(exact(1424), 2)
  })
})

describe('Holm', () => {
  it('multiplies by what is left of the family, never falls, and leaves out what has no p', () => {
    const adjusted = holm([0.04, null, 0.01, 0.03, 1])
    expect(adjusted[1]).toBeNull()
    for (const [i, p] of [
      [2, 0.04],
      [3, 0.09],
      [0, 0.09],
      [4, 1],
    ] as const)
      expect(adjusted[i]).toBeCloseTo(p, 12)
  })
})
