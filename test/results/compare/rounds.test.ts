import { expect, test } from 'vitest'
import { compareFacts } from '../../../src/results/compare/compare-runs'
import { sessionOf } from '../../../src/results/compare/evidence'
import type { RunFacts } from '../../../src/results/compare/run-facts'
import { facts, session } from './facts'

const equal = (rounds: number) => session(rounds, () => ({})).map(({ runs }) => runs)
const place = (run: RunFacts, change: Partial<NonNullable<RunFacts['series']>>): RunFacts => ({
  ...run,
  series: { ...run.series!, ...change },
})

test('runs of one session are paired by round, in whatever order they come', () => {
  const [a, b] = equal(8)
  const found = sessionOf([[...a!].reverse(), b!])!
  expect(found.rounds.map(({ round }) => round)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  for (const { round, runs } of found.rounds)
    expect(runs.map(run => [run.series?.arm, run.series?.round])).toEqual([
      ['A', round],
      ['B', round],
    ])
})

test('the warm-up is not looked at, even where it is a hundred times slower', () => {
  const arms = session(8, () => ({}))
  const warm = arms.map(({ name, runs }) => ({
    name,
    runs: [
      place(facts({ arm: name, round: 1, planned: 8, times: { Q1: name === 'B' ? 100 : 1 } }), {
        round: 0,
      }),
      ...runs,
    ],
  }))
  const { arms: compared, pairs } = compareFacts(warm)
  expect(compared.map(({ run_ids }) => run_ids.length)).toEqual([8, 8])
  expect(pairs[0]!.metrics.find(({ metric }) => metric === 'query.Q1')!.ratio).toBe(1)
})

test('a round that was begun anew counts once, with arms of one attempt', () => {
  const [a, b] = equal(6)
  // Round 3 was cut off after A, and run again; A of the first attempt has no B that ran in turn with it.
  const again = [
    place(facts({ arm: 'A', round: 3, planned: 6 }), { attempt: 1 }),
    place(b![2]!, { attempt: 1 }),
  ]
  const found = sessionOf([
    [...a!, again[0]!],
    [...b!.filter((_, i) => i !== 2), again[1]!],
  ])!
  expect(found.rounds).toHaveLength(6)
  expect(found.rounds[2]!.runs).toEqual(again)
})

test('an interrupted run makes its round incomplete; a failed one does not', () => {
  const [a, b] = equal(6)
  const change = (verdict: RunFacts['verdict']) =>
    sessionOf([a!, b!.map((run, i) => (i === 1 ? { ...run, verdict } : run))])!
  expect(change('INTERRUPTED')).toMatchObject({ incomplete: [2] })
  expect(change('FAILED')).toMatchObject({ incomplete: [] })
})

test('runs of two sessions, of one arm, or of no session did not take turns', () => {
  const [a, b] = equal(6)
  expect(sessionOf([a!, b!.map(run => place(run, { series_id: 'another' }))])).toBeNull()
  expect(sessionOf([a!, a!])).toBeNull()
  expect(sessionOf([a!, [facts(), facts()]])).toBeNull()
  expect(sessionOf([a!, b!.map(run => place(run, { kind: 'repeat' }))])).toBeNull()
})

test('a run of a series that was broken off does not keep the others from being compared', () => {
  const repeat = (name: string) => ({
    name,
    runs: Array.from({ length: 7 }, (_, i): RunFacts => {
      const run = place(facts({ arm: 'A', round: i + 1, planned: 8 }), {
        kind: 'repeat',
        series_id: name,
      })
      return i === 3 ? { ...run, verdict: 'INTERRUPTED' } : run
    }),
  })
  const [pair] = compareFacts([repeat('x'), repeat('y')]).pairs
  expect(pair).toMatchObject({ design: 'separate', differences: [] })
  expect(pair!.notes).toContain('x has 6 of the 8 runs that were planned.')
})
