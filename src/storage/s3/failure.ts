import { BodyTooLongError } from '../../shared/http-body'

/** What went wrong with a request: read out of the SDK's many kinds of errors. */
export interface Failure {
  /** S3's own code, a system error's code, or the error's name. */
  readonly code: string
  /** Of the answer; `null` where none came. */
  readonly status: number | null
  readonly message: string
  /** Seconds, from `Retry-After`. */
  readonly wait_seconds: number | null
}

interface SdkError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly Code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: {
    readonly statusCode?: number
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** What the SDK throws for an answer that is no S3 document, e.g. a web page. */
export const NOT_S3 = 'NotS3'

/** Error of this folder for answers that no SDK error describes. */
export class S3Trouble extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'S3Trouble'
  }
}

export function failureOf(error: unknown): Failure {
  const { name, message, code, Code, $metadata, $response } = (error ?? {}) as SdkError
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? null
  const text = typeof message === 'string' ? message : String(error)
  const connecting = /establish a connection/.test(text)
  const named = [Code, code, name].find(
    (c): c is string => typeof c === 'string' && c !== '' && c !== 'Error',
  )
  const wait = Number($response?.headers?.['retry-after'])
  return {
    code:
      !(error instanceof BodyTooLongError) && isUnreadable(text, status)
        ? NOT_S3
        : connecting && named === 'TimeoutError'
          ? 'NoConnection'
          : (named ?? 'Error'),
    status,
    message: text,
    wait_seconds: Number.isFinite(wait) && wait > 0 ? wait : null,
  }
}

/** The SDK could not read the answer. A 5xx that is no S3 document comes from a gateway, and counts by its number. */
const isUnreadable = (text: string, status: number | null): boolean =>
  /deserialization error|XML parse/i.test(text) && (status === null || status < 500)

const UNREACHABLE = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'NoConnection',
]
const BROKEN_OFF = [
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'TimeoutError',
  'ERR_STREAM_PREMATURE_CLOSE',
]
const REFUSED_FOR_NOW = [
  'SlowDown',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'ServiceUnavailable',
]
const IN_EACH_OTHERS_WAY = ['ConditionalRequestConflict', 'OperationAborted']

/** The request never reached the server. */
export const isUnreachable = ({ code, status }: Failure): boolean =>
  status === null && UNREACHABLE.includes(code)

/** The same request may succeed later. Of the 4xx only those that say so: too many, a conflict, a body that came too slowly. */
export function isTransient(failure: Failure): boolean {
  const { code, status } = failure
  if (status === null) return isUnreachable(failure) || BROKEN_OFF.includes(code)
  if (status === 429 || REFUSED_FOR_NOW.includes(code) || IN_EACH_OTHERS_WAY.includes(code))
    return true
  if (code === 'RequestTimeout' || code === 'ECONNRESET') return true
  return status >= 500 && status !== 501 && status !== 505
}

/** Nobody can say whether the server carried the request out. */
export function isAmbiguous(failure: Failure): boolean {
  const { code, status } = failure
  if (!isTransient(failure) || isUnreachable(failure)) return false
  if (status === 429 || REFUSED_FOR_NOW.includes(code) || IN_EACH_OTHERS_WAY.includes(code))
    return false
  return code !== 'RequestTimeout'
}

/** The object is not there. A missing bucket is another matter. */
export const isAbsent = ({ code, status }: Failure): boolean =>
  code === 'NoSuchKey' || (status === 404 && code === 'NotFound')
