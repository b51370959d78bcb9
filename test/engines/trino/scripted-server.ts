import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { TrinoLimits, TrinoOptions } from '../../../src/engines/trino/options'
import type { TrinoQueryEngine } from '../../../src/engines/trino/query-engine'
import { openTrino } from '../../../src/engines/trino/query-engine'

export interface Request {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** How many requests of this method and path came before. */
  readonly before: number
}

/** An answer; a text is sent as it is, an object as JSON. `reset` breaks the connection, `hang` never answers. */
export type Answer =
  | 'reset'
  | 'hang'
  | { status?: number; body?: unknown; headers?: Record<string, string> }

export interface ScriptedServer {
  readonly url: string
  /** `METHOD /path`, in the order they came. */
  readonly seen: string[]
  readonly requests: Request[]
}

/** A Trino that says what a test wants: for what a real one will not show on demand. Ends with the test. */
export async function scriptedServer(
  script: (request: Request, url: string) => Answer | undefined,
  tls?: { readonly key: string; readonly cert: string },
): Promise<ScriptedServer> {
  const requests: Request[] = []
  const seen: string[] = []
  let url = ''
  const answerTo = async (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk as Buffer)
    const name = `${message.method} ${message.url}`
    const request: Request = {
      method: message.method!,
      path: message.url!,
      headers: message.headers,
      body: Buffer.concat(chunks).toString(),
      before: seen.filter(s => s === name).length,
    }
    requests.push(request)
    seen.push(name)
    const answer = script(request, url) ??
      DEFAULTS[request.path] ?? { status: 404, body: 'Not Found' }
    if (answer === 'hang') return
    if (answer === 'reset') {
      message.socket.resetAndDestroy()
      return
    }
    const { status = 200, body = '', headers = {} } = answer
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = tls ? createTlsServer(tls, answerTo) : createServer(answerTo)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, seen, requests }
}

const DEFAULTS: Record<string, Answer> = {
  '/v1/info': { body: { nodeVersion: { version: '476' }, environment: 'test', starting: false } },
}

export const ID = '20260101_000000_00001_abcde'
/** Path of the second page of a query. */
export const NEXT = '/v1/statement/executing/2'

/** A page of query `ID`; `next` is the path of the page after it. */
export const page = (
  url: string,
  state: string,
  next: string | null,
  more: object = {},
): Answer => ({
  body: {
    id: ID,
    ...(next !== null && { nextUri: `${url}${next}` }),
    stats: { state, elapsedTimeMillis: 5, queuedTimeMillis: 1 },
    ...more,
  },
})

export const ONE_ROW = { columns: [{ name: 'n', type: 'bigint' }], data: [[1]] }

/** Answers a statement in three pages: queued, a row, the end. `instead` replaces some of the answers. */
export const wholeQuery =
  (instead: (request: Request, url: string) => Answer | undefined = () => undefined) =>
  (request: Request, url: string): Answer | undefined => {
    const own = instead(request, url)
    if (own !== undefined) return own
    const name = `${request.method} ${request.path}`
    if (name === 'POST /v1/statement') return page(url, 'QUEUED', '/v1/statement/queued/1')
    if (name === 'GET /v1/statement/queued/1') return page(url, 'RUNNING', NEXT, ONE_ROW)
    if (name === `GET ${NEXT}`) return page(url, 'FINISHED', null)
    if (request.method === 'DELETE') return { status: 204 }
    if (request.path.startsWith(`/v1/query/${ID}`)) return { body: { state: 'FAILED' } }
    return undefined
  }

/** None is met by a machine that stands still for a moment; a test of giving up sets its own. */
const LIMITS = { request_seconds: 30, start_seconds: 30, retry_seconds: 30, cancel_seconds: 30 }

export async function openScripted(
  url: string,
  more: Partial<TrinoOptions> = {},
): Promise<TrinoQueryEngine> {
  const engine = await openTrino({
    url,
    catalog: 'lake',
    tables: { silver: 's.t', gold: 'g.t' },
    source: 'run-1',
    ...more,
    limits: { ...LIMITS, ...more.limits },
  })
  onTestFinished(() => engine.close())
  return engine
}

/** What a query over a server with these answers ends as. */
export async function ask(
  instead: (request: Request, url: string) => Answer | undefined,
  limits: Partial<TrinoLimits> = {},
) {
  const server = await scriptedServer(wholeQuery(instead))
  const engine = await openScripted(server.url, { limits })
  const result = await engine
    .query('SELECT n FROM {silver}', { signal: signal() })
    .catch((e: Error) => e)
  return { server, result }
}

export const signal = () => new AbortController().signal
