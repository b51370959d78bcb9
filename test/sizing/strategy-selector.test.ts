import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS, StrategySelector } from '../../src/sizing/strategy-selector'

const GIB = 2 ** 30
const TIB = 2 ** 40

describe('StrategySelector', () => {
  const selector = new StrategySelector()

  it.each([
    [0, 1, 'simple'],
    [1 * GIB, 1, 'simple'],
    [1 * GIB, 100, 'simple'],
    [1 * GIB, 100.0000001, 'salted'],
    [1 * GIB, 365, 'salted'],
    [100 * GIB - 1, 1, 'simple'],
    [100 * GIB - 1, 101, 'salted'],
    [100 * GIB, 1, 'streaming'],
    [100 * GIB + 1, 1, 'streaming'],
    [100 * GIB, 1000, 'streaming'],
    [5 * TIB - 1, 1, 'streaming'],
    [5 * TIB, 1, 'chunked'],
    [5 * TIB + 1, 1, 'chunked'],
    [5 * TIB, 1000, 'chunked'],
  ])('%d bytes with skew %d is %s', (bytes, skew, strategy) => {
    const decision = selector.select({ bytes, skew })
    expect(decision).toMatchObject({
      strategy,
      overridden: false,
      inputs: { bytes, skew },
      thresholds: DEFAULT_THRESHOLDS,
    })
  })

  it.each(['simple', 'streaming', 'chunked', 'salted'] as const)(
    'obeys the override %s at any size',
    override => {
      for (const bytes of [0, 100 * GIB, 6 * TIB]) {
        const decision = new StrategySelector({ override }).select({ bytes, skew: 500 })
        expect(decision).toMatchObject({ strategy: override, overridden: true })
        expect(decision.reason).toContain('configured')
      }
    },
  )

  it('lets the data decide on auto, and moves single thresholds', () => {
    const small = new StrategySelector({ override: 'auto', thresholds: { streaming: 1000 } })
    expect(small.select({ bytes: 999, skew: 1 }).strategy).toBe('simple')
    expect(small.select({ bytes: 1000, skew: 1 }).strategy).toBe('streaming')
    expect(small.thresholds).toEqual({ streaming: 1000, chunked: 5 * TIB, skew: 100 })
    expect(
      new StrategySelector({ thresholds: { skew: 2 } }).select({ bytes: 1, skew: 2.5 }).strategy,
    ).toBe('salted')
  })

  it('gives reasons with numbers that tell the sides of a threshold apart', () => {
    expect(selector.select({ bytes: 1.5 * GIB, skew: 1.234 }).reason).toBe(
      '1.5 GiB of bronze is below 100 GiB, and its hottest date has 1.23× the mean, not above 100×',
    )
    expect(selector.select({ bytes: 100 * GIB, skew: 1 }).reason).toBe(
      '100 GiB of bronze is at least 100 GiB',
    )
    expect(selector.select({ bytes: 100 * GIB - 1, skew: 1 }).reason).toContain(
      '107374182399 bytes of bronze is below 100 GiB',
    )
    expect(selector.select({ bytes: 1, skew: 100.0001 }).reason).toContain(
      '100.0001× the mean, above 100×',
    )
  })

  it('refuses what is no profile', () => {
    expect(() => selector.select({ bytes: Number.NaN, skew: 1 })).toThrow(RangeError)
    expect(() => selector.select({ bytes: 1, skew: Number.NaN })).toThrow(RangeError)
    expect(() => selector.select({ bytes: -1, skew: 1 })).toThrow(RangeError)
  })

  it('only ever climbs with size: (simple | salted) → streaming → chunked', () => {
    const rank = { simple: 0, salted: 0, streaming: 1, chunked: 2 }
    const bytes = fc.integer({ min: 0, max: 6 * TIB })
    fc.assert(
      fc.property(bytes, bytes, fc.float({ min: 1, max: 400, noNaN: true }), (a, b, skew) => {
        const [less, more] = a < b ? [a, b] : [b, a]
        const before = rank[selector.select({ bytes: less, skew }).strategy]
        const after = rank[selector.select({ bytes: more, skew }).strategy]
        expect(after).toBeGreaterThanOrEqual(before)
      }),
    )
  })
})
