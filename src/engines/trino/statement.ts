import { setTimeout as sleep } from 'node:timers/promises'
import type { CellValue, ServerStatistics } from '../../contracts/ports'
import { never, untilAborted } from '../../shared/abort'
import { formatSize } from '../../shared/format'
import { retry } from '../../shared/retry'
import { type Connection, isStarting, type Requests, readyInfo, whenStarted } from './connection'
import { queryError, reasonOf, shortText, TrinoError } from './errors'
import {
  type Column,
  cellReader,
  type Page,
  PageSchema,
  QueryStateSchema,
  readAnswer,
  serverStatistics,
} from './page'

/** A result read to its end. */
export interface StatementResult {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly CellValue[])[]
  /** Statistics of the last page, in which the query has ended. */
  readonly server: ServerStatistics
}

/** How long the answer to a submission is awaited after an abort, so that what it started can be ended. */
const GRACE_MS = 5_000
/** Trino keeps a page until the next one is asked for, so it may be asked for again: after 50 to 100 ms, says its protocol. */
const PAGE_RETRY = {
  first_wait: 50,
  longest_wait: 100,
  mayHelp: (error: Error) => /^(connection|429|50[234])$/.test(reasonOf(error) ?? ''),
}
/** A page without rows that took so long is a query at work, as often as it comes. Other pages count at least as so many bytes. */
const UNHURRIED_MS = 100
const LEAST_PAGE_BYTES = 4096
const END_POLL_MS = 50
/** A canceled query that still runs after this many looks is killed by its id. */
const LOOKS_BEFORE_KILL = 20

/**
 * Run one statement and read its whole result. It counts as done only in state FINISHED, without an error in any page.
 * A statement is sent again only where Trino says that it is starting; pages are asked for again. When it fails here or the
 * signal fires, the query is ended on the server first.
 *
 * @throws TrinoError, or the signal's reason
 */
export const runStatement = (
  connection: Connection,
  sql: string,
  signal: AbortSignal,
): Promise<StatementResult> =>
  whenStarted(connection, signal, () => new Statement(connection.requests(), signal).run(sql))

class Statement {
  private columns: readonly Column[] | null = null
  private readers: readonly ReturnType<typeof cellReader>[] = []
  private readonly rows: CellValue[][] = []
  private bytes = 0
  /** Address of the next page, once it has been checked: to end a query is to send the credentials there as well. */
  private next: string | undefined

  constructor(
    private readonly requests: Requests,
    private readonly signal: AbortSignal,
  ) {}

  async run(sql: string): Promise<StatementResult> {
    let page = this.page(await this.submit(sql))
    const { id } = page
    this.requests.queryId = id
    try {
      for (;;) {
        this.take(page)
        if (page.nextUri == null) break
        this.next = this.checked(page.nextUri)
        page = await this.fetch(this.next)
      }
      const { state } = page.stats
      this.next = undefined
      if (state !== 'FINISHED')
        throw this.incomplete(`its last page says ${shortText(state)}, not FINISHED`)
      const server = serverStatistics(id, page.stats)
      return { columns: this.columns ?? [], rows: this.rows, server }
    } catch (error) {
      // A page with an error is the query's own end.
      if (page.error == null) await this.endOnServer(id)
      throw error
    }
  }

  /** An abort lets the answer come, for a while: without the query's id nobody could end it. */
  private async submit(sql: string): Promise<string> {
    const { requests, signal } = this
    signal.throwIfAborted()
    try {
      const answer = requests.send('POST', '/v1/statement', never(), sql)
      return await untilAborted(answer, signal, GRACE_MS)
    } catch (error) {
      signal.throwIfAborted()
      // A 503 of something else, a proxy for one, does not come back as `starting`.
      const why = reasonOf(error) === '503' ? await readyInfo(requests, signal).catch(e => e) : null
      throw isStarting(why) ? why : error
    }
  }

  private async fetch(uri: string): Promise<Page> {
    const { signal, requests } = this
    const { retry_seconds, result_bytes } = requests.limits
    const started = performance.now()
    const once = () => requests.send('GET', uri, signal)
    const text = await retry(once, { ...PAGE_RETRY, seconds: retry_seconds, signal })
    const page = this.page(text)
    const unhurried = !page.data?.length && performance.now() - started > UNHURRIED_MS
    if (!unhurried) this.bytes += Math.max(LEAST_PAGE_BYTES, text.length)
    if (this.bytes <= result_bytes) return page
    throw new TrinoError(
      'answer',
      `The result of query ${page.id} of Trino at ${requests.address.origin} is longer than ${formatSize(result_bytes)}, the most that is read. Ask for fewer rows, or raise limits.result_bytes of TrinoBenchmark.`,
    )
  }

  private page(text: string): Page {
    const { requests } = this
    const page = readAnswer(PageSchema, text)
    if (typeof page === 'string')
      throw requests.error('answer', `gave an answer that is no page of a result: ${page}`)
    if (requests.queryId !== null && page.id !== requests.queryId)
      throw requests.error('answer', `gave a page of query ${page.id} in the middle of another`)
    return page
  }

  private take({ id, error, columns, data }: Page): void {
    if (error != null) throw queryError(this.requests.address.origin, id, error)
    if (columns != null) {
      if (this.columns !== null && JSON.stringify(columns) !== JSON.stringify(this.columns))
        throw this.incomplete('its columns change between two pages')
      this.columns = columns
      this.readers = columns.map(cellReader)
    }
    for (const row of data ?? []) {
      if (row.length === 0 || row.length !== this.columns?.length)
        throw this.incomplete('a row does not have the columns of the result')
      try {
        this.rows.push(row.map((value, i) => this.readers[i]!(value)))
      } catch (wrong) {
        throw this.requests.error('answer', (wrong as Error).message)
      }
    }
  }

  /** A server names where its next page lies; it gets nothing to send there but what is its own: same scheme, host and port. */
  private checked(uri: string): string {
    const { address, queryId } = this.requests
    const target = URL.canParse(uri) ? new URL(uri) : null
    const own = target?.origin === address.origin && target.username + target.password === ''
    if (own) return uri
    throw new TrinoError(
      'answer',
      `Trino at ${address.origin} names ${shortText(target?.origin ?? 'no address')} for the rest of query ${queryId}. Behind a proxy, set http-server.process-forwarded=true in Trino's config.properties and let the proxy send X-Forwarded-Proto and -Host.`,
    )
  }

  private incomplete(what: string): TrinoError {
    const { address, queryId } = this.requests
    return new TrinoError(
      'answer',
      `The result of query ${queryId} of Trino at ${address.origin} is not whole: ${what}. Look at a proxy in between and at Trino's log, and run the query again.`,
    )
  }

  /** Cancels the query and waits until the server says that it has ended, at most `cancel_seconds`. Never rejects. */
  private async endOnServer(id: string): Promise<void> {
    const { requests, next } = this
    const signal = AbortSignal.timeout(requests.limits.cancel_seconds * 1000)
    const path = `/v1/query/${encodeURIComponent(id)}`
    const look = () => requests.send('GET', `${path}?pruned=true`, signal)
    const end = (uri: string) => requests.send('DELETE', uri, signal).catch(() => {})
    try {
      if (next !== undefined) await end(next)
      for (let looks = 1; ; looks++) {
        const answer = await retry(look, { ...PAGE_RETRY, seconds: 1, signal })
        const info = readAnswer(QueryStateSchema, answer)
        if (typeof info !== 'string' && /^(FAILED|FINISHED)$/.test(info.state)) return
        if (looks === LOOKS_BEFORE_KILL || next === undefined) await end(path)
        await sleep(END_POLL_MS, undefined, { signal })
      }
    } catch {
      // There is a reason already why it is ended; and what the server does not know any more does not run.
    }
  }
}
