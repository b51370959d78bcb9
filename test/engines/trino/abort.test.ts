import { expect, test } from 'vitest'
import { QueryFailedError } from '../../../src/contracts/errors'
import {
  type Answer,
  ID,
  openScripted,
  page,
  type Request,
  scriptedServer,
  signal,
  wholeQuery,
} from './scripted-server'

const NEXT = '/v1/statement/executing/2'
const name = (request: Request) => `${request.method} ${request.path}`
const LOOK = `GET /v1/query/${ID}?pruned=true`

/** A query whose second page never comes. */
const endless = (instead: (request: Request, url: string) => Answer | undefined = () => undefined) =>
  wholeQuery((request, url) => instead(request, url) ?? (name(request) === `GET ${NEXT}` ? 'hang' : undefined))

test('an abort cancels the query and waits until the server says that it has ended', async () => {
  const server = await scriptedServer(
    endless(r => (name(r) === LOOK && r.before < 3 ? { body: { state: 'RUNNING' } } : undefined)),
  )
  const engine = await openScripted(server.url)
  const controller = new AbortController()
  const reason = new Error('enough')
  const running = engine.query('SELECT 1', { signal: controller.signal })
  setTimeout(() => controller.abort(reason), 50)
  await expect(running).rejects.toBe(reason)
  expect(server.seen.slice(-5)).toEqual([`DELETE ${NEXT}`, LOOK, LOOK, LOOK, LOOK])
})

test('a query that goes on is killed by its id', async () => {
  let killed = false
  const server = await scriptedServer(
    endless(r => {
      if (name(r) === `DELETE /v1/query/${ID}`) killed = true
      return name(r) === LOOK && !killed ? { body: { state: 'RUNNING' } } : undefined
    }),
  )
  const engine = await openScripted(server.url)
  const running = engine.query('SELECT 1', { signal: AbortSignal.timeout(50) })
  await expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(killed).toBe(true)
})

test('an abort while the statement is being sent waits for its id, to end what it began', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const server = await scriptedServer(
    endless((r, url) => {
      if (r.method !== 'POST') return undefined
      controller.abort(reason)
      return page(url, 'QUEUED', '/v1/statement/queued/1')
    }),
  )
  const engine = await openScripted(server.url)
  await expect(engine.query('SELECT 1', { signal: controller.signal })).rejects.toBe(reason)
  expect(server.seen.slice(-3)).toEqual(['POST /v1/statement', 'DELETE /v1/statement/queued/1', LOOK])
})

test.each<[string, Answer]>([
  ['a server that has forgotten the query', { status: 410 }],
  ['a server that is gone', 'reset'],
  ['a server that answers nonsense', { body: 'no' }],
])('%s does not keep an abort from ending', async (_, answer) => {
  const server = await scriptedServer(endless(r => (r.method === 'DELETE' || name(r) === LOOK ? answer : undefined)))
  const engine = await openScripted(server.url)
  await expect(engine.query('SELECT 1', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})

test('close ends what runs, and nothing begins after it', async () => {
  const server = await scriptedServer(endless())
  const engine = await openScripted(server.url)
  const running = engine.query('SELECT 1', { signal: signal() }).catch(e => e)
  await new Promise(resolve => setTimeout(resolve, 100))
  await engine.close()
  expect(await running).toBeInstanceOf(QueryFailedError)
  expect(server.seen).toContain(`DELETE ${NEXT}`)
  const asked = server.seen.length
  await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(/was closed/)
  expect(server.seen).toHaveLength(asked)
})

test('a request without an answer ends at its deadline', async () => {
  const server = await scriptedServer(endless())
  const engine = await openScripted(server.url, { limits: { request_seconds: 0.2, cancel_seconds: 1 } })
  await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(
    /gave no answer within 0\.2 s while query .* ran\. Check the network/,
  )
  expect(server.seen).toContain(`DELETE ${NEXT}`)
})
