import { LakebenchError, PrerequisiteError } from '../../contracts/errors'
import { BodyTooLongError } from '../../shared/http-body'
import type { Redact } from '../../shared/redaction'

const SETTING = 'platform.storage.s3'

/** A failed request, read out of the SDK's many kinds of errors. */
export interface Failure {
  /** S3's own code, a system error's code, or the error's name. */
  readonly code: string
  /** Status of the answer; `null` where none came. */
  readonly status: number | null
  readonly message: string
}

/** Errors of the SDK for an answer that is no S3 document, e.g. a web page. */
export const NOT_S3 = 'NotS3'
/** A body that is not the one that was put. */
const DAMAGED = 'Damaged'

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

/** An error that the SDK repeats the request for. */
export const damagedBody = (): S3Trouble =>
  Object.assign(new S3Trouble(DAMAGED, 'another SHA-256'), { $retryable: {} })

/** A part of every S3 answer; what answers without it is something else. */
export function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new S3Trouble(NOT_S3, `an answer without ${name}`)
  return value
}

export function failureOf(error: unknown): Failure {
  const { name, message, code, Code, $metadata, $response } = (error ?? {}) as {
    readonly [key in 'name' | 'message' | 'code' | 'Code']?: unknown
  } & {
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly $response?: { readonly statusCode?: number }
  }
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? null
  const text = typeof message === 'string' ? message : String(error)
  const named = [Code, code, name].find(
    (c): c is string => typeof c === 'string' && c !== '' && c !== 'Error',
  )
  // The SDK could not read the answer. A 5xx that is no S3 document comes from a gateway, and counts by its number.
  const unreadable =
    !(error instanceof BodyTooLongError) &&
    /deserialization error|XML parse/i.test(text) &&
    (status === null || status < 500)
  const unconnected = named === 'TimeoutError' && /establish a connection/.test(text)
  return {
    code: unreadable ? NOT_S3 : unconnected ? 'NoConnection' : (named ?? 'Error'),
    status,
    message: text,
  }
}

/** The request never reached the server. */
export const isUnreachable = ({ code, status }: Failure): boolean =>
  status === null &&
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|NoConnection)$/.test(code)

/** The service asks for fewer requests, and did nothing. */
const isThrottled = ({ code, status }: Failure): boolean =>
  status === 429 ||
  /^(SlowDown|Throttling(Exception)?|RequestLimitExceeded|ServiceUnavailable)$/.test(code)

/** Nobody can say whether the server carried the request out. */
export function isAmbiguous(failure: Failure): boolean {
  const { code, status } = failure
  if (status === null)
    return /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|TimeoutError|ERR_STREAM_PREMATURE_CLOSE)$/.test(
      code,
    )
  return status >= 500 && status !== 501 && status !== 505 && !isThrottled(failure)
}

/** Another request for the same object came between; nothing was done. */
export const isConflict = ({ code }: Failure): boolean =>
  /^(ConditionalRequestConflict|OperationAborted)$/.test(code)

/** The service is at work, be it with a refusal. */
export const isAnswer = (failure: Failure): boolean =>
  failure.status !== null && failure.status < 500 && !isThrottled(failure)

/** The object is not there. A missing bucket is another matter. */
export const isAbsent = ({ code, status }: Failure): boolean =>
  code === 'NoSuchKey' || (status === 404 && code === 'NotFound')

/** Action for a message: the verb, the bucket and, where one is concerned, the object or prefix. */
export interface Attempt {
  /** e.g. `read`, `write`, `list`. */
  readonly verb: string
  readonly bucket: string
  readonly object?: string
}

interface Explanation {
  when(failure: Failure): boolean
  readonly cause: string
  readonly remedy: string
}

const code =
  (...codes: readonly string[]) =>
  (failure: Failure) =>
    codes.includes(failure.code)

/** Causes and remedies of an S3 service's or a network's answers; the first that fits. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    when: code('CredentialsProviderError'),
    cause: 'there are no keys to sign with',
    remedy: `Set ${SETTING}.access_key and secret_key, or provide AWS credentials in the environment`,
  },
  {
    when: code('ENOTFOUND', 'EAI_AGAIN'),
    cause: 'the host name cannot be resolved',
    remedy: `Check ${SETTING}.endpoint; a service without a host name for each bucket needs path_style: true`,
  },
  {
    when: isUnreachable,
    cause: 'the server cannot be reached',
    remedy: `Check ${SETTING}.endpoint, and that the server runs and no firewall is between`,
  },
  {
    when: code('EPROTO', 'HPE_INVALID_CONSTANT', 'ERR_SSL_WRONG_VERSION_NUMBER'),
    cause: 'one side speaks HTTP and the other HTTPS, or something else',
    remedy: `Check the scheme and the port of ${SETTING}.endpoint`,
  },
  {
    when: code(
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_SIGNATURE_FAILURE',
      'CERT_UNTRUSTED',
    ),
    cause: "the server's certificate is signed by nobody that is trusted here",
    remedy: `Set ${SETTING}.ca_cert to the certificate of the CA that signed it`,
  },
  {
    when: code('CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'),
    cause: "the server's certificate is out of date",
    remedy: "Renew it, and check this machine's clock",
  },
  {
    when: code('ERR_TLS_CERT_ALTNAME_INVALID'),
    cause: "the server's certificate is for another host name",
    remedy: `Use the name that stands in it in ${SETTING}.endpoint; with path_style: false it must cover the bucket's host too`,
  },
  {
    when: code('NoSuchBucket'),
    cause: 'the bucket does not exist',
    remedy: `Make it, name another in ${SETTING}.buckets, or set ${SETTING}.create_buckets: true`,
  },
  {
    when: code('InvalidBucketName'),
    cause: 'the service allows no such bucket name',
    remedy: `Choose another in ${SETTING}.buckets: lower-case letters, digits and hyphens`,
  },
  {
    when: code(
      'InvalidAccessKeyId',
      'InvalidClientTokenId',
      'XAdminUserNotFound',
      'ExpiredToken',
      'InvalidToken',
    ),
    cause: 'the service does not know the access key, or no longer',
    remedy: `Check ${SETTING}.access_key`,
  },
  {
    when: code('SignatureDoesNotMatch'),
    cause: 'the secret key does not belong to the access key',
    remedy: `Check ${SETTING}.secret_key`,
  },
  {
    when: code(
      'AuthorizationHeaderMalformed',
      'PermanentRedirect',
      'IllegalLocationConstraintException',
    ),
    cause: 'the bucket is in another region, or at another endpoint',
    remedy: `Check ${SETTING}.region and endpoint`,
  },
  {
    when: ({ status }) => status === 301 || status === 307 || status === 308,
    cause: 'the server sends the request elsewhere',
    remedy: `Check ${SETTING}.endpoint and region`,
  },
  {
    when: code('RequestTimeTooSkewed'),
    cause: "the clocks of this machine and the server's differ too much",
    remedy: 'Set them right',
  },
  {
    when: code('BucketAlreadyExists'),
    cause: 'the bucket belongs to somebody else',
    remedy: `Name another in ${SETTING}.buckets`,
  },
  {
    when: ({ status, code: c }) =>
      status === 507 || /StorageFull|InsufficientStorage|QuotaExceeded/.test(c),
    cause: 'the storage is full',
    remedy: 'Free some space or choose a smaller scale',
  },
  {
    when: ({ status }) => status === 401 || status === 403,
    cause: 'the keys are valid, but not allowed to do that',
    remedy: `Give them the right, or set others in ${SETTING}`,
  },
  {
    when: code(DAMAGED),
    cause: 'it has other bytes than were put',
    remedy: "Check the network and the service's disks, then write it anew",
  },
  {
    when: code(NOT_S3, 'BODY_TOO_LONG'),
    cause: 'what answers there is no S3 service',
    remedy: `Check ${SETTING}.endpoint`,
  },
  {
    when: isThrottled,
    cause: 'the service keeps asking for fewer requests',
    remedy: 'Try again later, or with fewer workers',
  },
  {
    when: ({ status }) => status === null,
    cause: 'the connection breaks off or stands still',
    remedy: 'Check the network and the server, then run again: what is finished is kept',
  },
  {
    when: ({ status }) => status !== null && status >= 500,
    cause: 'the service fails',
    remedy: "Look into the server's log, then run again: what is finished is kept",
  },
]

/** Turns errors of one service into a user's words, secrets left out. */
export class S3Explainer {
  /** @param address the endpoint as messages name it */
  constructor(
    readonly address: string,
    private readonly clean: Redact,
  ) {}

  /** Explains what was tried and where, why it failed and what to do. Errors of lakebench pass as they are. */
  explain(error: unknown, { verb, bucket, object }: Attempt): Error {
    if (error instanceof LakebenchError) return error
    const failure = failureOf(error)
    const what = object === undefined ? `bucket ${bucket}` : `s3://${bucket}/${object}`
    const found = EXPLANATIONS.find(explanation => explanation.when(failure))
    const cause = found?.cause ?? 'the service refused the request'
    const remedy = found?.remedy ?? 'See the answer for what to change'
    return new PrerequisiteError(
      this.clean(
        `Cannot ${verb} ${what} at ${this.address}: ${cause} (${answer(failure)}). ${remedy}.`,
      ),
      // The SDK's errors hold what was signed; nothing of them is passed on but this.
      { cause: new Error(this.clean(`${failure.code}: ${failure.message}`)) },
    )
  }
}

/** The first line of the service's or system's own words. */
function answer({ code: c, status, message }: Failure): string {
  const words = c === NOT_S3 ? '' : message.split('\n')[0]!.trim().slice(0, 200)
  return [
    status === null ? null : String(status),
    c === NOT_S3 ? null : c,
    words && words !== c ? words : null,
  ]
    .filter(part => part !== null)
    .join(' ')
}
