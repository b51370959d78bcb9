import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { tempDir } from '../../support/fake-parts'

const dir = tempDir()
let session: DuckDbSession
/** Minutes of work, if nothing stops it. */
const LONG = 'SELECT sum(hash(a.range * b.range)) FROM range(1000000) a, range(1000000) b'

beforeAll(async () => {
  session = await DuckDbSession.open(join(dir, 'scratch'))
})
afterAll(() => session.close())

/** When the abort comes, against when the statement really starts, is the point: none may be lost. */
const MOMENTS: readonly [string, (abort: () => void) => void][] = [
  ['in the same tick', abort => abort()],
  ['in a microtask', abort => queueMicrotask(abort)],
  ['on the next turn', abort => setImmediate(abort)],
  ['while it runs', abort => setTimeout(abort, 30)],
]

test.each(MOMENTS)('an abort %s stops the statement with its reason', async (_, when) => {
  const controller = new AbortController()
  const running = session.run(LONG, { signal: controller.signal })
  when(() => controller.abort(new Error('enough')))
  await expect(running).rejects.toThrow('enough')
})

test.each(MOMENTS)('also on a connection that is still being opened: %s', async (_, when) => {
  const controller = new AbortController()
  const busy = Array.from({ length: 3 }, () => session.run(LONG, { signal: controller.signal }))
  when(() => controller.abort(new Error('enough')))
  const ends = await Promise.allSettled(busy)
  expect(ends.map(end => end.status === 'rejected' && end.reason.message)).toEqual([
    'enough',
    'enough',
    'enough',
  ])
})

test('the session works on after aborts', async () => {
  expect(await session.rows('SELECT 1 AS one', { signal: new AbortController().signal })).toEqual([
    { one: 1 },
  ])
})
