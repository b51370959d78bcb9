import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cpuQuantity, memoryQuantity, parseQuantity } from '../../src/kubernetes/objects'

describe('quantities', () => {
  it.each([
    ['1', 1],
    ['250m', 0.25],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['100n', 1e-7],
    ['1e3', 1000],
    ['12E', 12e18],
    ['1E2', 100],
    ['4Gi', 4 * 2 ** 30],
    ['16393340Ki', 16393340 * 1024],
    ['2k', 2000],
    ['1Ei', 2 ** 60],
  ])('%s is %d', (text, value) => expect(parseQuantity(text)).toBeCloseTo(value, 12))

  it.each(['', 'x', '1Kb', '1 Gi', '--1', '1e', 'Gi'])('%j is none', text =>
    expect(parseQuantity(text)).toBeNull(),
  )

  it('are written so that they are read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), n => {
        expect(parseQuantity(cpuQuantity(n / 1000))).toBeCloseTo(n / 1000, 9)
        expect(parseQuantity(memoryQuantity(n * 2 ** 20))).toBe(n * 2 ** 20)
      }),
    )
    expect([
      cpuQuantity(4),
      cpuQuantity(0.2),
      memoryQuantity(3 * 2 ** 30),
      memoryQuantity(1),
    ]).toEqual(['4', '200m', '3Gi', '1Mi'])
  })
})
