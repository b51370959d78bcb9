import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { z } from 'zod'
import { MIB } from '../shared/format'
import { guarded } from '../shared/guard'
import { BodyTooLongError, readBody } from '../shared/http-body'
import { retry } from '../shared/retry'
import { hasStatus, isPassing, isQuotaText, KubeError, notKubernetes } from './kube-error'
import {
  type KubeList,
  KubeListSchema,
  type KubeObject,
  KubeObjectSchema,
  type Status,
  StatusSchema,
} from './objects'

export interface KubeApiOptions {
  readonly server: string
  readonly namespace: string
  /** TLS and authentication of a request; `renew` after the server refused what was given before. */
  credentials(renew: boolean): Promise<RequestOptions>
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  /** The shape of the answer; an object with metadata where left out. Nobody reads what a deletion answers. */
  readonly schema?: z.ZodType | undefined
}

export type ListOptions = Pick<Call, 'query' | 'schema' | 'signal'>

/** The deadline of a connection, of the first byte of an answer, and of the whole of it. */
const ANSWER_MS = 20_000
/** An API server that restarts is away for some 30 s. */
const RETRY_SECONDS = 60
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
const SHAKEN_MS = 30_000
const PAGE = 500
/** The most that is read of an answer: a page of the largest pods is a tenth of it. */
const LONGEST_ANSWER = 64 * MIB
const MOST_OBJECTS = 200_000

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
    const { signal } = call
    return retry(async () => (await this.once(path, call)) as T, {
      seconds: RETRY_SECONDS,
      first_wait: FIRST_WAIT_MS,
      longest_wait: LONGEST_WAIT_MS,
      signal,
      mayHelp: error => {
        if (isPassing(error)) this.shakenAt = performance.now()
        return this.mayPass(error)
      },
    })
  }

  /** A server that comes back denies rights that it has not read yet. */
  private mayPass(error: unknown): boolean {
    const denied = hasStatus(error, 401, 403) && !isQuotaText((error as KubeError).message)
    return isPassing(error) || (denied && performance.now() - this.shakenAt < SHAKEN_MS)
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
      return await this.call<T>(path, { method: 'POST', body, signal })
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
      const there = await this.find<T>(`${path}/${body.metadata.name}`)
      const same = Object.entries(body.metadata.labels ?? {}).every(
        ([k, v]) => there?.metadata.labels?.[k] === v,
      )
      if (there === null || !same) throw error
      return there
    }
  }

  /** Delete an object with what it owns; one that is gone, or was replaced by another, is fine. */
  async remove(
    path: string,
    { uid, signal }: { uid?: string | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      ...(uid !== undefined && { preconditions: { uid } }),
    }
    try {
      await this.call(path, { method: 'DELETE', body, signal })
    } catch (error) {
      if (!hasStatus(error, 404, 409)) throw error
    }
  }

  /** Page by page; the pages are one consistent list, or it is begun anew. */
  async *pages<T>(
    path: string,
    { query, signal }: ListOptions = {},
  ): AsyncGenerator<KubeList<T> & { first: boolean }> {
    let next: string | undefined
    for (;;) {
      try {
        const page: KubeList<T> = await this.call<KubeList<T>>(path, {
          query: { ...query, limit: PAGE, continue: next },
          schema: KubeListSchema,
          signal,
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

  async list<T>(path: string, options: ListOptions = {}): Promise<T[]> {
    let items: T[] = []
    for await (const page of this.pages<T>(path, options)) {
      if (page.first) items = []
      items = items.concat(page.items)
      if (items.length > MOST_OBJECTS)
        throw notKubernetes(`a list is longer than ${MOST_OBJECTS} objects`)
    }
    return items
  }

  /** An answer to read as it comes. The caller destroys it. */
  async open(path: string, { query, signal }: ListOptions = {}): Promise<IncomingMessage> {
    const response = await this.send(path, { query, signal }, false)
    if (response.statusCode === 200) return response
    throw failure(response, await textOf(response))
  }

  private async once(path: string, call: Call): Promise<unknown> {
    for (let renew = false; ; renew = true) {
      const response = await this.send(path, call, renew)
      const text = await textOf(response)
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300)
        return call.method === 'DELETE' ? null : read(call.schema ?? KubeObjectSchema, text)
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
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
        timeout: ANSWER_MS,
        signal: call.signal,
      })
      request.setSocketKeepAlive(true, 15_000)
      const silent = () =>
        request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
      const answered = (response: IncomingMessage) => {
        // Who reads an answer has a deadline of its own; a log may be quiet for hours.
        request.setTimeout(0)
        const theirs = Date.parse(response.headers.date ?? '')
        if (Number.isFinite(theirs)) this.clockOffset = theirs - Date.now()
        resolve(response)
      }
      const broken = (error: NodeJS.ErrnoException) =>
        reject(call.signal?.aborted ? call.signal.reason : networkError(error))
      request.on('timeout', guarded(silent, reject))
      request.on('response', guarded(answered, reject))
      request.on('error', guarded(broken, reject))
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
    return (await readBody(response, LONGEST_ANSWER)).toString('utf8')
  } catch (error) {
    if (error instanceof BodyTooLongError) throw notKubernetes(error.message)
    throw networkError(error as NodeJS.ErrnoException)
  } finally {
    clearTimeout(timer)
  }
}

function read(schema: z.ZodType, text: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    throw notKubernetes('an answer is no JSON')
  }
  const { error } = schema.safeParse(answer)
  if (error === undefined) return answer
  const { path, message } = error.issues[0]!
  throw notKubernetes(
    `an answer is not what was asked for (${[path.join('.'), message].filter(Boolean).join(': ')})`,
  )
}

/** The server's `Status` object, where its answer is one. */
function failure(response: IncomingMessage, text: string): KubeError {
  const status = response.statusCode ?? 0
  const { reason = 'Unknown', message } = statusOf(text)
  return new KubeError(status, reason, message ?? response.statusMessage ?? '')
}

function statusOf(text: string): Status {
  try {
    return StatusSchema.parse(JSON.parse(text))
  } catch {
    return { message: text.slice(0, 200) }
  }
}
