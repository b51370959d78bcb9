import { expect, test } from 'vitest'
import { QueryFailedError } from '../../../src/contracts/errors'
import type { TrinoLimits } from '../../../src/engines/trino/options'
import {
  type Answer,
  ID,
  NEXT,
  openScripted,
  page,
  type Request,
  scriptedServer,
  signal,
  wholeQuery,
} from './scripted-server'

const name = (request: Request) => `${request.method} ${request.path}`
const LOOK = `GET /v1/query/${ID}?pruned=true`

const nothing = () => {}

/** A query whose second page never comes; `onWait` is called when that is asked for. */
const endless = (
  onWait: () => void,
  instead: (request: Request, url: string) => Answer | undefined = () => undefined,
) =>
  wholeQuery((request, url) => {
    const own = instead(request, url)
    if (own !== undefined || name(request) !== `GET ${NEXT}`) return own
    onWait()
    return 'hang'
  })

test('an abort cancels the query and waits until the server says that it has ended', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const server = await scriptedServer(
    endless(
      () => controller.abort(reason),
      r => (name(r) === LOOK && r.before < 3 ? { body: { state: 'RUNNING' } } : undefined),
    ),
  )
  const engine = await openScripted(server.url)
  await expect(engine.query('SELECT 1', { signal: controller.signal })).rejects.toBe(reason)
  expect(server.seen.slice(-5)).toEqual([`DELETE ${NEXT}`, LOOK, LOOK, LOOK, LOOK])
})

test('a query that goes on is killed by its id', async () => {
  let killed = false
  const controller = new AbortController()
  const reason = new Error('enough')
  const server = await scriptedServer(
    endless(
      () => controller.abort(reason),
      r => {
        if (name(r) === `DELETE /v1/query/${ID}`) killed = true
        return name(r) === LOOK && !killed ? { body: { state: 'RUNNING' } } : undefined
      },
    ),
  )
  const engine = await openScripted(server.url)
  await expect(engine.query('SELECT 1', { signal: controller.signal })).rejects.toBe(reason)
  expect(killed).toBe(true)
})

test('an abort while the statement is being sent waits for its id, to end what it began', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const server = await scriptedServer(
    endless(nothing, (r, url) => {
      if (r.method !== 'POST') return undefined
      controller.abort(reason)
      return page(url, 'QUEUED', '/v1/statement/queued/1')
    }),
  )
  const engine = await openScripted(server.url)
  await expect(engine.query('SELECT 1', { signal: controller.signal })).rejects.toBe(reason)
  expect(server.seen.slice(-3)).toEqual([
    'POST /v1/statement',
    'DELETE /v1/statement/queued/1',
    LOOK,
  ])
})

test.each<[string, Answer, Partial<TrinoLimits>]>([
  ['a server that has forgotten the query', { status: 410 }, {}],
  ['a server that is gone', 'reset', {}],
  ['a server that answers nonsense', { body: 'no' }, { cancel_seconds: 1 }],
])('%s does not keep an abort from ending', async (_, answer, limits) => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const server = await scriptedServer(
    endless(
      () => controller.abort(reason),
      r => (r.method === 'DELETE' || name(r) === LOOK ? answer : undefined),
    ),
  )
  const engine = await openScripted(server.url, { limits })
  await expect(engine.query('SELECT 1', { signal: controller.signal })).rejects.toBe(reason)
})

test('close ends what runs, and nothing begins after it', async () => {
  let waits = nothing
  const waiting = new Promise<void>(resolve => {
    waits = resolve
  })
  const server = await scriptedServer(endless(() => waits()))
  const engine = await openScripted(server.url)
  const running = engine.query('SELECT 1', { signal: signal() }).catch(e => e)
  await waiting
  await engine.close()
  expect(await running).toBeInstanceOf(QueryFailedError)
  expect(server.seen).toContain(`DELETE ${NEXT}`)
  const asked = server.seen.length
  await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(/was closed/)
  expect(server.seen).toHaveLength(asked)
})

test('a request without an answer ends at its deadline', async () => {
  const server = await scriptedServer(endless(nothing))
  // So long that no request before it is late on a busy machine.
  const engine = await openScripted(server.url, { limits: { request_seconds: 2 } })
  await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(
    /gave no answer within 2 s while query .* ran\. Check the network/,
  )
  expect(server.seen).toContain(`DELETE ${NEXT}`)
})
