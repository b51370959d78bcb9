import { expect, test } from 'vitest'
import { compareFacts } from '../../../src/results/compare/compare-runs'
import { type RunFacts, runFacts } from '../../../src/results/compare/run-facts'
import { record } from '../scorecard/records'
import { facts } from './facts'

const calibrated = (hash_seconds: number) =>
  facts(
    {},
    {
      calibration: { hash_seconds, write_seconds: 0.2 },
      machine: { cpu_model: `CPU ${hash_seconds}`, cores: 2 },
    },
  )
const pairOf = (runs: readonly RunFacts[]) =>
  compareFacts(
    runs.map((run, i) => ({ name: 'AB'[i]!, runs: [run] })),
    { underTest: ['machine'] },
  ).pairs[0]!

test('fixed work that was timed on both machines puts them in proportion, in a note that corrects nothing', () => {
  const pair = pairOf([calibrated(0.4), calibrated(0.6)])
  expect(pair.notes).toContain(
    'Fixed work took, in proportion, B over A: hash 1.50, write 1.00. It compares the machines, and corrects no time.',
  )
  expect(pair.headlines.map(({ ratio }) => ratio)).toEqual([1, 1])
  expect(pairOf([calibrated(0.4), facts()]).notes.join()).not.toContain('Fixed work')
})

test('a record’s calibration is taken over, its version left out', () => {
  const calibration = { version: 1, hash_seconds: 0.4, write_seconds: 0.2 }
  expect(runFacts(record({ environment: { calibration } })).calibration).toEqual({
    hash_seconds: 0.4,
    write_seconds: 0.2,
  })
  expect(runFacts(record({ environment: { calibration: null } }))).not.toHaveProperty('calibration')
})
