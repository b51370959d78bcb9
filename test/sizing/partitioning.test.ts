import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choosePartitioning } from '../../src/sizing/partitioning'

const MIB = 2 ** 20

describe('choosePartitioning', () => {
  const year = { granularity: 'auto', dates: 366, months: 12, targetFileSize: 128 * MIB } as const

  it.each([
    [366 * 32 * MIB, 'day'],
    [366 * 32 * MIB - 366, 'month'],
    [12 * 32 * MIB, 'month'],
    [12 * 32 * MIB - 12, 'none'],
    [0, 'none'],
  ])('%d bytes over a year go by %s', (bytes, granularity) => {
    const decision = choosePartitioning({ ...year, bytes })
    expect(decision.granularity).toBe(granularity)
  })

  it('says why, with the numbers', () => {
    expect(choosePartitioning({ ...year, bytes: 12 * 64 * MIB }).reason).toBe(
      '64 MiB a file over 12 months, at least a quarter of 128 MiB; 2.1 MiB a file over 366 days would be below a quarter of 128 MiB',
    )
    expect(choosePartitioning({ ...year, bytes: 1, dates: 0, months: 0 })).toEqual({
      granularity: 'none',
      reason: 'there are no dates to partition by',
    })
  })

  it('obeys what is configured', () => {
    for (const granularity of ['day', 'month', 'none'] as const)
      expect(choosePartitioning({ ...year, granularity, bytes: 1 })).toEqual({
        granularity,
        reason: 'configured',
      })
  })

  it('never leaves the mean file below a quarter of the target, nor a finer choice that would do', () => {
    const input = fc.record({
      bytes: fc.integer({ min: 0, max: 2 ** 45 }),
      months: fc.integer({ min: 1, max: 120 }),
      daysPerMonth: fc.integer({ min: 1, max: 31 }),
      targetFileSize: fc.integer({ min: 4, max: 2 ** 30 }),
    })
    fc.assert(
      fc.property(input, ({ bytes, months, daysPerMonth, targetFileSize }) => {
        const dates = months * daysPerMonth
        const { granularity } = choosePartitioning({
          granularity: 'auto',
          bytes,
          dates,
          months,
          targetFileSize,
        })
        const fine = (count: number) => bytes / count >= targetFileSize / 4
        expect(granularity).toBe(fine(dates) ? 'day' : fine(months) ? 'month' : 'none')
      }),
    )
  })
})
