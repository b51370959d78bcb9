import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { verdictOf } from '../../../src/results/scorecard/rule'
import { checkRules } from '../../../src/results/scorecard/validity'
import { job, record } from './records'

const input = { digest: 'a'.repeat(32), files: 2, rows: 900 }

const run = (silver: object | null): RunMetrics => {
  const base = record()
  return {
    ...base,
    jobs: [
      job('bronze-verify', 0, 1, { job_type: 'batch', raw_input: input }),
      job('silver-build', 1, 1, {
        job_type: 'batch',
        raw_input: silver === null ? null : { ...input, ...silver },
      }),
    ],
  }
}
const said = (record: RunMetrics) => checkRules(record).filter(r => r.rule === 'same-input')

test('stages that read the same files and rows say which', () => {
  expect(said(run({}))).toEqual([
    {
      rule: 'same-input',
      passed: true,
      detail: 'bronze-verify read 2 files with 900 rows, silver-build read 2 files with 900 rows',
    },
  ])
})

test.each([
  ['other files', { digest: 'b'.repeat(32) }],
  ['a file less', { digest: 'c'.repeat(32), files: 1, rows: 400 }],
  ['other rows', { rows: 899 }],
])('stages that read %s make a run invalid', (_, silver) => {
  const [rule] = said(run(silver))
  expect(rule).toMatchObject({
    passed: false,
    detail: expect.stringContaining('silver-build read'),
  })
  expect(verdictOf({ status: 'succeeded' } as RunMetrics, [rule!])).toBe('INVALID')
})

test('a record that does not say is not judged', () => {
  const base = record()
  expect(said({ ...base, jobs: base.jobs.map(j => ({ ...j, raw_input: null })) })).toEqual([])
})
