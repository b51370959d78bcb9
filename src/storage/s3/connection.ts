import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3, S3ClientConfig } from '@aws-sdk/client-s3'
import pRetry from 'p-retry'
import type { StorageConfig } from '../../contracts/config'
import { PrerequisiteError } from '../../contracts/errors'
import { redactorOf } from '../../contracts/secrets'
import { limitBody } from '../../shared/http-body'
import { readRegularFile } from '../../shared/read-file'
import { type Attempt, S3Explainer } from './explain-error'
import { type Failure, failureOf, isTransient, isUnreachable, S3Trouble } from './failure'

/** The `s3` block of a storage configuration. */
export type S3Config = Extract<StorageConfig, { type: 's3' }>['s3']

/** How long to wait for what; milliseconds where nothing else is said. */
export interface S3Limits {
  /** For a connection. */
  readonly connect: number
  /** For an answer, besides the time that sending takes. */
  readonly request: number
  /** Bytes a millisecond that sending must reach. */
  readonly slowest: number
  /** For putting the parts of an upload together, which may take a service minutes. */
  readonly complete: number
  /** For the next byte of a body. */
  readonly idle: number
  /** Times that a request is repeated. */
  readonly retries: number
  /** Before the first repetition; doubled after each, up to 10 s. */
  readonly wait: number
}

const LIMITS: S3Limits = {
  connect: 10_000,
  request: 60_000,
  slowest: 256,
  complete: 300_000,
  idle: 30_000,
  retries: 6,
  wait: 200,
}

const LONGEST_WAIT = 10_000
/** Of an answer that is no object; a page of a list has a few MiB at most. */
const LONGEST_DOCUMENT = 16 * 2 ** 20
const LONGEST_RETRY_AFTER_SECONDS = 30
/** A server that never answered is probably the wrong address: say so soon. */
const FIRST_CONTACT_RETRIES = 2

/** One request; `options` go to the SDK. */
export type Send<T> = (client: S3, options: { abortSignal: AbortSignal }) => Promise<T>

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** That are sent, so that the deadline gives them time. */
  readonly bytes?: number
  /** Milliseconds for an answer instead of the limit. */
  readonly deadline?: number
  /** Instead of the limit. */
  readonly retries?: number
  /** Told of every failed try, repeated or not. */
  readonly onFailure?: (failure: Failure) => void
}

/** One client of one service: deadlines, repetitions, and errors in a user's words. */
export class S3Connection {
  /** Requests that were repeated so far. */
  retries = 0
  private answered = false

  private constructor(
    readonly client: S3,
    readonly explainer: S3Explainer,
    readonly limits: S3Limits,
  ) {}

  /** The SDK is read from disk here, not by importing this file. */
  static async open(config: S3Config, limits: Partial<S3Limits> = {}): Promise<S3Connection> {
    const all = { ...LIMITS, ...limits }
    const { S3: Client } = await import('@aws-sdk/client-s3')
    const options = await clientOptions(config, all)
    const client = withoutVersionWarning(() => new Client(options))
    limitAnswers(client)
    return new S3Connection(client, new S3Explainer(addressOf(config), redactorOf(config)), all)
  }

  /**
   * Send a request, again where that may help and does no harm; rejects with what the SDK or network threw. `send` must be
   * repeatable: bodies are buffers.
   */
  async raw<T>(send: Send<T>, options: RequestOptions = {}): Promise<T> {
    let worthRepeating = false
    return await pRetry(() => this.once(send, options), {
      retries: options.retries ?? this.limits.retries,
      minTimeout: this.limits.wait,
      maxTimeout: LONGEST_WAIT,
      randomize: true,
      ...(options.signal && { signal: options.signal }),
      onFailedAttempt: async ({ error, retriesConsumed, retriesLeft }) => {
        if (options.signal?.aborted) throw options.signal.reason
        const failure = failureOf(error)
        options.onFailure?.(failure)
        worthRepeating = retriesLeft > 0 && this.mayHelp(failure, retriesConsumed)
        if (!worthRepeating) return
        this.retries++
        const wait = Math.min(failure.wait_seconds ?? 0, LONGEST_RETRY_AFTER_SECONDS) * 1000
        if (wait > 0) await sleep(wait, undefined, options.signal && { signal: options.signal })
      },
      shouldRetry: () => worthRepeating,
    })
  }

  /** As `raw`, but errors say what was tried, why it failed and what to do. */
  async request<T>(attempt: Attempt, send: Send<T>, options: RequestOptions = {}): Promise<T> {
    try {
      return await this.raw(send, options)
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason
      throw this.explainer.explain(error, attempt)
    }
  }

  close(): void {
    this.client.destroy()
  }

  private mayHelp(failure: Failure, retriesConsumed: number): boolean {
    // The SDK has learnt the server's clock from this very answer.
    if (failure.code === 'RequestTimeTooSkewed') return retriesConsumed === 0
    if (!isTransient(failure)) return false
    return this.answered || !isUnreachable(failure) || retriesConsumed < FIRST_CONTACT_RETRIES
  }

  private async once<T>(
    send: Send<T>,
    { signal, bytes = 0, deadline = this.limits.request }: RequestOptions,
  ): Promise<T> {
    signal?.throwIfAborted()
    const stop = new AbortController()
    const most = Math.ceil(deadline + bytes / this.limits.slowest)
    const timer = setTimeout(
      () => stop.abort(new S3Trouble('ETIMEDOUT', `no answer within ${most} ms`)),
      most,
    )
    const passOn = () => stop.abort(signal!.reason)
    signal?.addEventListener('abort', passOn, { once: true })
    try {
      const answer = await send(this.client, { abortSignal: stop.signal })
      this.answered = true
      return answer
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason
      if (failureOf(error).status !== null) this.answered = true
      throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', passOn)
    }
  }
}

/** An object's bytes go on as they come; every other answer, an error's too, is read whole by the SDK. */
function limitAnswers(client: S3): void {
  client.middlewareStack.add(
    (next, context) => async args => {
      const result = await next(args)
      const response = result.response as { statusCode: number; body?: unknown }
      const isObject = context.commandName === 'GetObjectCommand' && response.statusCode < 300
      if (response.body instanceof Readable && !isObject)
        response.body = Readable.from(limitBody(response.body, LONGEST_DOCUMENT), {
          objectMode: false,
        })
      return result
    },
    // Last, hence nearest to the network: before the SDK reads the body.
    { step: 'deserialize', priority: 'low', name: 'limitAnswers' },
  )
}

async function clientOptions(config: S3Config, limits: S3Limits): Promise<S3ClientConfig> {
  const { endpoint, region, path_style, access_key, secret_key, verify_ssl } = config
  const ca = await readCertificate(config.ca_cert)
  if ((access_key === '') !== (secret_key === '')) {
    throw new PrerequisiteError(
      `platform.storage.s3.${access_key === '' ? 'access_key' : 'secret_key'} is empty, and the other key is set. Set both, or neither to use the AWS credentials of the environment.`,
    )
  }
  return {
    region,
    ...(endpoint !== '' && { endpoint }),
    forcePathStyle: path_style,
    // Empty keys: the SDK looks where AWS keys usually are (environment, profile, instance).
    ...(access_key !== '' && {
      credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
    }),
    // Repeating is ours, so that it is bounded, counted and never blind to a conditional put whose answer got lost.
    maxAttempts: 1,
    // Many services know no other checksums than the signed SHA-256 of a body, which is always sent.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // For "Expect: 100-continue" the SDK opens connections that know nothing of ca_cert and verify_ssl.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: limits.connect,
      httpsAgent: { rejectUnauthorized: verify_ssl, ...(ca !== null && { ca }) },
    },
  }
}

async function readCertificate(path: string): Promise<string | null> {
  if (path === '') return null
  let text: string
  try {
    text = String(await readRegularFile(path))
  } catch (error) {
    throw new PrerequisiteError(
      `Cannot read platform.storage.s3.ca_cert ${path}: ${(error as Error).message}. Name the file of the CA's certificate.`,
      { cause: error },
    )
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new PrerequisiteError(
    `platform.storage.s3.ca_cert ${path} holds no PEM certificate (-----BEGIN CERTIFICATE-----). Name the file of the CA's certificate.`,
  )
}

/** The endpoint as messages name it: a user may have written keys into the URL. */
export function addressOf({ endpoint, region }: Pick<S3Config, 'endpoint' | 'region'>): string {
  if (endpoint === '') return `AWS S3 in ${region}`
  const { protocol, host, pathname } = new URL(endpoint)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}

/** On Node 20 the SDK warns of its own later releases, once a thread; a user of lakebench can do nothing about it. */
function withoutVersionWarning<T>(make: () => T): T {
  const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'
  const before = process.env[name]
  process.env[name] = before ?? 'true'
  try {
    return make()
  } finally {
    if (before === undefined) delete process.env[name]
  }
}
