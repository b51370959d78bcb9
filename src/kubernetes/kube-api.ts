import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { hasStatus, isPassing, isQuotaText, KubeError } from './kube-error'
import type { KubeList, KubeObject } from './objects'

export interface KubeApiOptions {
  readonly server: string
  readonly namespace: string
  /** TLS and authentication of a request; `renew` after the server refused what was given before. */
  credentials(renew: boolean): Promise<RequestOptions>
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly signal?: AbortSignal
}

export interface ListOptions {
  readonly query?: Call['query']
  readonly signal?: AbortSignal
}

const CONNECT_MS = 10_000
const ANSWER_MS = 30_000
/** An API server that restarts is away for some 30 s. */
const RETRY_MS = 60_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8_000
const SHAKEN_MS = 30_000
const PAGE = 500

/** A few calls to one API server: JSON in and out, deadlines, retries where repeating is safe, and streams. */
export class KubeApi {
  readonly server: string
  readonly namespace: string
  private count = 0
  /** Server's clock less this one, milliseconds; to the second. */
  private clockOffset = 0
  /** When the server was last away. */
  private shakenAt = Number.NEGATIVE_INFINITY

  constructor(private readonly options: KubeApiOptions) {
    this.server = options.server.replace(/\/+$/, '')
    this.namespace = options.namespace
  }

  /** Requests that were sent so far, streams included. */
  get requests(): number {
    return this.count
  }

  /** Time by the server's clock, milliseconds since the epoch: what hosts with clocks of their own can compare. */
  now(): number {
    return Date.now() + this.clockOffset
  }

  /** Path of a namespaced collection, e.g. `('api/v1', 'pods')`. */
  in(group: string, resource: string, name?: string): string {
    return `/${group.startsWith('api/') ? '' : 'apis/'}${group}/namespaces/${this.namespace}/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
  }

  /**
   * One request, tried again while the server is away or busy.
   * @throws KubeError with the server's own words; the signal's reason when aborted
   */
  async call<T>(path: string, call: Call = {}): Promise<T> {
    const deadline = performance.now() + RETRY_MS
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, 2 * pause)) {
      try {
        return (await this.once(path, call)) as T
      } catch (error) {
        if (isPassing(error)) this.shakenAt = performance.now()
        if (!this.mayPass(error) || performance.now() > deadline) throw error
        const asked = (error as KubeError).retryAfter
        await delay(asked === null ? pause * (0.5 + Math.random()) : asked * 1000, undefined, {
          ...(call.signal && { signal: call.signal }),
        }).catch(() => call.signal?.throwIfAborted())
      }
    }
  }

  /** A server that comes back denies rights that it has not read yet. */
  private mayPass(error: unknown): boolean {
    const denied = hasStatus(error, 401, 403) && !isQuotaText((error as KubeError).message)
    return isPassing(error) || (denied && performance.now() - this.shakenAt < SHAKEN_MS)
  }

  get<T>(path: string, options: ListOptions = {}): Promise<T> {
    return this.call<T>(path, options)
  }

  /** `null` where there is none. */
  async find<T>(path: string, options: ListOptions = {}): Promise<T | null> {
    try {
      return await this.call<T>(path, options)
    } catch (error) {
      if (hasStatus(error, 404)) return null
      throw error
    }
  }

  /**
   * Create an object. A request whose answer was lost may have made it: what is there under the name with the same labels is
   * taken for it.
   */
  async create<T extends KubeObject>(path: string, body: T, signal?: AbortSignal): Promise<T> {
    try {
      return await this.call<T>(path, { method: 'POST', body, ...(signal && { signal }) })
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
      const there = await this.find<T>(`${path}/${body.metadata.name}`)
      const same = Object.entries(body.metadata.labels ?? {}).every(([k, v]) => there?.metadata.labels?.[k] === v)
      if (there === null || !same) throw error
      return there
    }
  }

  /** Delete an object with what it owns; one that is gone, or was replaced by another, is fine. */
  async remove(path: string, options: { uid?: string | undefined; signal?: AbortSignal } = {}): Promise<void> {
    const { uid, signal } = options
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      ...(uid !== undefined && { preconditions: { uid } }),
    }
    try {
      await this.call(path, { method: 'DELETE', body, ...(signal && { signal }) })
    } catch (error) {
      if (!hasStatus(error, 404, 409)) throw error
    }
  }

  /** Page by page; the pages are one consistent list, or it is begun anew. */
  async *pages<T>(path: string, { query, signal }: ListOptions = {}): AsyncGenerator<KubeList<T> & { first: boolean }> {
    let next: string | undefined
    for (;;) {
      try {
        const page: KubeList<T> = await this.call<KubeList<T>>(path, {
          query: { ...query, limit: PAGE, continue: next },
          ...(signal && { signal }),
        })
        yield { ...page, first: next === undefined }
        next = page.metadata.continue || undefined
        if (next === undefined) return
      } catch (error) {
        // The list that the mark belongs to is gone from the server.
        if (next === undefined || !hasStatus(error, 410)) throw error
        next = undefined
      }
    }
  }

  async list<T>(path: string, options: ListOptions = {}): Promise<{ items: T[]; resourceVersion: string }> {
    let items: T[] = []
    let resourceVersion = ''
    for await (const page of this.pages<T>(path, options)) {
      if (page.first) items = []
      items.push(...page.items)
      resourceVersion = page.metadata.resourceVersion ?? ''
    }
    return { items, resourceVersion }
  }

  /** An answer to read as it comes. The caller destroys it. */
  async open(path: string, { query, signal }: ListOptions = {}): Promise<IncomingMessage> {
    const response = await this.send(path, { query, ...(signal && { signal }) }, false)
    if (response.statusCode === 200) return response
    throw failure(response, await textOf(response))
  }

  private async once(path: string, call: Call): Promise<unknown> {
    for (let renew = false; ; renew = true) {
      const response = await this.send(path, call, renew)
      const text = await textOf(response)
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300) return text === '' ? null : JSON.parse(text)
      if (status === 401 && !renew) continue
      throw failure(response, text)
    }
  }

  private async send(path: string, call: Call, renew: boolean): Promise<IncomingMessage> {
    call.signal?.throwIfAborted()
    const url = new URL(this.server + path)
    for (const [key, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(key, String(value))
    const credentials = await this.options.credentials(renew)
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const send = url.protocol === 'http:' ? plainRequest : tlsRequest
    this.count++
    return new Promise((resolve, reject) => {
      const request = send(url, {
        ...credentials,
        method: call.method ?? 'GET',
        headers: {
          ...credentials.headers,
          accept: 'application/json',
          'user-agent': 'lakebench',
          ...(body !== undefined && {
            'content-type': call.contentType ?? 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
        ...(call.signal && { signal: call.signal }),
      })
      const late = (what: string) => () => request.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }))
      const answer = setTimeout(late('no answer in time'), ANSWER_MS)
      const connecting = setTimeout(late('no connection in time'), CONNECT_MS)
      request.on('socket', socket => {
        socket.setKeepAlive(true, 15_000)
        if (!socket.connecting) clearTimeout(connecting)
        else socket.once(url.protocol === 'http:' ? 'connect' : 'secureConnect', () => clearTimeout(connecting))
      })
      request.on('response', response => {
        clearTimeout(answer)
        clearTimeout(connecting)
        const theirs = Date.parse(response.headers.date ?? '')
        if (Number.isFinite(theirs)) this.clockOffset = theirs - Date.now()
        resolve(response)
      })
      request.on('error', error => {
        clearTimeout(answer)
        clearTimeout(connecting)
        reject(call.signal?.aborted ? call.signal.reason : networkError(error))
      })
      request.end(body)
    })
  }
}

function networkError(error: NodeJS.ErrnoException): KubeError {
  const code = error.code ?? error.name
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)
  return new KubeError(0, certificate ? 'CERT' : code, error.message || code, { cause: error })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const timer = setTimeout(() => response.destroy(new Error('the answer stalled')), ANSWER_MS)
  try {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    throw networkError(error as NodeJS.ErrnoException)
  } finally {
    clearTimeout(timer)
  }
}

/** The server's `Status` object, where its answer is one. */
function failure(response: IncomingMessage, text: string): KubeError {
  const status = response.statusCode ?? 0
  const seconds = Number(response.headers['retry-after'])
  const retryAfter = Number.isFinite(seconds) && response.headers['retry-after'] !== undefined ? seconds : null
  let told: { reason?: string; message?: string } = {}
  try {
    told = JSON.parse(text)
  } catch {
    told = { message: text.slice(0, 200) }
  }
  return new KubeError(status, told.reason ?? 'Unknown', told.message ?? response.statusMessage ?? '', { retryAfter })
}
