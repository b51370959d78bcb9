import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CapacityError } from '../../src/contracts/errors'
import { formatRecommendation, recommend } from '../../src/sizing/recommend'

const GIB = 2 ** 30

describe('recommend by scale', () => {
  // cores = ⌊1.15 × (max(executors × 4, datagen) + Trino + 4)⌋, memory likewise with executors × 60 GiB and + 8 GiB.
  it.each([
    // max(8, 2×4) + 2 + 1 + 4 = 15; max(120, 8) + 8 + 4 + 8 = 140
    [1, 'minimal', 2, 17, 161],
    // max(16, 16) + 8 + 2 + 4 = 30; max(240, 16) + 32 + 8 + 8 = 288
    [10, 'balanced', 4, 34, 331],
    // max(32, 10×8) + 8 + 2 + 4 = 94; max(480, 240) + 32 + 8 + 8 = 528
    [50, 'balanced', 8, 108, 607],
    // max(32, 10×8) + 4×8 + 4 + 4 = 120; max(480, 240) + 4×32 + 16 + 8 = 632
    [100, 'performance', 8, 138, 726],
    // max(64, 33×8) + 20×8 + 4 + 4 = 432; max(20×60, 33×24) + 20×64 + 16 + 8 = 2504
    [1000, 'extreme', 20, 496, 2879],
  ])('%d is %s: %d executors, %d cores and %d GiB in all', (scale, tier, executors, cores, gib) => {
    const r = recommend({ scale })
    expect(r).toMatchObject({ scale, tier, executors, bronze_bytes: 10 * GIB * scale })
    expect(r.total).toEqual({ cores, memory: gib * GIB })
  })

  it('generates in batch pods up to scale 10 and continuous ones above', () => {
    expect(recommend({ scale: 10 }).datagen).toEqual({
      mode: 'batch',
      count: 4,
      cores: 4,
      memory: 4 * GIB,
    })
    expect(recommend({ scale: 11 }).datagen).toEqual({
      mode: 'continuous',
      count: 4,
      cores: 8,
      memory: 24 * GIB,
    })
  })

  it('prints as an aligned table and is a plain object in JSON', () => {
    const r = recommend({ scale: 30 })
    expect(String(r)).toBe(formatRecommendation(r))
    expect(String(r)).toMatch(/^executors +5 for each job: max\(4, min\(8, scale \/\/ 6\)\)$/m)
    expect(Object.keys(r)).not.toContain('toString')
    expect(JSON.parse(JSON.stringify(r))).toEqual({ ...r })
  })

  it('refuses numbers that are none', () => {
    for (const n of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => recommend({ scale: n })).toThrow(RangeError)
      expect(() => recommend({ cores: n, memory: GIB })).toThrow(RangeError)
    }
  })
})

describe('recommend by capacity', () => {
  it('finds the largest whole scale that fits', () => {
    const largest = (cores: number, memory: number) => {
      let best = 0
      for (let scale = 1; scale <= 2000; scale++) {
        const { total } = recommend({ scale })
        if (total.cores <= cores && total.memory <= memory) best = scale
      }
      return best
    }
    const cores = fc.integer({ min: 17, max: 700 })
    const gib = fc.integer({ min: 161, max: 3500 })
    fc.assert(
      fc.property(
        cores,
        gib,
        (c, g) => recommend({ cores: c, memory: g * GIB }).scale === largest(c, g * GIB),
      ),
      { numRuns: 60 },
    )
  })

  it('refuses a cluster that does not carry scale 1, and says what would', () => {
    expect(() => recommend({ cores: 16, memory: 1000 * GIB })).toThrow(CapacityError)
    expect(() => recommend({ cores: 100, memory: 160 * GIB })).toThrow(/17 cores and 161 GiB/)
    expect(recommend({ cores: 17, memory: 161 * GIB }).scale).toBe(5)
  })
})
