import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { readBody } from '../../shared/http-body'
import type { TrinoAddress } from './address'

/** An idle connection is dropped before a server or a proxy between does so in the middle of a request. */
const IDLE_MS = 15_000

/** What trino-client hands to the adapter of its HTTP client; its headers know how to become plain. */
export interface AdapterRequest {
  readonly method: string
  readonly url: string
  readonly baseURL: string
  readonly headers: { toJSON(): Record<string, string> }
  readonly data?: string
  readonly auth?: { readonly username: string; readonly password: string }
  readonly signal?: AbortSignal
}

export interface AdapterResponse {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The body as text. */
  readonly data: string
}

/**
 * Carries trino-client's requests by `node:http` itself on connections that stay open: less time a request than its own
 * adapter takes, and a query makes six. No redirects, whose target would get the credentials; no proxy of the environment,
 * which would get https requests in the clear; no compression, which small answers do not repay.
 */
export class Transport {
  private readonly http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS })
  private readonly https: HttpsAgent

  /** @param longest bytes of an answer's body */
  constructor(
    address: TrinoAddress,
    private readonly longest: number,
  ) {
    this.https = new HttpsAgent({
      keepAlive: true,
      timeout: IDLE_MS,
      ...(address.ca !== undefined && { ca: address.ca }),
    })
  }

  /** An answer of any status; rejects where there is none, and for one that is too long. */
  async send(request: AdapterRequest): Promise<AdapterResponse> {
    const response = await this.responseTo(request)
    const body = await readBody(response, this.longest)
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      data: body.toString('utf8'),
    }
  }

  private responseTo({
    method,
    headers,
    data,
    auth,
    signal,
    ...to
  }: AdapterRequest): Promise<IncomingMessage> {
    const url = new URL(to.url, to.baseURL)
    const secure = url.protocol === 'https:'
    return new Promise((resolve, reject) => {
      const sent = (secure ? requestHttps : requestHttp)(url, {
        method: method.toUpperCase(),
        agent: secure ? this.https : this.http,
        headers: {
          ...headers.toJSON(),
          ...(auth && { Authorization: basic(auth) }),
          ...(data !== undefined && { 'Content-Length': Buffer.byteLength(data) }),
        },
        ...(signal && { signal }),
      })
      sent.on('error', reject)
      sent.on('response', resolve)
      sent.end(data)
    })
  }

  close(): void {
    this.http.destroy()
    this.https.destroy()
  }
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
