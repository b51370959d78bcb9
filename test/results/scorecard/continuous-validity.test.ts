import { expect, it } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { VALIDITY_RULES } from '../../../src/results/scorecard/validity'
import { batch, stream, window } from '../../support/window-records'

const refreshed = VALIDITY_RULES.find(({ rule }) => rule === 'gold-refreshed')!
const verdict = (refreshes: readonly number[], resumed: number) =>
  refreshed.check({
    streaming: [
      stream(
        'gold-refresh',
        refreshes.map(at => batch(at, 1)),
      ),
    ],
    continuous: window({ resumed }),
  } as unknown as RunMetrics)

it('a window without a refresh of gold is invalid: nothing says how fresh it was', () => {
  expect(verdict([], 0)).toMatchObject({ passed: false })
  expect(verdict([101], 0)).toMatchObject({ passed: false })
  expect(verdict([99], 0)).toMatchObject({ passed: true })
})

it('what a resumed run had left of its window may be too short for one', () => {
  expect(verdict([101], 1)).toBeNull()
  expect(verdict([99], 1)).toMatchObject({ passed: true })
})

it('a window that came to its end with rows that never reached gold is invalid; an interrupt may leave some', () => {
  const drained = VALIDITY_RULES.find(({ rule }) => rule === 'drained')!
  const of = (more: object) => drained.check({ continuous: window(more) } as unknown as RunMetrics)
  expect(of({ drained: true })).toMatchObject({ passed: true })
  expect(of({ drained: false })).toMatchObject({
    passed: false,
    detail: expect.stringContaining('--resume'),
  })
  expect(of({ drained: false, ended_by: 'interrupt' })).toBeNull()
  expect(drained.check({ continuous: null } as RunMetrics)).toBeNull()
})
