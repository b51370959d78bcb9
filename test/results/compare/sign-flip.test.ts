import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Column, signFlipMaxT } from '../../../src/results/compare/sign-flip'

const p = (columns: readonly Column[], seed = 1) => signFlipMaxT(columns, { seed }).adjusted_p

/** The definition, word for word: every pattern of signs, T anew for each. */
function byEnumeration(columns: readonly (readonly number[])[]): number[] {
  const n = columns[0]!.length
  const t = (values: readonly number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / n
    const s = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1))
    return (Math.abs(mean) / Math.max(s, 0.002)) * Math.sqrt(n)
  }
  const maxima = Array.from({ length: 2 ** n }, (_, signs) =>
    Math.max(...columns.map(column => t(column.map((d, i) => (signs & (1 << i) ? -d : d))))),
  )
  return columns.map(column => maxima.filter(max => max >= t(column) - 1e-9).length / maxima.length)
}

describe('sign flips of whole rounds', () => {
  it('of one time that went one way in all of n rounds give 1 in 2^(n−1)', () => {
    for (const n of [3, 6, 10, 12])
      expect(p([Array.from({ length: n }, (_, i) => 0.1 + i / 100)])).toEqual([1 / 2 ** (n - 1)])
  })

  it('agree with the definition', () => {
    const value = fc.integer({ min: -300, max: 300 }).map(d => d / 1000)
    const columns = fc
      .integer({ min: 3, max: 7 })
      .chain(n =>
        fc.array(fc.array(value, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 4 }),
      )
    fc.assert(
      fc.property(columns, given => {
        const expected = byEnumeration(given)
        for (const [i, found] of p(given).entries()) expect(found).toBeCloseTo(expected[i]!, 9)
      }),
      { numRuns: 60 },
    )
  })

  it('cost the same time more in company, and nothing where the company is the same time again', () => {
    const column = [0.05, 0.07, 0.02, 0.06, 0.04, -0.01, 0.05]
    const noise = [0.03, -0.05, 0.08, -0.02, 0.01, -0.06, 0.02]
    const [alone] = p([column])
    expect(p([column, noise])[0]).toBeGreaterThan(alone!)
    expect(p([column, column])).toEqual([alone, alone])
  })

  it('know nothing of a column without two rounds, and use the rounds that a column has', () => {
    expect(
      p([
        [0.1, null, null],
        [null, null, null],
      ]),
    ).toEqual([null, null])
    expect(signFlipMaxT([[]], { seed: 1 })).toEqual({
      adjusted_p: [null],
      critical: null,
      flips: 0,
    })
    const gap = [0.1, 0.12, null, 0.11, 0.13, 0.12, 0.1]
    expect(p([gap, gap.map(() => 0)])[0]).toBe(1 / 2 ** 5)
  })

  it('see nothing in no difference at all', () => {
    expect(p([[0, 0, 0, 0, 0, 0]])).toEqual([1])
  })

  it('are drawn from the seed above 12 rounds, and never give 0', () => {
    const column = Array.from({ length: 20 }, (_, i) => 0.1 + (i % 5) / 100)
    const noise = Array.from({ length: 20 }, (_, i) => ((i * 7) % 11) / 100 - 0.05)
    expect(signFlipMaxT([column], { seed: 7 }).flips).toBe(9999)
    expect(p([column], 7)).toEqual([1 / 10_000])
    expect(p([noise], 7)).toEqual(p([noise], 7))
    expect(p([noise], 7)[0]).toBeCloseTo(p([noise], 8)[0]!, 1)
  })
})
