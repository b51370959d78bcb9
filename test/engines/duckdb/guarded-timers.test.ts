import { afterEach, expect, test, vi } from 'vitest'
import { startMeter } from '../../../src/engines/duckdb/meter'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { every } from '../../../src/shared/guard'
import { tempDir } from '../../support/fake-parts'

const dir = tempDir()
const emfile = () => {
  throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('a timer whose work throws goes on', async () => {
  let calls = 0
  const timer = every(1, () => {
    calls++
    emfile()
  })
  await expect.poll(() => calls).toBeGreaterThan(2)
  clearInterval(timer)
})

test('a meter for which no file descriptor is left knows no memory, and everything else', async () => {
  const rss = vi.spyOn(process.memoryUsage, 'rss').mockImplementation(emfile)
  const stop = startMeter()
  await expect.poll(() => rss.mock.calls.length).toBeGreaterThan(2)
  const measured = stop()
  expect(measured.peak_memory_bytes).toBeNull()
  expect(measured.elapsed_seconds).toBeGreaterThan(0)
})

test('a listener of progress that throws ends no statement', async () => {
  const session = await DuckDbSession.open(`${dir}/scratch`)
  let reports = 0
  const onProgress = () => {
    reports++
    emfile()
  }
  const sql = 'SELECT count(*) AS n FROM range(3000000000) WHERE range % 7 = 3'
  const stop = new AbortController()
  const answer = session.rows(sql, { signal: stop.signal, onProgress }).catch(() => 'aborted')
  await expect.poll(() => reports).toBeGreaterThan(1)
  stop.abort()
  await answer
  expect(await session.rows('SELECT 1 AS one', { signal: new AbortController().signal })).toEqual([
    { one: 1 },
  ])
  session.close()
})
