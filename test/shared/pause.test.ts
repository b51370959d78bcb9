import { performance } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { never, pause } from '../../src/shared/abort'

it('a pause never ends before its time, as a timer of Node may', async () => {
  const early: number[] = []
  const lane = async (milliseconds: number) => {
    for (let round = 0; round < 60; round++) {
      // Begins anywhere within a millisecond.
      await turn()
      const begun = performance.now()
      await pause(milliseconds, never())
      const elapsed = performance.now() - begun
      if (elapsed < milliseconds) early.push(elapsed - milliseconds)
    }
  }
  await Promise.all(Array.from({ length: 20 }, (_, i) => lane(1 + (i % 5))))
  expect(early).toEqual([])
})

it('a pause ends at once when its signal aborts, and never rejects', async () => {
  const stop = new AbortController()
  const pausing = pause(60_000, stop.signal)
  stop.abort(new Error('enough'))
  await pausing
  await pause(60_000, stop.signal)
})
