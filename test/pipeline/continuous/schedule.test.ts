import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dueAfterRound,
  guardSeconds,
  nextStep,
  type RoundOptions,
  type RoundSettings,
  settleRounds,
} from '../../../src/pipeline/continuous/schedule'

const wishes = fc.record<RoundOptions>({
  duration: fc.integer({ min: 1, max: 7200 }),
  warmup: fc.integer({ min: 1, max: 1800 }),
  interval: fc.integer({ min: 1, max: 3600 }),
  gold_interval: fc.integer({ min: 1, max: 1200 }),
  guard: fc.constantFrom(5, 60),
})

interface Ran {
  readonly from: number
  readonly to: number
}

/** A run on a clock of its own, which wakes late and jumps by `lateness`, with rounds that take what they are told. */
function simulate(
  settings: RoundSettings,
  options: { goldAt: number; took: readonly number[]; lateness: readonly number[] },
): { rounds: Ran[]; why: string; looks: number } {
  const rounds: Ran[] = []
  let elapsed = 0
  let next_at = settings.warmup
  let last_round: number | null = null
  for (let looks = 1; ; looks++) {
    if (looks > 100_000) throw new Error('the schedule does not end')
    const step = nextStep(settings, {
      elapsed,
      next_at,
      last_round,
      gold_ready: elapsed >= options.goldAt,
    })
    if (step.do === 'end') return { rounds, why: step.why, looks }
    if (step.do === 'wait') {
      if (step.until <= elapsed) throw new Error(`waits from ${elapsed} until ${step.until}`)
      elapsed = step.until + options.lateness[looks % options.lateness.length]!
      continue
    }
    const seconds = options.took[rounds.length % options.took.length]!
    rounds.push({ from: elapsed, to: elapsed + seconds })
    elapsed += seconds
    last_round = seconds
    next_at = dueAfterRound(elapsed, settings)
  }
}

const run = fc.record({
  goldAt: fc.oneof(
    fc.double({ min: 0, max: 3000, noNaN: true }),
    fc.constantFrom(0, Number.POSITIVE_INFINITY),
  ),
  took: fc.array(fc.double({ min: 0.01, max: 900, noNaN: true }), { minLength: 1, maxLength: 6 }),
  lateness: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 400, noNaN: true })), {
    minLength: 1,
    maxLength: 5,
  }),
})

describe('benchmark rounds', () => {
  it('keep every rule of the page over 10,000 schedules', () => {
    fc.assert(
      fc.property(wishes, run, (wish, how) => {
        const settings = settleRounds(wish)
        const { rounds, why } = simulate(settings, how)
        expect(why).not.toBe('')
        expect(settings.warmup).toBe(Math.max(wish.warmup, wish.gold_interval))
        expect(settings.interval).toBe(Math.max(wish.interval, wish.gold_interval))
        expect(settings.warnings.length).toBe(
          Number(wish.warmup < wish.gold_interval) + Number(wish.interval < wish.gold_interval),
        )
        for (const [i, round] of rounds.entries()) {
          const before = rounds[i - 1]
          // Never before the warm-up or gold, never within an interval of the last end, so never two at once.
          expect(round.from).toBeGreaterThanOrEqual(Math.max(settings.warmup, how.goldAt))
          if (before) expect(round.from).toBeGreaterThanOrEqual(before.to + settings.interval)
          // Never into the guard at the end.
          const guard = guardSeconds(settings.guard, before ? before.to - before.from : null)
          expect(wish.duration - round.from).toBeGreaterThanOrEqual(guard)
        }
        if (settings.impossible) expect(rounds).toEqual([])
      }),
      { numRuns: 10_000 },
    )
  })

  it('happen as often as there is room for them, on a clock that wakes in time', () => {
    fc.assert(
      fc.property(wishes, fc.double({ min: 0.1, max: 40, noNaN: true }), (wish, seconds) => {
        const settings = settleRounds(wish)
        const { rounds } = simulate(settings, { goldAt: 0, took: [seconds], lateness: [0] })
        if (settings.impossible) return
        const { duration, warmup, interval } = settings
        // The reference's planning formula, with the guard in place of the round's own time.
        const later = guardSeconds(wish.guard, seconds)
        const expected =
          1 + Math.max(0, Math.floor((duration - warmup - later) / (interval + seconds) + 1e-9))
        expect(Math.abs(rounds.length - expected)).toBeLessThanOrEqual(1e-9)
      }),
      { numRuns: 5000 },
    )
  })

  it('fits what the page’s own formula gives for rounds of 40 s in 30, 45 and 60 minutes', () => {
    const count = (minutes: number) =>
      simulate(
        settleRounds({
          duration: minutes * 60,
          warmup: 300,
          interval: 300,
          gold_interval: 300,
          guard: 60,
        }),
        {
          goldAt: 0,
          took: [40],
          lateness: [0],
        },
      ).rounds.length
    expect([30, 45, 60].map(count)).toEqual([5, 7, 10])
  })

  it('a window that is too short says so, with the remedy', () => {
    const settings = settleRounds({
      duration: 120,
      warmup: 60,
      interval: 300,
      gold_interval: 300,
      guard: 60,
    })
    expect(settings.impossible).toContain('a window of 120 s has no room for a benchmark round')
    expect(settings.impossible).toContain('--duration 600')
    expect(settings.warnings).toEqual([
      'benchmark_warmup 60 is below gold_refresh_interval 300 and was raised to it.',
    ])
  })

  it('without gold there is no round, and the reason is gold', () => {
    const settings = settleRounds({
      duration: 900,
      warmup: 300,
      interval: 300,
      gold_interval: 300,
      guard: 60,
    })
    const { rounds, why } = simulate(settings, {
      goldAt: Number.POSITIVE_INFINITY,
      took: [1],
      lateness: [0],
    })
    expect(rounds).toEqual([])
    expect(why).toContain('gold had no content in time')
  })
})
