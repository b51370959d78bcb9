import { PrerequisiteError } from '../../contracts/errors'
import type { TrinoAddress } from './address'
import { HttpFailure, httpFailure, statusFailure } from './http-failure'
import { DEFAULT_LIMITS, type TrinoLimits } from './options'
import { parseExact } from './page'
import { type AdapterRequest, type AdapterResponse, Transport } from './transport'

const CAPABILITIES = 'PARAMETRIC_DATETIME'

export interface RequestOptions {
  /** Destroys the request; the rejection is then the signal's reason. */
  readonly signal: AbortSignal
  /** For the whole request, its body included; milliseconds. */
  readonly timeoutMs: number
  readonly body?: string
}

/** The part of trino-client's HTTP client that is used; its types keep it private. */
interface HttpClient {
  clientConfig: Record<string, unknown>
  request(config: Record<string, unknown>): Promise<unknown>
}

type TrinoClientModule = typeof import('trino-client')

/**
 * The requests of trino-client (its headers, its basic auth) on connections that stay open, with what it lacks: a deadline
 * and an abort for each request, no redirects, integers that are not rounded, errors without secrets.
 */
export class Connection {
  private readonly transport: Transport

  private constructor(
    private readonly module: TrinoClientModule,
    readonly address: TrinoAddress,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly session: Readonly<Record<string, string>>,
    limits: TrinoLimits,
  ) {
    this.transport = new Transport(address, limits.page_bytes)
  }

  static async open(
    address: TrinoAddress,
    options: {
      source?: string
      session?: Readonly<Record<string, string>>
      limits?: Partial<TrinoLimits>
    } = {},
  ): Promise<Connection> {
    const module = await import('trino-client').catch(cause => {
      throw new PrerequisiteError('The npm package trino-client cannot be loaded; run `npm ci`.', {
        cause,
      })
    })
    const headers = {
      'X-Trino-Source': options.source ? `lakebench/${options.source}` : 'lakebench',
      'X-Trino-Client-Capabilities': CAPABILITIES,
    }
    return new Connection(module, address, headers, options.session ?? {}, {
      ...DEFAULT_LIMITS,
      ...options.limits,
    })
  }

  /**
   * A client of one query: what `USE` and `SET SESSION` leave in it ends with the query and reaches no other.
   * @param catalog for names without one; a catalog that no header can carry is left out
   */
  client(catalog?: string): Client {
    const { origin, user, password } = this.address
    const trino = this.module.Trino.create({
      server: origin,
      ...(catalog !== undefined && /^[\x21-\x7e]+$/.test(catalog) && { catalog }),
      // trino-client sends values as they are, Trino reads them URL-encoded.
      session: Object.fromEntries(
        Object.entries(this.session).map(([k, v]) => [k, encodeURIComponent(v)]),
      ),
      extraHeaders: { 'X-Trino-User': user, ...this.headers },
      // Without a password there is nothing to authenticate with, and an empty one would be refused.
      ...(password !== '' && { auth: new this.module.BasicAuth(user, password) }),
    })
    const http = (trino as unknown as { client?: Partial<HttpClient> }).client
    if (typeof http?.request !== 'function' || typeof http.clientConfig !== 'object') {
      throw new PrerequisiteError(
        'This version of trino-client is built differently; lakebench works with 0.2.9.',
      )
    }
    Object.assign(http.clientConfig, {
      adapter: async (request: AdapterRequest): Promise<AdapterResponse> => {
        const answer = await this.transport.send(request)
        if (answer.status < 200 || answer.status > 299) throw statusFailure(answer, this.address)
        return answer
      },
      // The text as it came: trino-client's own parsing would round integers.
      transformResponse: [(text: unknown) => text],
    })
    return new Client(http as HttpClient, this.address)
  }

  close(): void {
    this.transport.close()
  }
}

/** Requests of one query to one server. */
export class Client {
  /** Characters of all answers so far. */
  received = 0

  constructor(
    private readonly http: HttpClient,
    private readonly address: TrinoAddress,
  ) {}

  post(path: string, options: RequestOptions): Promise<unknown> {
    return this.send('POST', path, options)
  }

  get(path: string, options: RequestOptions): Promise<unknown> {
    return this.send('GET', path, options)
  }

  delete(path: string, options: RequestOptions): Promise<unknown> {
    return this.send('DELETE', path, options)
  }

  /** The JSON of the answer; `null` for an empty one. @throws HttpFailure, or the signal's reason */
  private async send(
    method: string,
    path: string,
    { signal, timeoutMs, body }: RequestOptions,
  ): Promise<unknown> {
    signal.throwIfAborted()
    const end = new AbortController()
    const abort = () => end.abort()
    signal.addEventListener('abort', abort, { once: true })
    let late = false
    const timer = setTimeout(() => {
      late = true
      end.abort()
    }, timeoutMs)
    try {
      const text = String(
        (await this.http.request({ method, url: path, data: body, signal: end.signal })) ?? '',
      )
      this.received += text.length
      return text === '' ? null : parse(text)
    } catch (error) {
      signal.throwIfAborted()
      if (late)
        throw new HttpFailure(`gave no answer within ${timeoutMs / 1000} s`, { kind: 'deadline' })
      throw httpFailure(error, this.address)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}

function parse(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    throw new HttpFailure('answered with something that is no JSON', { kind: 'answer' })
  }
}
