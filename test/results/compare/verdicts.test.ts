import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareFacts } from '../../../src/results/compare/compare-runs'
import type { MetricComparison } from '../../../src/results/compare/comparison'
import type { RunFacts } from '../../../src/results/compare/run-facts'
import { judgeTimes, logMargin } from '../../../src/results/compare/verdicts'
import { facts, session } from './facts'
import { METRICS, Noise } from './noise'

/** ±1 % by round, so that a difference can be judged; the arms move apart by what is asked. */
const wobble = (round: number) => 1 + 0.01 * ((round * 7) % 5)
const withB = (times: Readonly<Record<string, number>>, rounds = 10) =>
  session(rounds, (arm, round) =>
    Object.fromEntries(
      METRICS.map(name => [
        name,
        wobble(round + name.length) * (arm === 'B' ? (times[name] ?? wobble(round * 3)) : 1),
      ]),
    ),
  )
const metric = (
  arms: readonly { name: string; runs: RunFacts[] }[],
  id: string,
): MetricComparison => {
  const [pair] = compareFacts(arms).pairs
  return [...pair!.headlines, ...pair!.metrics].find(found => found.metric === id)!
}
const failing = (run: RunFacts, query: string): RunFacts => ({
  ...run,
  verdict: 'FAILED',
  benchmark: {
    ...run.benchmark!,
    queries: {
      ...run.benchmark!.queries,
      [query]: { failure: 'out of memory', seconds: null, rows: null, fingerprint: null },
    },
  },
})
const replaced = (
  arms: ReturnType<typeof session>,
  arm: 0 | 1,
  round: number,
  change: (run: RunFacts) => RunFacts,
) =>
  arms.map((of, i) => ({
    ...of,
    runs: of.runs.map((run, r) => (i === arm && r === round - 1 ? change(run) : run)),
  }))

describe('a time in one session', () => {
  it('is slower, faster, different by little, or the same within the margin', () => {
    const arms = withB({ Q1: 1.2, Q2: 0.8, 'silver-build': 1.04, Q3: 1.001 })
    expect(metric(arms, 'query.Q1')).toMatchObject({ verdict: 'slower', n: 10, reason: '' })
    expect(metric(arms, 'query.Q1').ratio).toBeCloseTo(1.2, 9)
    expect(metric(arms, 'query.Q2').verdict).toBe('faster')
    expect(metric(arms, 'query.Q3').verdict).toBe('same within the margin')
    // All of the interval within 5 % is "the same", and comes first.
    expect(metric(arms, 'stage.silver-build').verdict).toBe('same within the margin')
    const wide = session(10, (arm, round) => ({
      Q1: arm === 'B' ? [1.01, 1.03, 1.05, 1.06, 1.07][round % 5]! : 1,
    }))
    expect(metric(wide, 'query.Q1').verdict).toBe('small difference')
  })

  it('that varies too much to tell says what could have been shown', () => {
    const arms = session(10, (arm, round) => ({
      Q1: arm === 'B' ? 1 + 0.3 * Math.sin(round * 2) : 1,
    }))
    const found = metric(arms, 'query.Q1')
    expect(found.verdict).toBe('cannot tell')
    expect(found.reason).toBe(`could have shown ${(100 * (found.detectable! - 1)).toFixed(1)} %`)
  })

  it('of fewer than six rounds is not judged', () => {
    expect(metric(withB({ Q1: 2 }, 4), 'query.Q1')).toMatchObject({
      verdict: 'cannot tell',
      reason: '4 rounds; it takes 6',
    })
    expect(metric(withB({ Q1: 2 }, 6), 'query.Q1').verdict).toBe('slower')
  })

  it('broke or is fixed by one failure in one arm, and has no ratio then', () => {
    const arms = withB({ Q1: 1.2 })
    const broke = metric(
      replaced(arms, 1, 3, run => failing(run, 'Q1')),
      'query.Q1',
    )
    expect(broke).toMatchObject({
      verdict: 'broke',
      ratio: null,
      reason: 'failed in 1 of 10: out of memory',
    })
    expect(
      metric(
        replaced(arms, 0, 3, run => failing(run, 'Q1')),
        'query.Q1',
      ).verdict,
    ).toBe('fixed')
    const both = replaced(
      replaced(arms, 0, 2, run => failing(run, 'Q1')),
      1,
      3,
      run => failing(run, 'Q1'),
    )
    expect(metric(both, 'query.Q1')).toMatchObject({ verdict: 'cannot tell' })
  })

  it('that failed leaves the mean of the queries for both arms in all rounds, and the mean says so', () => {
    const headline = metric(
      replaced(withB({}), 1, 3, run => failing(run, 'Q1')),
      'queries',
    )
    expect(headline).toMatchObject({ label: '7 of 8 queries, geometric mean', n: 10 })
    expect(metric(withB({}), 'queries').label).toBe('8 queries, geometric mean')
  })

  it('of a stage that was not reached is broken, and its queries with it', () => {
    const arms = replaced(withB({}), 1, 4, run => ({
      ...run,
      verdict: 'FAILED',
      pipeline_seconds: null,
      benchmark: null,
      benchmark_failure: 'not run: silver-build failed',
      stages: {
        ...run.stages,
        'gold-finalize': {
          ...run.stages['gold-finalize']!,
          engine: '',
          failure: 'not run',
          seconds: null,
          rows: null,
        },
      },
    }))
    for (const id of ['stage.gold-finalize', 'query.Q5', 'pipeline'])
      expect(metric(arms, id).verdict).toBe('broke')
    expect(metric(arms, 'stage.silver-build').verdict).not.toBe('broke')
  })

  it('is invalid where a control moved with the arms, and its numbers stay', () => {
    const arms = session(
      10,
      (arm, round) => ({ Q1: wobble(round) * (arm === 'B' ? 1.2 : 1) }),
      (arm, round) => ({
        options: {
          arm,
          round,
          planned: 10,
          controls: { cpu: wobble(round) * (arm === 'B' ? 1.08 : 1) },
          times: { Q1: wobble(round) * (arm === 'B' ? 1.2 : 1) },
        },
      }),
    )
    const [pair] = compareFacts(arms).pairs
    expect(pair!.controls).toEqual([
      expect.objectContaining({ control: 'cpu', moved: true, adjusted_p: 1 / 512 }),
    ])
    expect(pair!.invalid_reasons).toEqual([expect.stringMatching(/cpu control.*\+8\.0 %/)])
    expect(metric(arms, 'query.Q1')).toMatchObject({
      verdict: 'invalid',
      ratio: expect.closeTo(1.2, 6),
    })
  })

  it('is invalid where planned rounds are missing', () => {
    const arms = withB({ Q1: 1.2 }).map(arm => ({ ...arm, runs: arm.runs.slice(0, 8) }))
    expect(metric(arms, 'query.Q1')).toMatchObject({
      verdict: 'invalid',
      reason: expect.stringContaining('8 of 10 planned rounds'),
    })
  })
})

describe('runs that did not take turns', () => {
  const set = (name: string, count: number, factor: number) => ({
    name,
    runs: Array.from({ length: count }, (_, i) => facts({ times: { Q1: wobble(i) * factor } })),
  })

  it.each([
    [1, 1, 'single', 'one run against one'],
    [2, 3, 'few', '2 against 3 runs; it takes 4 a side'],
    [1, 5, 'few', '1 against 5 runs; it takes 4 a side'],
    [9, 1, 'history', 'outside the usual spread of 9 runs'],
  ])('%i against %i judge no time (%s), whatever the ratio', (a, b, design, reason) => {
    const arms = [set('A', a, 1), set('B', b, 3)]
    expect(compareFacts(arms).pairs[0]!.design).toBe(design)
    expect(metric(arms, 'query.Q1')).toMatchObject({
      verdict: 'cannot tell',
      reason,
      interval: null,
      adjusted_p: null,
    })
    expect(metric(arms, 'query.Q1').ratio).toBeCloseTo(3, 0)
  })

  it('that lie within a history are said to', () => {
    expect(metric([set('A', 9, 1), set('B', 1, 1.01)], 'query.Q1').reason).toBe(
      'within the usual spread of 9 runs',
    )
  })

  it('differ from six a side, and four are too few for a family of eleven', () => {
    expect(metric([set('A', 6, 1), set('B', 6, 1.5)], 'query.Q1')).toMatchObject({
      verdict: 'differs',
      reason: 'slower, but the runs did not take turns',
    })
    expect(metric([set('A', 4, 1), set('B', 4, 1.5)], 'query.Q1').verdict).toBe('cannot tell')
  })
})

describe('the margin', () => {
  it('is the share, or the seconds that nobody notices where the time is short', () => {
    expect(Math.exp(logMargin({ relative: 0.05, absolute: 0.002 }, 1))).toBeCloseTo(1.05, 12)
    expect(Math.exp(logMargin({ relative: 0.05, absolute: 0.002 }, 0.01))).toBeCloseTo(1.2, 12)
    const short = session(10, (arm, round) => ({
      Q1: 0.004 * wobble(round) * (arm === 'B' ? 1.2 : 1),
    }))
    expect(metric(short, 'query.Q1')).toMatchObject({
      verdict: 'same within the margin',
      margin_by: 'seconds',
    })
  })

  it('can only take verdicts of change away as it grows', () => {
    const evidence = fc.record({
      effect: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
      below: fc.double({ min: 0, max: 0.3, noNaN: true }),
      above: fc.double({ min: 0, max: 0.3, noNaN: true }),
      p: fc.double({ min: 0, max: 1, noNaN: true }),
      margin: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
      more: fc.double({ min: 0, max: 0.3, noNaN: true }),
    })
    const strength = {
      faster: 2,
      slower: 2,
      'small difference': 1,
      'cannot tell': 1,
      'same within the margin': 0,
    }
    fc.assert(
      fc.property(evidence, ({ effect, below, above, p, margin, more }) => {
        const interval = [effect - below, effect + above] as const
        const narrow = judgeTimes({ effect, interval, p, margin })
        const wide = judgeTimes({ effect, interval, p, margin: margin + more })
        expect(strength[wide]).toBeLessThanOrEqual(strength[narrow])
      }),
    )
  })
})

describe('whatever the times are', () => {
  const MIRROR: Record<string, string> = { faster: 'slower', slower: 'faster' }
  const numbers = (arms: ReturnType<typeof session>) => {
    const [pair] = compareFacts(arms).pairs
    return [...pair!.headlines, ...pair!.metrics]
  }
  const noisy = (seed: number, effect: number, scale = 1) => {
    const noise = new Noise(seed)
    return session(8, arm =>
      Object.fromEntries(
        Object.entries(noise.times(3, arm === 'B' ? { Q3: effect } : {})).map(([name, seconds]) => [
          name,
          100 * scale * seconds,
        ]),
      ),
    )
  }

  it('B against A mirrors A against B', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -0.3, max: 0.3, noNaN: true }), (seed, effect) => {
        const [a, b] = noisy(seed, effect)
        const there = numbers([a!, b!])
        const back = numbers([b!, a!])
        for (const [i, one] of there.entries()) {
          expect(back[i]!.ratio! * one.ratio!).toBeCloseTo(1, 9)
          expect(back[i]!.interval![0] * one.interval![1]).toBeCloseTo(1, 9)
          expect(back[i]!.adjusted_p).toBeCloseTo(one.adjusted_p!, 9)
          expect(back[i]!.verdict).toBe(MIRROR[one.verdict] ?? one.verdict)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('seconds or minutes make no difference', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.5, max: 1000, noNaN: true }), (seed, scale) => {
        const [plain, scaled] = [numbers(noisy(seed, 0.1)), numbers(noisy(seed, 0.1, scale))]
        for (const [i, one] of plain.entries()) {
          expect(scaled[i]!.ratio).toBeCloseTo(one.ratio!, 9)
          expect(scaled[i]!.adjusted_p).toBeCloseTo(one.adjusted_p!, 9)
          expect(scaled[i]!.verdict).toBe(one.verdict)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('more than two arms', () => {
  it('are each held against the first, all in one family', () => {
    const two = withB({ Q1: 1.2 })
    const third = session(10, (_, round) => ({ Q2: wobble(round) * 1.3 }))[1]!.runs
    const c = {
      name: 'C',
      runs: third.map(run => ({ ...run, series: { ...run.series!, arm: 'C' } })),
    }
    const { pairs } = compareFacts([...two, c])
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([
      ['A', 'B'],
      ['A', 'C'],
    ])
    const of = (pair: number, id: string) =>
      pairs[pair]!.metrics.find(found => found.metric === id)!
    expect(of(0, 'query.Q1').verdict).toBe('slower')
    expect(of(1, 'query.Q2').verdict).toBe('slower')
    expect(of(1, 'query.Q2').adjusted_p).toBeGreaterThanOrEqual(1 / 512)
  })
})
