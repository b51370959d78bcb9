import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { PrerequisiteError } from '../../contracts/errors'
import { retry } from '../../shared/retry'
import { httpError, reasonOf, requestError, TrinoError } from './errors'
import {
  DEFAULT_LIMITS,
  type TrinoAddress,
  type TrinoLimits,
  type TrinoOptions,
  trinoAddress,
} from './options'
import { readAnswer, type ServerInfo, ServerInfoSchema } from './page'

/** An idle connection is dropped before a server or a proxy between does so in the middle of a request. */
const IDLE_MS = 15_000
const START_POLL_MS = 500

/** The requests of trino-client (its headers, its basic auth) to one server, bounded in time and size. */
export class Connection {
  private readonly agents: { httpAgent: HttpAgent; httpsAgent: HttpsAgent }

  private constructor(
    private readonly module: typeof import('trino-client'),
    readonly address: TrinoAddress,
    readonly limits: TrinoLimits,
    private readonly options: Pick<TrinoOptions, 'catalog' | 'source' | 'session'>,
  ) {
    const alive = { keepAlive: true, timeout: IDLE_MS }
    this.agents = {
      httpAgent: new HttpAgent(alive),
      httpsAgent: new HttpsAgent({ ...alive, ca: address.ca }),
    }
  }

  /** @throws PrerequisiteError for options that cannot work; the server is not asked yet */
  static async open(options: TrinoOptions): Promise<Connection> {
    const address = trinoAddress(options)
    const module = await import('trino-client').catch(cause => {
      throw new PrerequisiteError('The npm package trino-client cannot be loaded; run `npm ci`.', {
        cause,
      })
    })
    return new Connection(module, address, { ...DEFAULT_LIMITS, ...options.limits }, options)
  }

  /** Requests of one query: what `USE` and `SET SESSION` leave in it ends with the query and reaches no other. */
  requests(): Requests {
    const { origin, user, password } = this.address
    const { catalog, source, session = {} } = this.options
    const trino = this.module.Trino.create({
      server: origin,
      source: source ? `lakebench/${source}` : 'lakebench',
      // A catalog that no header can carry is left out; names in SQL carry it.
      ...(/^[\x21-\x7e]+$/.test(catalog) && { catalog }),
      // trino-client sends values as they are, Trino reads them URL-encoded.
      session: Object.fromEntries(
        Object.entries(session).map(([k, v]) => [k, encodeURIComponent(v)]),
      ),
      extraHeaders: {
        'X-Trino-User': user,
        'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
        // Small answers do not repay compression, and none can unfold beyond its limit.
        'Accept-Encoding': 'identity',
      },
      // Without a password there is nothing to authenticate with, and an empty one would be refused.
      ...(password !== '' && { auth: new this.module.BasicAuth(user, password) }),
    })
    // Private in trino-client's types: its public `query()` can neither be aborted nor given a deadline, follows any `nextUri` and
    // redirect with the credentials, and rounds integers; it takes neither an adapter nor options of a request.
    const client = (trino as unknown as { client?: Client }).client
    if (typeof client?.request !== 'function')
      throw new PrerequisiteError(
        'This version of trino-client is built differently; lakebench works with 0.2.9.',
      )
    return new Requests(client, this.address, this.limits, {
      ...this.agents,
      maxRedirects: 0,
      // One of the environment would get https requests in the clear.
      proxy: false,
      decompress: false,
      maxContentLength: this.limits.page_bytes,
      // The text as it came: axios' own parsing would round integers.
      transformResponse: [(text: unknown) => text],
    })
  }

  close(): void {
    this.agents.httpAgent.destroy()
    this.agents.httpsAgent.destroy()
  }
}

interface Client {
  request(config: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** Requests of one query to one server. */
export class Requests {
  /** Named by errors, once the server has given it. */
  queryId: string | null = null

  constructor(
    private readonly client: Client,
    readonly address: TrinoAddress,
    readonly limits: TrinoLimits,
    private readonly config: Readonly<Record<string, unknown>>,
  ) {}

  /** The text of the answer. @throws TrinoError, or the signal's reason */
  async send(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    signal: AbortSignal,
    data?: string,
  ): Promise<string> {
    signal.throwIfAborted()
    const seconds = this.limits.request_seconds
    const deadline = AbortSignal.timeout(seconds * 1000)
    const either = AbortSignal.any([signal, deadline])
    try {
      const text = await this.client.request({ ...this.config, method, url, data, signal: either })
      return String(text ?? '')
    } catch (error) {
      signal.throwIfAborted()
      if (deadline.aborted) throw this.error('deadline', `gave no answer within ${seconds} s`)
      throw httpError(error, this.address, this.queryId, this.limits.page_bytes)
    }
  }

  error(reason: string, what: string): TrinoError {
    return requestError(this.address, this.queryId, reason, what)
  }
}

/** Asks `/v1/info`. @throws TrinoError, or the signal's reason */
export async function serverInfo(requests: Requests, signal: AbortSignal): Promise<ServerInfo> {
  const info = readAnswer(ServerInfoSchema, await requests.send('GET', '/v1/info', signal))
  if (typeof info !== 'string') return info
  throw requests.error('answer', 'does not answer /v1/info as Trino does')
}

const STARTING = 'SERVER_STARTING_UP'
export const isStarting = (error: unknown): boolean => reasonOf(error) === STARTING

/** Asks `/v1/info`; an error of its own where the server is not ready. */
export async function readyInfo(requests: Requests, signal: AbortSignal): Promise<ServerInfo> {
  const info = await serverInfo(requests, signal).catch((error: unknown) => {
    if (reasonOf(error) !== '503') throw error
    return null
  })
  if (info !== null && !info.starting) return info
  throw requests.error(STARTING, 'is still starting')
}

/** Repeats what a starting server refuses, for `start_seconds`. @throws what `call` does, or the signal's reason */
export async function whenStarted<T>(
  { address, limits: { start_seconds: seconds } }: Connection,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await retry(call, { seconds, first_wait: START_POLL_MS, mayHelp: isStarting, signal })
  } catch (error) {
    if (!isStarting(error)) throw error
    throw new TrinoError(
      STARTING,
      `Trino at ${address.origin} is still starting after ${seconds} s. Wait until its /v1/info says "starting": false, or look at its log.`,
    )
  }
}
