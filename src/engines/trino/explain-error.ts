import { LakebenchError, QueryFailedError } from '../../contracts/errors'
import { shortText } from './cells'
import { HttpFailure } from './http-failure'
import type { PageError } from './page'

/** What to do about errors that Trino names, where that is known. */
const REMEDIES: Readonly<Record<string, string>> = {
  CATALOG_NOT_FOUND: 'Set architecture.query_engine.catalog to one that SHOW CATALOGS lists.',
  SCHEMA_NOT_FOUND:
    'Check architecture.tables, and that the catalog in Trino (architecture.query_engine.catalog) is the one that the tables were written to.',
  TABLE_NOT_FOUND:
    'Check architecture.tables, and that the catalog in Trino (architecture.query_engine.catalog) is the one that the tables were written to.',
  PERMISSION_DENIED:
    'Give this user the right to read the tables, or set architecture.query_engine.user.',
  EXCEEDED_TIME_LIMIT: 'Raise query.max-run-time or query.max-execution-time in Trino.',
  EXCEEDED_LOCAL_MEMORY_LIMIT:
    'Raise query.max-memory-per-node in Trino, or add memory to its nodes.',
  EXCEEDED_GLOBAL_MEMORY_LIMIT: 'Raise query.max-memory in Trino, or add nodes.',
  CLUSTER_OUT_OF_MEMORY: 'Add memory or nodes to Trino, or run fewer streams.',
  QUERY_QUEUE_FULL: "Run fewer streams, or raise the queue's limits in Trino's resource groups.",
  QUERY_REJECTED: "Look at Trino's resource groups.",
  NO_NODES_AVAILABLE:
    'Start a worker, or let the coordinator work (node-scheduler.include-coordinator).',
  SERVER_SHUTTING_DOWN: 'Trino is shutting down: start it again and repeat the run.',
  ADMINISTRATIVELY_KILLED: 'Somebody ended it in Trino; run it again.',
  ABANDONED_QUERY: 'Trino heard nothing of this client for too long; run it again.',
  ICEBERG_FILESYSTEM_ERROR:
    "Check that Trino reaches the store that holds the tables: its address and keys in the catalog's properties.",
  ICEBERG_CANNOT_OPEN_SPLIT:
    "Check that Trino reaches the store that holds the tables: its address and keys in the catalog's properties.",
  ICEBERG_CATALOG_ERROR:
    "Check that Trino reaches the Iceberg catalog: its uri in the catalog's properties.",
}

const BY_TYPE: Readonly<Record<string, string>> = {
  INTERNAL_ERROR: "Look at Trino's log.",
  EXTERNAL: "Trino could not use another service: look at its log and at the catalog's properties.",
  INSUFFICIENT_RESOURCES: 'Give Trino more memory, or run fewer streams.',
}

/** Characters of Trino's own text, so that the remedy after it survives a cut. */
const LONGEST = 250

/** Trino's own name of an error; the cause of the QueryFailedError that tells of it. */
export class TrinoError extends Error {
  constructor(
    readonly errorName: string,
    readonly queryId: string,
  ) {
    super(`${errorName} in query ${queryId}`)
    this.name = 'TrinoError'
  }
}

/** The name of the error that Trino ended a query with; `null` for errors of another kind. */
export const trinoErrorName = (error: unknown): string | null =>
  error instanceof QueryFailedError && error.cause instanceof TrinoError
    ? error.cause.errorName
    : null

/** A query that Trino ended with an error. */
export function pageFailure(error: PageError, origin: string, id: string): QueryFailedError {
  const errorName = shortText(error.errorName ?? 'unknown error')
  const whole = (error.message ?? '').replace(/\s+/g, ' ').trim()
  const text = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole
  const remedy = REMEDIES[errorName] ?? BY_TYPE[error.errorType ?? '']
  const said = `Trino at ${origin}: ${errorName}: ${text}${/[.!?…]$/.test(text) ? '' : '.'}`
  return new QueryFailedError('', [said, ...(remedy ? [remedy] : []), `(query ${id})`].join(' '), {
    cause: new TrinoError(errorName, id),
  })
}

/** A request that failed; `id` is the query that it belonged to, `null` where none was accepted. */
export function requestFailure(error: unknown, origin: string, id: string | null): Error {
  if (error instanceof LakebenchError || !(error instanceof HttpFailure)) return error as Error
  const where = id === null ? '' : ` while query ${id} ran`
  const gone = id !== null && (error.status === 404 || error.status === 410)
  const remedy = gone
    ? 'It no longer knows the query: it was restarted, or heard nothing of this client for too long. Run it again.'
    : remedyOf(error)
  return new QueryFailedError('', `Trino at ${origin} ${error.message}${where}. ${remedy}`, {
    cause: error,
  })
}

function remedyOf(error: HttpFailure): string {
  if (error.remedy !== null) return error.remedy
  if (error.kind === 'deadline') return 'Check the network and the load of its coordinator.'
  return 'Check that architecture.query_engine.url is a Trino coordinator, and look at a proxy in between.'
}
