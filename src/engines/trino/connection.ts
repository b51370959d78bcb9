import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { PrerequisiteError, QueryFailedError } from '../../contracts/errors'
import { type TrinoAddress, trinoAddress } from './address'
import { DEFAULT_LIMITS, type TrinoLimits, type TrinoOptions } from './options'
import { parseExact } from './page'

/** The part of trino-client that is used: its one request method, with its headers and its authentication. */
interface RawClient {
  request(config: Record<string, unknown>): Promise<unknown>
}

/** What went wrong with a request: a status that Trino answered, or a code of the network. */
export class RequestFailure extends Error {
  constructor(
    readonly status: number | null,
    readonly code: string | null,
    readonly body: string,
    options?: ErrorOptions,
  ) {
    super(status === null ? (code ?? 'no answer') : `HTTP ${status}`, options)
  }
}

/** Requests to one Trino: kept alive, each with a deadline, numbers exact. trino-client has none of the three. */
export class TrinoConnection {
  readonly address: TrinoAddress
  readonly limits: TrinoLimits
  private readonly agents: { httpAgent: HttpAgent; httpsAgent: HttpsAgent }

  private constructor(
    private readonly client: RawClient,
    address: TrinoAddress,
    limits: TrinoLimits,
  ) {
    this.address = address
    this.limits = limits
    this.agents = {
      httpAgent: new HttpAgent({ keepAlive: true, noDelay: true }),
      httpsAgent: new HttpsAgent({
        keepAlive: true,
        noDelay: true,
        ...(address.ca !== undefined && { ca: address.ca }),
      }),
    }
  }

  /** Checks the options; nothing is sent yet. @throws PrerequisiteError for an address that cannot work */
  static async open(options: TrinoOptions): Promise<TrinoConnection> {
    const address = trinoAddress(options)
    const { Trino, BasicAuth } = await import('trino-client')
    const trino = Trino.create({
      server: address.origin,
      source: options.source ? `lakebench/${options.source}` : 'lakebench',
      catalog: options.catalog,
      auth: new BasicAuth(address.user, address.password),
      session: Object.fromEntries(
        Object.entries(options.session ?? {}).map(([key, value]) => [key, encodeURIComponent(value)]),
      ),
      extraHeaders: { 'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME' },
    })
    // Its query() swallows pages and shows no query id before the first; the request below it does neither.
    const { client } = trino as unknown as { client: RawClient }
    return new TrinoConnection(client, address, { ...DEFAULT_LIMITS, ...options.limits })
  }

  /** @throws RequestFailure; the signal's reason when aborted */
  async request(method: 'GET' | 'POST' | 'DELETE', path: string, signal: AbortSignal, body?: string): Promise<unknown> {
    this.requireOwn(path)
    const timeout = AbortSignal.timeout(this.limits.request_seconds * 1000)
    try {
      const text = await this.client.request({
        method,
        url: path,
        ...(body !== undefined && { data: body, headers: { 'content-type': 'text/plain' } }),
        ...this.agents,
        signal: AbortSignal.any([signal, timeout]),
        proxy: false,
        maxRedirects: 0,
        responseType: 'text',
        transformResponse: (answer: unknown) => answer,
      })
      return parsed(String(text))
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof RequestFailure) throw error
      throw failureOf(error, timeout.aborted ? `no answer within ${this.limits.request_seconds} s` : null)
    }
  }

  close(): void {
    this.agents.httpAgent.destroy()
    this.agents.httpsAgent.destroy()
  }

  /** Credentials are sent along, so pages are fetched from the server that was asked only. */
  private requireOwn(path: string): void {
    if (path.startsWith('/') && !path.startsWith('//')) return
    if (URL.canParse(path) && new URL(path).origin === this.address.origin) return
    throw new RequestFailure(null, `the next page lies elsewhere (${path.slice(0, 60)})`, '')
  }
}

function parsed(text: string): unknown {
  if (text === '') return null
  try {
    return parseExact(text)
  } catch (cause) {
    throw new RequestFailure(null, 'the answer is no JSON', text.slice(0, 200), { cause })
  }
}

/** Of an axios error, what may be shown: it carries the request with its credentials too. */
function failureOf(error: unknown, deadline: string | null): RequestFailure {
  const { response, code, message } = error as {
    response?: { status?: number; data?: unknown }
    code?: string
    message?: string
  }
  if (deadline !== null) return new RequestFailure(null, deadline, '')
  if (response?.status !== undefined)
    return new RequestFailure(response.status, code ?? null, String(response.data ?? '').slice(0, 300))
  return new RequestFailure(null, code ?? message?.slice(0, 200) ?? null, '')
}

/** What to do about a request that failed. */
export function explainFailure(failure: RequestFailure, { origin, user }: TrinoAddress): string {
  const { status, code } = failure
  if (status === 401)
    return `Trino at ${origin} refuses user ${user} (HTTP 401). Check architecture.query_engine.user and password.`
  if (status === 403)
    return `Trino at ${origin} forbids this to user ${user} (HTTP 403). Ask for the right, or use another user.`
  if (status !== null && status >= 500)
    return `Trino at ${origin} answers HTTP ${status}; it may be starting or overloaded. See ${origin}/v1/info, then try again.`
  if (status !== null)
    return `What answers at ${origin} is no Trino (HTTP ${status}). Correct architecture.query_engine.url.`
  if (/CERT|SELF_SIGNED|VERIFY|ALTNAME/.test(code ?? ''))
    return `The certificate of Trino at ${origin} is not trusted (${code}). Set architecture.query_engine.ca_cert to the PEM file of the authority that signed it.`
  return `Trino at ${origin} cannot be reached (${code ?? 'no answer'}). Start it, or correct architecture.query_engine.url.`
}

export const unreachable = (failure: RequestFailure, address: TrinoAddress): PrerequisiteError =>
  new PrerequisiteError(explainFailure(failure, address), { cause: failure })

export const queryFailure = (
  failure: RequestFailure,
  address: TrinoAddress,
  queryId: string | null,
): QueryFailedError =>
  new QueryFailedError('', `${queryId ? `Query ${queryId} was lost: ` : ''}${explainFailure(failure, address)}`, {
    cause: failure,
  })
