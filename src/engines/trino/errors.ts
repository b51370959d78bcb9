import { QueryFailedError } from '../../contracts/errors'
import { formatSize } from '../../shared/format'
import { redactor } from '../../shared/redaction'
import type { TrinoAddress } from './options'

const TABLES =
  'Check architecture.tables, and that the catalog in Trino (architecture.query_engine.catalog) is the one that the tables were written to.'
const STORE =
  "Check that Trino reaches the store that holds the tables: its address and keys in the catalog's properties."
const COORDINATOR = 'Check that architecture.query_engine.url is a Trino coordinator'

/**
 * What to do about an error: by Trino's name of it or, failing that, its type; by the status of an answer; or by what a request
 * failed of. The first that fits counts.
 */
const REMEDIES: readonly (readonly [reason: RegExp, remedy: string])[] = [
  [/^CATALOG_NOT_FOUND$/, 'Set architecture.query_engine.catalog to one that SHOW CATALOGS lists.'],
  [/^(SCHEMA|TABLE)_NOT_FOUND$/, TABLES],
  [
    /^PERMISSION_DENIED$/,
    'Give this user the right to read the tables, or set architecture.query_engine.user.',
  ],
  [/^EXCEEDED_TIME_LIMIT$/, 'Raise query.max-run-time or query.max-execution-time in Trino.'],
  [
    /^EXCEEDED_LOCAL_MEMORY_LIMIT$/,
    'Raise query.max-memory-per-node in Trino, or add memory to its nodes.',
  ],
  [/^EXCEEDED_GLOBAL_MEMORY_LIMIT$/, 'Raise query.max-memory in Trino, or add nodes.'],
  [/^CLUSTER_OUT_OF_MEMORY$/, 'Add memory or nodes to Trino, or run fewer streams.'],
  [
    /^QUERY_QUEUE_FULL$/,
    "Run fewer streams, or raise the queue's limits in Trino's resource groups.",
  ],
  [/^QUERY_REJECTED$/, "Look at Trino's resource groups."],
  [
    /^NO_NODES_AVAILABLE$/,
    'Start a worker, or let the coordinator work (node-scheduler.include-coordinator).',
  ],
  [/^SERVER_SHUTTING_DOWN$/, 'Trino is shutting down: start it again and repeat the run.'],
  [/^ADMINISTRATIVELY_KILLED$/, 'Somebody ended it in Trino; run it again.'],
  [/^ABANDONED_QUERY$/, 'Trino heard nothing of this client for too long; run it again.'],
  [/^ICEBERG_(FILESYSTEM_ERROR|CANNOT_OPEN_SPLIT)$/, STORE],
  [
    /^ICEBERG_CATALOG_ERROR$/,
    "Check that Trino reaches the Iceberg catalog: its uri in the catalog's properties.",
  ],
  [/^INTERNAL_ERROR$/, "Look at Trino's log."],
  [
    /^EXTERNAL$/,
    "Trino could not use another service: look at its log and at the catalog's properties.",
  ],
  [/^INSUFFICIENT_RESOURCES$/, 'Give Trino more memory, or run fewer streams.'],
  [
    /^gone$/,
    'It no longer knows the query: it was restarted, or heard nothing of this client for too long. Run it again.',
  ],
  [
    /^40[13]$/,
    'It does not let in user {user}: check architecture.query_engine.user and password.',
  ],
  [
    /^3\d\d$/,
    'Redirects are not followed: set architecture.query_engine.url to where Trino itself answers.',
  ],
  [/^40[45]$/, `${COORDINATOR}.`],
  [/^503$/, 'It may be starting or shutting down: look at its /v1/info and its log.'],
  [/^5\d\d$/, 'Look at its log, and at that of a proxy in between.'],
  [/^deadline$/, 'Check the network and the load of its coordinator.'],
  [/^no TLS$/, 'Check the scheme and the port of architecture.query_engine.url.'],
  [
    /^TLS$/,
    'Set architecture.query_engine.ca_cert to a PEM file with the authorities that signed its certificate, and use the name that the certificate is for.',
  ],
  [/^connection$/, 'Check that it runs and that architecture.query_engine.url is its address.'],
]

const remedyOf = (reason: string) => REMEDIES.find(([known]) => known.test(reason))?.[1]

/** A query or a request that failed; a QueryFailedError that knows why. */
export class TrinoError extends QueryFailedError {
  constructor(
    /** Trino's name of the error, the status of an answer, `connection`, `TLS`, `no TLS`, `deadline`, `gone` or `answer`. */
    readonly reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super('', message, options)
    this.name = 'QueryFailedError'
  }
}

export const reasonOf = (error: unknown): string | null =>
  error instanceof TrinoError ? error.reason : null

/** A request without a usable answer: `Trino at <address> <what> while query <id> ran. <remedy>`. */
export function requestError(
  { origin, user }: TrinoAddress,
  queryId: string | null,
  reason: string,
  what: string,
  options: ErrorOptions & { readonly remedy?: string | undefined } = {},
): TrinoError {
  const where = queryId === null ? '' : ` while query ${queryId} ran`
  const known = options.remedy ?? remedyOf(reason)?.replace('{user}', JSON.stringify(user))
  const remedy = known ?? `${COORDINATOR}, and look at a proxy in between.`
  return new TrinoError(reason, `Trino at ${origin} ${what}${where}. ${remedy}`, options)
}

/** Characters of Trino's own text, so that the remedy after it survives a cut. */
const LONGEST = 250

/** A query that Trino ended with an error. */
export function queryError(
  origin: string,
  queryId: string,
  error: { errorName?: string | null; errorType?: string | null; message?: string | null },
): TrinoError {
  const name = shortText(error.errorName ?? 'unknown error')
  const text = shortText((error.message ?? '').replace(/\s+/g, ' ').trim(), LONGEST)
  const remedy = remedyOf(name) ?? remedyOf(error.errorType ?? '')
  const message = `Trino at ${origin}: ${name}: ${text}${/[.!?…]$/.test(text) ? '' : '.'}`
  return new TrinoError(name, `${message}${remedy ? ` ${remedy}` : ''} (query ${queryId})`)
}

const TLS_CODE =
  /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|ERR_OSSL|CRL_|INVALID_CA)/
/** An http server that is spoken to in TLS, or the reverse, fails while the first line is read. */
const NO_TLS_THERE = /EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH/

/** The parts of an axios error that are read; the rest repeats the request's headers, credentials included. */
interface AxiosFailure {
  readonly code?: unknown
  readonly message?: unknown
  readonly response?: { readonly status: number; readonly headers: object; readonly data: unknown }
}

/** Describes why a request was rejected, without secrets. */
export function httpError(
  error: unknown,
  address: TrinoAddress,
  queryId: string | null,
  longest: number,
): TrinoError {
  const { code, message, response } = (error ?? {}) as AxiosFailure
  const fail = requestError.bind(null, address, queryId)
  if (response !== undefined) return statusError(response, address, queryId)
  const text = withoutSecrets(typeof message === 'string' ? message : String(error), address)
  if (text.startsWith('maxContentLength'))
    return fail(
      'answer',
      `does not answer as Trino does: the answer is longer than ${formatSize(longest)}, the most that is read`,
    )
  const name = typeof code === 'string' && !code.startsWith('ERR_BAD') ? code : null
  const cause = new Error(name && !text.includes(name) ? `${name}: ${text}` : text)
  if (name && TLS_CODE.test(name))
    return fail(
      NO_TLS_THERE.test(name) ? 'no TLS' : 'TLS',
      `cannot be trusted or speaks no TLS (${name})`,
      { cause },
    )
  return fail('connection', `cannot be reached (${name ?? text})`, { cause })
}

function statusError(
  { status, headers, data }: NonNullable<AxiosFailure['response']>,
  address: TrinoAddress,
  queryId: string | null,
): TrinoError {
  // The first line of a short text; pages of HTML say nothing.
  const line = /^\s*</.test(String(data)) ? '' : String(data).trim().split('\n')[0]!
  const body = withoutSecrets(line, address).slice(0, 200)
  const to = String((headers as { location?: unknown }).location ?? '')
  const target = status < 400 && URL.canParse(to) ? new URL(to).origin : null
  return requestError(
    address,
    queryId,
    queryId !== null && (status === 404 || status === 410) ? 'gone' : String(status),
    `answered ${status}${body === '' ? '' : ` (${body})`}`,
    {
      remedy:
        target === null
          ? undefined
          : `Redirects are not followed: set architecture.query_engine.url to ${target}.`,
    },
  )
}

/** The text with the password and the header made of it taken out. */
const withoutSecrets = (text: string, { user, password }: TrinoAddress): string =>
  password === '' ? text : redactor([`${user}:${password}`, password])(text)

/** A server's text for a message. */
export const shortText = (text: string, longest = 100): string =>
  text.length > longest ? `${text.slice(0, longest)}…` : text
