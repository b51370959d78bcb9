import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Trigger } from '../../../../src/engines/duckdb/streams/streams'

/** Work that notes when it begins and ends, and overlaps nothing. */
function work(name: string, ms: number, log: string[]) {
  let under = 0
  return async () => {
    if (++under > 1) throw new Error(`${name} overlaps itself`)
    log.push(`${name} begins`)
    await sleep(ms)
    log.push(`${name} ends`)
    under--
  }
}

test('a trigger pulls its source first, and the source its own', async () => {
  const log: string[] = []
  const bronze = new Trigger(60, work('bronze', 5, log), null)
  const silver = new Trigger(60, work('silver', 5, log), bronze)
  const gold = new Trigger(60, work('gold', 5, log), silver)
  await gold.pull()
  expect(log).toEqual([
    'bronze begins',
    'bronze ends',
    'silver begins',
    'silver ends',
    'gold begins',
    'gold ends',
  ])
})

test('who pulls while work is under way joins it: no work overlaps itself, and none is done twice', async () => {
  const log: string[] = []
  const bronze = new Trigger(60, work('bronze', 20, log), null)
  const silver = new Trigger(60, work('silver', 5, log), bronze)
  await Promise.all([bronze.pull(), silver.pull(), silver.pull(), bronze.pull()])
  expect(log.filter(l => l === 'bronze begins')).toHaveLength(1)
  expect(log.filter(l => l === 'silver begins')).toHaveLength(1)
})

test('triggers on one grid run at their times until they are stopped; longer work makes up for a missed one', async () => {
  const log: string[] = []
  const stop = new AbortController()
  const quick = new Trigger(0.05, work('quick', 1, log), null)
  const slow = new Trigger(0.05, work('slow', 120, log), null)
  const started = performance.now()
  const running = Promise.all([quick.run(started, stop.signal), slow.run(started, stop.signal)])
  const count = (name: string) => log.filter(l => l === `${name} begins`).length
  await Promise.race([
    running,
    expect.poll(() => count('quick') > 3 && count('slow') > 2).toBe(true),
  ])
  stop.abort()
  await running
  expect(log.filter(l => l.endsWith('ends'))).toHaveLength(count('quick') + count('slow'))
})

test('a failure ends the grid and reaches everyone who waits for it', async () => {
  const broken = new Trigger(0.01, async () => Promise.reject(new Error('no')), null)
  const behind = new Trigger(0.01, async () => {}, broken)
  const never = new AbortController().signal
  await expect(broken.run(performance.now(), never)).rejects.toThrow('no')
  await expect(behind.run(performance.now(), never)).rejects.toThrow('no')
})
