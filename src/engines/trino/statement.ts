import { setTimeout as delay } from 'node:timers/promises'
import { QueryFailedError } from '../../contracts/errors'
import { queryFailure, RequestFailure, type TrinoConnection } from './connection'
import { type Page, pageProblem } from './page'

/** A whole result: every page was read, and the query ended as FINISHED. */
export interface StatementResult {
  readonly id: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** The last page. */
  readonly last: Page
}

const PASSING = new Set([502, 503, 504])
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'ERR_NETWORK'])
/** Trino's own client waits so long before it asks for a page again. */
const PAGE_RETRY_MS = 75
const START_RETRY_MS = 500

/**
 * Run one statement to its end.
 *
 * A page is asked for again after 502 to 504 or a broken connection, since Trino keeps it; a statement that may have begun is
 * never sent twice. An abort ends the query on the server before this rejects.
 *
 * @throws QueryFailedError with Trino's error name, the query's id and the address; the signal's reason when aborted
 */
export async function runStatement(
  connection: TrinoConnection,
  sql: string,
  signal: AbortSignal,
): Promise<StatementResult> {
  signal.throwIfAborted()
  let page = await submit(connection, sql, signal)
  const { id } = page
  const rows: (readonly unknown[])[] = []
  let columns = page.columns
  try {
    for (;;) {
      if (page.error) throw failed(connection, page)
      columns ??= page.columns
      if (page.data) for (const row of page.data) rows.push(row)
      if (page.nextUri === undefined) break
      page = await nextPage(connection, page.nextUri, id, signal)
    }
  } catch (error) {
    // Whatever went wrong here, nobody will fetch the rest.
    if (!page.error) await cancel(connection, page)
    signal.throwIfAborted()
    throw error
  }
  if (page.stats.state !== 'FINISHED') {
    throw new QueryFailedError(
      '',
      `Query ${id} at ${connection.address.origin} ended without its whole result: the last page says ${page.stats.state}, not FINISHED. See ${connection.address.origin}/ui/query.html?${id}, then run it again.`,
    )
  }
  return { id, columns: columns ?? [], rows, last: page }
}

/** Send the statement; a server that says it is starting is waited for, since it has not taken it. */
async function submit(connection: TrinoConnection, sql: string, signal: AbortSignal): Promise<Page> {
  const { address, limits } = connection
  const until = performance.now() + limits.start_seconds * 1000
  for (;;) {
    let starting: string
    try {
      const page = checked(await connection.request('POST', '/v1/statement', signal, sql), connection, null)
      if (page.error?.errorName !== 'SERVER_STARTING_UP') return page
      starting = page.error.message
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error
      if (error.status !== 503) throw queryFailure(error, address, null)
      starting = 'HTTP 503'
    }
    if (performance.now() >= until) {
      throw new QueryFailedError(
        '',
        `Trino at ${address.origin} is still starting after ${limits.start_seconds} s (${starting}). Wait until ${address.origin}/v1/info says "starting":false, then try again.`,
      )
    }
    await delay(START_RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

async function nextPage(connection: TrinoConnection, uri: string, id: string, signal: AbortSignal): Promise<Page> {
  const until = performance.now() + connection.limits.retry_seconds * 1000
  for (;;) {
    try {
      return checked(await connection.request('GET', uri, signal), connection, id)
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error
      const passing = (error.status !== null && PASSING.has(error.status)) || BROKEN.has(error.code ?? '')
      if (!passing || performance.now() >= until) throw queryFailure(error, connection.address, id)
      await delay(PAGE_RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

function checked(answer: unknown, { address }: TrinoConnection, id: string | null): Page {
  const problem =
    pageProblem(answer) ?? (id !== null && (answer as Page).id !== id ? 'it belongs to another query' : null)
  if (problem === null) return answer as Page
  throw new QueryFailedError(
    '',
    `What ${address.origin} answers is no page of a Trino result: ${problem}. Correct architecture.query_engine.url, or look at what stands between.`,
  )
}

function failed({ address }: TrinoConnection, { id, error }: Page): QueryFailedError {
  const { errorName, errorType, message } = error!
  return new QueryFailedError('', `${message} (${errorName}, ${errorType}; query ${id} at ${address.origin})`)
}

const ENDED = new Set(['FINISHED', 'FAILED'])
const CANCEL_POLL_MS = 100

/** End a query on the server, and see that it ended. What cannot be reached any more is left to the server's own timeout. */
export async function cancel(
  connection: TrinoConnection,
  { id, nextUri }: Pick<Page, 'id' | 'nextUri'>,
): Promise<boolean> {
  const signal = AbortSignal.timeout(connection.limits.cancel_seconds * 1000)
  const quietly = (request: Promise<unknown>) => request.catch(() => null)
  if (nextUri !== undefined) await quietly(connection.request('DELETE', nextUri, signal))
  await quietly(connection.request('DELETE', `/v1/query/${encodeURIComponent(id)}`, signal))
  while (!signal.aborted) {
    const state = await queryState(connection, id, signal)
    if (state === null || ENDED.has(state)) return state !== null
    await delay(CANCEL_POLL_MS, undefined, { signal }).catch(() => {})
  }
  return false
}

/** `null` where it cannot be had. */
async function queryState(connection: TrinoConnection, id: string, signal: AbortSignal): Promise<string | null> {
  try {
    const info = await connection.request('GET', `/v1/query/${encodeURIComponent(id)}?pruned=true`, signal)
    return String((info as { state?: unknown }).state ?? '') || null
  } catch {
    return null
  }
}
