import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3, S3ClientConfig } from '@aws-sdk/client-s3'
import type { StorageConfig } from '../../config/schema'
import { PrerequisiteError } from '../../contracts/errors'
import { MIB } from '../../shared/format'
import { after } from '../../shared/guard'
import { readBody } from '../../shared/http-body'
import { readRegularFile } from '../../shared/read-file'
import { redactorOf } from '../../shared/redaction'
import { LONGEST_READ, tooLong } from '../object-key'
import {
  type Attempt,
  damagedBody,
  type Failure,
  failureOf,
  isConflict,
  isUnreachable,
  S3Explainer,
  S3Trouble,
} from './errors'

/** The `s3` block of a storage configuration. */
export type S3Config = Extract<StorageConfig, { type: 's3' }>['s3']

/** How long to wait for what; milliseconds where nothing else is said. */
export interface S3Limits {
  /** For a connection. */
  readonly connect: number
  /** For an answer to begin, besides the time that sending takes. */
  readonly request: number
  /** Bytes a millisecond that sending and receiving must reach. */
  readonly slowest: number
  /** For putting the parts of an upload together, which may take a service minutes. */
  readonly complete: number
  /** For an answer's body, besides the time that receiving takes. */
  readonly idle: number
  /** Times that the SDK repeats a request, and reads a body again that broke off. */
  readonly retries: number
}

const LIMITS: S3Limits = {
  connect: 10_000,
  request: 60_000,
  slowest: 256,
  complete: 300_000,
  idle: 30_000,
  // 50 ms and twice as long each time, half of it by chance: 13 s in all, on average.
  retries: 9,
}

/** A server that never answered is probably the wrong address: say so soon. */
const FIRST_CONTACT_TRIES = 3

/** Limit of an answer that is no object; a page of a list has a few MiB at most. */
const LONGEST_DOCUMENT = 16 * MIB

/** Metadata of every object that is put in one piece: the SHA-256 of its bytes. */
export const SHA256 = 'lakebench-sha256'

/** One request; `options` go to the SDK. */
export type Send<T> = (
  client: S3,
  options: { abortSignal?: AbortSignal | undefined; requestTimeout: number },
) => Promise<T>

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** That are sent, so that the deadline gives them time. */
  readonly bytes?: number
  /** Milliseconds for an answer instead of the limit. */
  readonly deadline?: number
  /** Not to be repeated. */
  readonly once?: boolean
  /** Told of every failed try, repeated or not. */
  readonly onFailure?: (failure: Failure) => void
}

/** One client of one service. The SDK repeats requests; here are their bounds, and errors in a user's words. */
export class S3Connection {
  /** Requests that were repeated so far. */
  retries = 0
  private answered = false
  private readonly watchers = new AsyncLocalStorage<RequestOptions>()

  private constructor(
    private readonly client: S3,
    readonly explainer: S3Explainer,
    readonly limits: S3Limits,
  ) {
    this.watchTries()
    this.readAnswersWhole()
  }

  /** The SDK is read from disk here, not by importing this file. */
  static async open(config: S3Config, limits: Partial<S3Limits> = {}): Promise<S3Connection> {
    const all = { ...LIMITS, ...limits }
    const { S3: Client } = await import('@aws-sdk/client-s3')
    const options = await clientOptions(config, all)
    const client = withoutVersionWarning(() => new Client(options))
    return new S3Connection(client, new S3Explainer(addressOf(config), redactorOf(config)), all)
  }

  /** Send a request; rejects with what the SDK or network threw, or the signal's reason. Bodies are buffers: they can be sent again. */
  async raw<T>(send: Send<T>, options: RequestOptions = {}): Promise<T> {
    const { signal, bytes = 0, deadline = this.limits.request } = options
    signal?.throwIfAborted()
    const requestTimeout = Math.ceil(deadline + bytes / this.limits.slowest)
    try {
      return await this.watchers.run(options, () =>
        send(this.client, { abortSignal: signal, requestTimeout }),
      )
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof LastTry ? error.failure : error
    }
  }

  /** As `raw`, but errors say what was tried, why it failed and what to do. */
  async request<T>(attempt: Attempt, send: Send<T>, options: RequestOptions = {}): Promise<T> {
    try {
      return await this.raw(send, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      throw this.explainer.explain(error, attempt)
    }
  }

  close(): void {
    this.client.destroy()
  }

  private watchTries(): void {
    this.client.middlewareStack.add(
      next => {
        let tries = 0
        return async args => {
          if (tries++ > 0) this.retries++
          try {
            const result = await next(args)
            this.answered = true
            return result
          } catch (error) {
            const failure = failureOf(error)
            const { once, onFailure } = this.watchers.getStore() ?? {}
            onFailure?.(failure)
            this.answered ||= failure.status !== null
            const strange = !this.answered && isUnreachable(failure)
            if (once || (strange && tries >= FIRST_CONTACT_TRIES)) throw new LastTry(error)
            // Two writers were in each other's way, and neither wrote.
            if (isConflict(failure)) Object.assign(error as Error, { $retryable: {} })
            throw error
          }
        }
      },
      // Below the SDK's retries.
      { step: 'finalizeRequest', priority: 'low', name: 'watchTries' },
    )
  }

  /** Within a try, so that the SDK repeats a request whose answer broke off, stood still or came damaged. */
  private readAnswersWhole(): void {
    this.client.middlewareStack.add(
      (next, context) => async args => {
        const result = await next(args)
        const response = result.response as Answer
        const { body, headers, statusCode } = response
        if (!(body instanceof Readable)) return result
        const isObject = context.commandName === 'GetObjectCommand' && statusCode < 300
        const length = Number(headers['content-length'] ?? 0)
        if (isObject && length > LONGEST_READ) {
          body.on('error', () => {}).destroy()
          const { Bucket, Key } = args.input as { Bucket?: string; Key?: string }
          throw tooLong(`s3://${Bucket}/${Key} at ${this.explainer.address}`, length)
        }
        const bytes = await this.readWhole(body, isObject ? LONGEST_READ : LONGEST_DOCUMENT, length)
        const promised = statusCode === 200 ? headers[`x-amz-meta-${SHA256}`] : undefined
        if (isObject && promised && promised !== createHash('sha256').update(bytes).digest('hex'))
          throw damagedBody()
        response.body = Readable.from([bytes], { objectMode: false })
        return result
      },
      // Last, hence nearest to the network: before the SDK reads the body.
      { step: 'deserialize', priority: 'low', name: 'readAnswersWhole' },
    )
  }

  private async readWhole(body: Readable, longest: number, length: number): Promise<Buffer> {
    const most = Math.ceil(this.limits.idle + length / this.limits.slowest)
    const late = new S3Trouble('ETIMEDOUT', `the answer did not end within ${most} ms`)
    const timer = after(most, () => body.destroy(late))
    try {
      return await readBody(body, longest)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Hides a failure from the SDK, which repeats nothing that it does not know. */
class LastTry extends Error {
  constructor(readonly failure: unknown) {
    super()
  }
}

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  body?: unknown
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
    retryMode: 'standard',
    maxAttempts: limits.retries + 1,
    // Many services know no other checksums than the signed SHA-256 of a body, which is always sent.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // For "Expect: 100-continue" the SDK opens connections that know nothing of ca_cert and verify_ssl.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: limits.connect,
      throwOnRequestTimeout: true,
      // A service may be silent for minutes while it puts an upload's parts together.
      socketTimeout: 0,
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
