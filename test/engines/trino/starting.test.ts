import { describe, expect, test } from 'vitest'
import { checkTrino } from '../../../src/engines/trino/check-trino'
import {
  type Answer,
  openScripted,
  page,
  type Request,
  scriptedServer,
  signal,
  wholeQuery,
} from './scripted-server'

const STARTING = { body: { nodeVersion: { version: '476' }, environment: 'test', starting: true } }
const shortly = { limits: { start_seconds: 0.6 } }
const info = (answer: (request: Request) => Answer | undefined) =>
  wholeQuery(r => (r.path === '/v1/info' ? answer(r) : undefined))

describe('opening', () => {
  test('waits while the server says that it is starting', async () => {
    const server = await scriptedServer(info(r => [STARTING, { status: 503 }][r.before]))
    const engine = await openScripted(server.url)
    expect((await engine.query('SELECT 1', { signal: signal() })).rows).toHaveLength(1)
  })

  test('waits no longer than it may', async () => {
    const server = await scriptedServer(info(() => STARTING))
    await expect(openScripted(server.url, shortly)).rejects.toThrow(
      `Trino at ${server.url} is still starting after 0.6 s. Wait until its /v1/info says "starting": false, or look at its log.`,
    )
  })

  test('does not wait for a server that is down', async () => {
    await expect(openScripted('http://127.0.0.1:1')).rejects.toMatchObject({
      name: 'PrerequisiteError',
      message:
        'Trino at http://127.0.0.1:1 cannot be reached (ECONNREFUSED). Check that it runs and that architecture.query_engine.url is its address.',
    })
  })
})

const STARTING_UP = {
  message: 'Trino server is still initializing',
  errorName: 'SERVER_STARTING_UP',
  errorType: 'INTERNAL_ERROR',
}

describe('a query to a server that starts again', () => {
  test.each<[string, (request: Request, url: string) => Answer]>([
    ['503', () => ({ status: 503 })],
    ['an error page', (_, url) => page(url, 'FAILED', null, { error: STARTING_UP })],
  ])('is sent again after %s', async (_, first) => {
    const server = await scriptedServer(
      wholeQuery((r, url) => {
        if (r.path === '/v1/info' && r.before === 1) return STARTING
        return r.method === 'POST' && r.before === 0 ? first(r, url) : undefined
      }),
    )
    const engine = await openScripted(server.url)
    expect((await engine.query('SELECT 1', { signal: signal() })).rows).toHaveLength(1)
    expect(server.seen.filter(s => s.startsWith('POST'))).toHaveLength(2)
  })

  test('is not sent for ever', async () => {
    const server = await scriptedServer(
      wholeQuery((r, url) =>
        r.method === 'POST' ? page(url, 'FAILED', null, { error: STARTING_UP }) : undefined,
      ),
    )
    const engine = await openScripted(server.url, shortly)
    await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(
      /is still starting after 0\.6 s/,
    )
  })

  test('ends with an abort', async () => {
    const server = await scriptedServer(
      wholeQuery((r, url) =>
        r.method === 'POST' ? page(url, 'FAILED', null, { error: STARTING_UP }) : undefined,
      ),
    )
    const engine = await openScripted(server.url)
    await expect(
      engine.query('SELECT 1', { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})

test('a check tells of it and does not wait', async () => {
  const server = await scriptedServer(info(() => STARTING))
  const status = await checkTrino({
    url: server.url,
    catalog: 'lake',
    tables: { silver: 's.t', gold: 'g.t' },
  })
  expect(status).toEqual({
    part: 'query engine',
    address: server.url,
    healthy: false,
    version: '476',
    latency_ms: null,
    details: [
      `Trino at ${server.url} is starting. Wait until its /v1/info says "starting": false.`,
    ],
  })
})
