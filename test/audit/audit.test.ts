import { expect, test } from 'vitest'
import { Audit, leavesOf } from './audit'

const RECORD = {
  jobs: [{ job_name: 'silver', rows: 10, cores: 2, seconds: 1.5, text: 'x' }],
  samples: [{ at: 1 }, { at: 2 }],
  answer: { a: 1 },
}

function audit(record: unknown): Audit {
  const made = new Audit(leavesOf(record))
  made.same('jobs[silver].rows', 10)
  made.between('jobs[silver].seconds', 1, 2, 'a reason')
  made.relation(
    ['samples[0].at', 'samples[1].at'],
    'the later is twice the earlier',
    2 * made.number('samples[0].at'),
    made.number('samples[1].at'),
  )
  made.sameAll('answer', { a: 1 })
  made.leave(/cores$/, 'a setting')
  return made
}

test('a record that is right is concluded, and leaves have the names of their elements', () => {
  expect([...leavesOf(RECORD).keys()]).toEqual([
    'jobs[silver].job_name',
    'jobs[silver].rows',
    'jobs[silver].cores',
    'jobs[silver].seconds',
    'jobs[silver].text',
    'samples[0].at',
    'samples[1].at',
    'answer.a',
  ])
  expect(() => audit(RECORD).conclude()).not.toThrow()
})

test.each([
  [
    'another number',
    { jobs: [{ ...RECORD.jobs[0], rows: 11 }] },
    'jobs[silver].rows: recorded 11, recomputed 10',
  ],
  [
    'no number where there is one',
    { jobs: [{ ...RECORD.jobs[0], rows: null }] },
    'jobs[silver].rows: recorded null',
  ],
  [
    'a measurement beyond its limit',
    { jobs: [{ ...RECORD.jobs[0], seconds: 2.1 }] },
    '1 to 2 (a reason)',
  ],
  [
    'a measurement that is not there',
    { jobs: [{ ...RECORD.jobs[0], seconds: null }] },
    'jobs[silver].seconds',
  ],
  [
    'a relation that does not hold',
    { samples: [{ at: 1 }, { at: 2.1 }] },
    'samples[0].at 1, samples[1].at 2.1',
  ],
  ['one key more', { answer: { a: 1, b: 2 } }, 'answer.b: recorded 2, recomputed: there is none'],
  ['one key less', { answer: {} }, 'answer.a'],
  ['a number that nobody looks at', { more: { seconds: 3 } }, 'not audited: more.seconds'],
])('%s is named', (_, change, message) => {
  expect(() => audit({ ...RECORD, ...change }).conclude()).toThrow(message)
})
