import { LakebenchError, PrerequisiteError } from '../../contracts/errors'
import type { Redact } from '../../contracts/secrets'
import { type Failure, failureOf, isUnreachable, NOT_S3 } from './failure'

const SETTING = 'platform.storage.s3'

/** What was tried, for a message: the verb, the bucket and, where one is concerned, the object or prefix. */
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

/** What an S3 service's or a network's answer means to a user, and what to do; the first that fits. */
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
    when: code(NOT_S3, 'BODY_TOO_LONG'),
    cause: 'what answers there is no S3 service',
    remedy: `Check ${SETTING}.endpoint`,
  },
  {
    when: ({ status, code: c }) => status === 429 || c === 'SlowDown' || c === 'ServiceUnavailable',
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

  /** What was tried and where, why it failed, what to do. Errors of lakebench pass as they are. */
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
