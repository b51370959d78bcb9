import { describe, expect, test } from 'vitest'
import { QueryFailedError } from '../../../src/contracts/errors'
import { privateAuthority } from '../../support/private-authority'
import {
  type Answer,
  ask,
  ID,
  NEXT,
  ONE_ROW,
  openScripted,
  page,
  type Request,
  scriptedServer,
  signal,
  wholeQuery,
} from './scripted-server'

const on =
  (name: string, answer: (request: Request, url: string) => Answer | undefined) =>
  (request: Request, url: string) =>
    `${request.method} ${request.path}` === name ? answer(request, url) : undefined

describe('a query', () => {
  test('is sent once, with the quoted table, and read page by page', async () => {
    const { server, result } = await ask(() => undefined)
    expect(result).toMatchObject({
      rows: [[1n]],
      engine_seconds: 0.005,
      server: { query_id: ID, queued_seconds: 0.001 },
    })
    expect(server.seen.slice(1)).toEqual([
      'POST /v1/statement',
      'GET /v1/statement/queued/1',
      `GET ${NEXT}`,
    ])
    const post = server.requests.find(r => r.method === 'POST')!
    expect(post.body).toBe('SELECT n FROM "lake"."s"."t"')
    expect(post.headers).toMatchObject({
      'x-trino-user': 'lakebench',
      'x-trino-source': 'lakebench/run-1',
      'x-trino-catalog': 'lake',
      'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
    })
    expect(post.headers.authorization).toBeUndefined()
  })

  test('keeps its session properties to itself, encoded', async () => {
    const server = await scriptedServer(
      wholeQuery(
        on(`GET ${NEXT}`, (_, url) => {
          const answer = page(url, 'FINISHED', null) as { body: unknown }
          return {
            body: answer.body,
            headers: { 'x-trino-set-session': 'left_over=1', 'x-trino-set-schema': 'elsewhere' },
          }
        }),
      ),
    )
    const engine = await openScripted(server.url, {
      session: { query_max_run_time: '5m', 'lake.odd': 'a,b=c d' },
    })
    await engine.query('SELECT 1', { signal: signal() })
    await engine.query('SELECT 2', { signal: signal() })
    const posts = server.requests.filter(r => r.method === 'POST')
    expect(posts.map(r => r.headers['x-trino-session'])).toEqual(
      Array(2).fill('query_max_run_time=5m,lake.odd=a%2Cb%3Dc%20d'),
    )
    expect(posts[1]!.headers['x-trino-schema']).toBeUndefined()
  })

  test('of raw files is refused', async () => {
    const server = await scriptedServer(wholeQuery())
    const engine = await openScripted(server.url)
    await expect(engine.query('SELECT * FROM {bronze}', { signal: signal() })).rejects.toThrow(
      /raw files are no table/,
    )
    expect(server.seen).not.toContain('POST /v1/statement')
  })
})

describe('a page is asked for again', () => {
  test.each([502, 503, 504])('after %i', async status => {
    const { server, result } = await ask(
      on(`GET ${NEXT}`, r => (r.before < 2 ? { status } : undefined)),
    )
    expect(result).toMatchObject({ rows: [[1n]] })
    expect(server.seen.filter(s => s === `GET ${NEXT}`)).toHaveLength(3)
  })

  test('after a broken connection', async () => {
    const { result } = await ask(on(`GET ${NEXT}`, r => (r.before < 2 ? 'reset' : undefined)))
    expect(result).toMatchObject({ rows: [[1n]] })
  })

  test('for a while only; then the error names part, address, query, cause and next step', async () => {
    const { server, result } = await ask(
      on(`GET ${NEXT}`, () => ({ status: 503 })),
      { retry_seconds: 0.4 },
    )
    expect(result).toBeInstanceOf(QueryFailedError)
    expect((result as Error).message).toBe(
      `Trino at ${server.url} answered 503 while query ${ID} ran. It may be starting or shutting down: look at its /v1/info and its log.`,
    )
    expect(server.seen).toContain(`DELETE ${NEXT}`)
  })
})

describe('a statement is not sent twice', () => {
  test.each<[string, Answer]>([
    ['a broken connection', 'reset'],
    ['502', { status: 502 }],
    ['503 of a server that is not starting', { status: 503 }],
    ['500', { status: 500, body: 'java.lang.NullPointerException\n\tat io.trino' }],
    ['no answer in time', 'hang'],
  ])('after %s', async (_, answer) => {
    const { server, result } = await ask(
      on('POST /v1/statement', () => answer),
      answer === 'hang' ? { request_seconds: 2 } : {},
    )
    expect(result).toBeInstanceOf(QueryFailedError)
    expect((result as Error).message).toContain(`Trino at ${server.url} `)
    expect(server.seen.filter(s => s.startsWith('POST'))).toHaveLength(1)
  })
})

describe('a result that is not whole is an error', () => {
  test.each<[string, (url: string) => Answer, RegExp]>([
    [
      'the pages end while it runs',
      url => page(url, 'RUNNING', null),
      /is not whole: its last page says RUNNING, not FINISHED/,
    ],
    ['it failed without saying why', url => page(url, 'FAILED', null), /says FAILED, not FINISHED/],
    [
      'a row is short',
      url => page(url, 'FINISHED', null, { data: [[]] }),
      /a row does not have the columns/,
    ],
    [
      'a page of another query',
      url => ({ body: { ...(page(url, 'FINISHED', null) as { body: object }).body, id: 'other' } }),
      /a page of query other/,
    ],
    [
      'a page without a state',
      () => ({ body: { id: ID } }),
      /no page of a result: its stats: expected object, received undefined/,
    ],
    ['a page of HTML', () => ({ body: '<html>Log in</html>' }), /something that is no JSON/],
    ['half a page', () => ({ body: '{"id":"2026' }), /something that is no JSON/],
    ['an empty answer', () => ({ body: '' }), /no page of a result/],
    ['a list', () => ({ body: [] }), /no page of a result: it is no JSON object/],
  ])('%s', async (_, answer, message) => {
    const { server, result } = await ask(on(`GET ${NEXT}`, (_r, url) => answer(url)))
    expect(result).toBeInstanceOf(QueryFailedError)
    expect((result as Error).message).toMatch(message)
    expect((result as Error).message).toContain(server.url)
    expect((result as Error).message).toContain(ID)
  })

  test('rows before any columns', async () => {
    const { result } = await ask(
      on('GET /v1/statement/queued/1', (_, url) =>
        page(url, 'RUNNING', NEXT, { data: ONE_ROW.data }),
      ),
    )
    expect((result as Error).message).toMatch(/a row does not have the columns/)
  })

  test('an error in a page, though rows came before', async () => {
    const error = {
      message: 'Division by\nzero',
      errorName: 'DIVISION_BY_ZERO',
      errorType: 'USER_ERROR',
    }
    const { server, result } = await ask(
      on(`GET ${NEXT}`, (_, url) => page(url, 'FAILED', null, { error })),
    )
    expect((result as Error).message).toBe(
      `Trino at ${server.url}: DIVISION_BY_ZERO: Division by zero. (query ${ID})`,
    )
  })

  test('a query that a restarted server has forgotten', async () => {
    const { result } = await ask(
      on(`GET ${NEXT}`, () => ({ status: 404, body: 'Query not found' })),
    )
    expect((result as Error).message).toMatch(/It no longer knows the query: it was restarted/)
  })
})

describe('the address', () => {
  test('of the next page may not be elsewhere, and nothing is sent there', async () => {
    const { caPath, key, cert } = privateAuthority()
    const elsewhere = await scriptedServer(wholeQuery())
    const server = await scriptedServer(
      wholeQuery(on('POST /v1/statement', () => page(elsewhere.url, 'QUEUED', NEXT))),
      { key, cert },
    )
    const engine = await openScripted(server.url, { password: 'secret', ca_cert: caPath })
    await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(
      `Trino at ${server.url} names ${elsewhere.url} for the rest of query ${ID}. Behind a proxy, set http-server.process-forwarded=true`,
    )
    expect(elsewhere.seen).toEqual([])
    expect(server.seen).toContain(`GET /v1/query/${ID}?pruned=true`)
  })

  test('that redirects is named', async () => {
    const server = await scriptedServer(() => ({
      status: 307,
      headers: { location: 'https://trino.example.org/v1/info' },
    }))
    await expect(openScripted(server.url)).rejects.toThrow(
      /answered 307\. Redirects are not followed: set architecture\.query_engine\.url to https:\/\/trino\.example\.org/,
    )
  })

  test('of something else is told', async () => {
    const server = await scriptedServer(() => ({ body: { hello: 'world' } }))
    await expect(openScripted(server.url)).rejects.toThrow(
      /does not answer \/v1\/info as Trino does/,
    )
  })
})
