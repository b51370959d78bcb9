import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DuckDbQueryEngine } from '../../../src/engines/duckdb/query-engine'
import { Relations } from '../../../src/engines/duckdb/relations'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { tempDir } from '../../support/fake-parts'

const dir = tempDir()
/** Minutes of work, if nothing stops it. */
const LONG = 'SELECT sum(hash(a.range * b.range)) FROM range(1000000) a, range(1000000) b'
let session: DuckDbSession
let engine: DuckDbQueryEngine

beforeAll(async () => {
  session = await DuckDbSession.open(join(dir, 'scratch'))
  await session.configure({ threads: 2, memory: 2 ** 30 })
  const relations = new Relations({
    silver: join(dir, 's'),
    gold: join(dir, 'g'),
    bronze: async () => 'range(1)',
  })
  engine = new DuckDbQueryEngine(session, relations)
})
afterAll(() => session.close())

test('sixty-four streams are under way at once: one is answered while the others cannot end', async () => {
  const controller = new AbortController()
  const { signal } = controller
  setMaxListeners(0, signal)
  const others = Array.from({ length: 63 }, () => engine.query(LONG, { signal, streams: 64 }))
  const ends = Promise.allSettled(others)
  // Asked last, so it would be the last behind any queue.
  const answer = await engine.query('SELECT count(*) FROM range(1000000)', { signal, streams: 64 })
  expect(answer.rows).toEqual([[1000000n]])
  controller.abort(new Error('enough'))
  for (const end of await ends)
    expect(end).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
}, 120_000)

test('on one thread too, and a query that cannot be answered says why as it does alone', async () => {
  const { signal } = new AbortController()
  await session.configure({ threads: 1, memory: 2 ** 30 })
  const [one, other] = await Promise.all([
    engine.query('SELECT sum(range) FROM range(500000)', { signal, streams: 2 }),
    engine.query('SELECT 1', { signal, streams: 2 }),
  ])
  expect([one.rows.length, other.rows]).toEqual([1, [[1]]])
  const wrong =
    "SELECT CAST(s AS INTEGER) FROM (SELECT CASE WHEN range = 9 THEN 'nine' ELSE '1' END s FROM range(10))"
  const message = async (streams: number) =>
    engine.query(wrong, { signal, streams }).catch((e: Error) => e.message)
  expect(await message(2)).toBe(await message(1))
  expect(await message(2)).toContain('nine')
})
