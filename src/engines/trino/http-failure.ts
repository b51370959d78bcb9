import { redactor } from '../../contracts/secrets'
import { BodyTooLongError } from '../../shared/http-body'
import type { TrinoAddress } from './address'
import type { AdapterResponse } from './transport'

export type HttpFailureKind =
  /** No connection, or one that broke. */
  | 'connection'
  | 'tls'
  | 'deadline'
  | 'status'
  /** An answer that is not what Trino sends. */
  | 'answer'

/**
 * A request that gave no usable answer. The text continues "Trino at <address> …". It never holds the client's own error,
 * whose fields repeat the request's headers, credentials included.
 */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind
  /** HTTP status; `null` where there was no answer. */
  readonly status: number | null
  /** What to do; `null` where the caller knows better. */
  readonly remedy: string | null

  constructor(
    message: string,
    details: {
      kind: HttpFailureKind
      status?: number | null
      remedy?: string | null
      cause?: unknown
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'HttpFailure'
    this.kind = details.kind
    this.status = details.status ?? null
    this.remedy = details.remedy ?? null
  }
}

const TLS_CODE =
  /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|ERR_OSSL|CRL_|INVALID_CA)/
/** An http server that is spoken to in TLS, or the reverse, fails while the first line is read. */
const NO_TLS_THERE = /EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH/

/** What a request was rejected with, in words that hold no secrets. */
export function httpFailure(error: unknown, address: TrinoAddress): HttpFailure {
  if (error instanceof HttpFailure) return error
  if (error instanceof BodyTooLongError) {
    return new HttpFailure(`does not answer as Trino does: ${error.message}`, { kind: 'answer' })
  }
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const name = typeof code === 'string' ? code : null
  const text = withoutSecrets(typeof message === 'string' ? message : String(error), address)
  const cause = new Error(name && !text.includes(name) ? `${name}: ${text}` : text)
  if (name && TLS_CODE.test(name)) {
    return new HttpFailure(`cannot be trusted or speaks no TLS (${name})`, {
      kind: 'tls',
      cause,
      remedy: NO_TLS_THERE.test(name)
        ? 'Check the scheme and the port of architecture.query_engine.url.'
        : 'Set architecture.query_engine.ca_cert to a PEM file with the authorities that signed its certificate, and use the name that the certificate is for.',
    })
  }
  return new HttpFailure(`cannot be reached (${name ?? text})`, {
    kind: 'connection',
    cause,
    remedy: 'Check that it runs and that architecture.query_engine.url is its address.',
  })
}

/** An answer whose status is no success. */
export function statusFailure(
  { status, headers, data }: AdapterResponse,
  address: TrinoAddress,
): HttpFailure {
  const body = bodyLine(data, address)
  const said = `answered ${status}${body === '' ? '' : ` (${body})`}`
  const failure = (remedy: string | null) =>
    new HttpFailure(said, { kind: 'status', status, remedy })
  if (status === 401 || status === 403) {
    return failure(
      `It does not let in user ${JSON.stringify(address.user)}: check architecture.query_engine.user and password${address.secure ? '' : ' (a password needs https)'}.`,
    )
  }
  if (status >= 300 && status < 400) {
    const to = headers.location
    const target =
      to !== undefined && URL.canParse(to, address.origin)
        ? new URL(to, address.origin).origin
        : null
    return failure(
      `Redirects are not followed: set architecture.query_engine.url to ${target ?? 'where it points'}.`,
    )
  }
  if (status === 404 || status === 405)
    return failure('Check that architecture.query_engine.url is a Trino coordinator.')
  if (status === 503)
    return failure('It may be starting or shutting down: look at its /v1/info and its log.')
  if (status >= 500) return failure('Look at its log, and at that of a proxy in between.')
  return failure(null)
}

/** The first line of a short text body; pages of HTML say nothing. */
function bodyLine(body: string, address: TrinoAddress): string {
  if (/^\s*</.test(body)) return ''
  return withoutSecrets(body.trim().split('\n')[0]!, address).slice(0, 200)
}

/** The text with the password and the header made of it taken out. */
export function withoutSecrets(text: string, { user, password }: TrinoAddress): string {
  if (password === '') return text
  return redactor([`${user}:${password}`, password])(text)
}
