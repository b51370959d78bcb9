import { setTimeout as sleep } from 'node:timers/promises'
import { QueryFailedError } from '../../contracts/errors'
import { formatSize } from '../../shared/format'
import { shortText } from './cells'
import type { Client, Connection } from './connection'
import { endOnServer } from './end-on-server'
import { pageFailure, requestFailure } from './explain-error'
import { HttpFailure } from './http-failure'
import type { TrinoLimits } from './options'
import { type Page, type PageStats, readPage, ServerInfoSchema } from './page'
import { retried } from './retry'

/** A result read to its end; values as they came. */
export interface StatementResult {
  readonly id: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** Of the last page, in which the query has ended. */
  readonly stats: PageStats
}

export interface StatementOptions {
  readonly signal: AbortSignal
  readonly limits: TrinoLimits
  /** For names without one. */
  readonly catalog?: string
}

/** How long the answer to a submission is awaited after an abort, so that what it started can be ended. */
const GRACE_MS = 5_000
const START_POLL_MS = 500
/** A page without rows that took so long is a query at work, as often as it comes. Other pages count at least as so many bytes. */
const UNHURRIED_MS = 100
const LEAST_PAGE_BYTES = 4096

/** The query certainly did not run, since the server is not ready. */
class StillStarting extends Error {}

/**
 * Run one statement and read its whole result. It counts as done only in state FINISHED, without an error in any page.
 * A statement is sent again only where Trino says that it is starting; pages are asked for again. When it fails here or the
 * signal fires, the query is ended on the server first.
 *
 * @throws QueryFailedError, or the signal's reason
 */
export async function runStatement(
  connection: Connection,
  sql: string,
  options: StatementOptions,
): Promise<StatementResult> {
  const { signal, limits } = options
  const until = performance.now() + limits.start_seconds * 1000
  for (;;) {
    try {
      return await new Statement(connection, options).run(sql)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof StillStarting)) throw error
      if (performance.now() >= until) {
        throw new QueryFailedError(
          '',
          `Trino at ${connection.address.origin} is still starting after ${limits.start_seconds} s. Wait until its /v1/info says "starting": false, or look at its log.`,
        )
      }
      await sleep(START_POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

class Statement {
  private readonly client: Client
  private readonly origin: string
  private columns: StatementResult['columns'] | null = null
  private bytes = 0
  private readonly rows: (readonly unknown[])[] = []

  constructor(
    connection: Connection,
    private readonly options: StatementOptions,
  ) {
    this.client = connection.client(options.catalog)
    this.origin = connection.address.origin
  }

  async run(sql: string): Promise<StatementResult> {
    let page = await this.submit(sql)
    const { id } = page
    // Set once it has been checked: to end a query is to send the credentials there as well.
    let next: string | undefined
    try {
      for (;;) {
        this.take(page, id)
        if (page.nextUri == null) break
        this.checkAddress(page.nextUri, id)
        next = page.nextUri
        page = await this.fetch(next, id)
      }
    } catch (error) {
      // A page with an error is the query's own end.
      if (page.error == null)
        await endOnServer(this.client, { id, nextUri: next }, this.options.limits)
      throw error
    }
    if (page.stats.state !== 'FINISHED') {
      await endOnServer(this.client, { id, nextUri: undefined }, this.options.limits)
      throw this.incomplete(id, `its last page says ${shortText(page.stats.state)}, not FINISHED`)
    }
    return { id, columns: this.columns ?? [], rows: this.rows, stats: page.stats }
  }

  /** An abort lets the answer come, for a while: without the query's id nobody could end it. */
  private async submit(sql: string): Promise<Page> {
    const { signal, limits } = this.options
    signal.throwIfAborted()
    const patience = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const onAbort = () => {
      timer = setTimeout(() => patience.abort(), GRACE_MS)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const request = {
        body: sql,
        signal: patience.signal,
        timeoutMs: limits.request_seconds * 1000,
      }
      return this.page(await this.client.post('/v1/statement', request), null)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HttpFailure && error.status === 503 && (await this.isStarting()))
        throw new StillStarting()
      throw requestFailure(error, this.origin, null)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** A 503 of something else, a proxy for one, does not come back as `starting`. */
  private async isStarting(): Promise<boolean> {
    const { signal, limits } = this.options
    try {
      const info = await this.client.get('/v1/info', {
        signal,
        timeoutMs: limits.request_seconds * 1000,
      })
      return ServerInfoSchema.safeParse(info).data?.starting === true
    } catch (error) {
      return error instanceof HttpFailure && error.status === 503
    }
  }

  private async fetch(uri: string, id: string): Promise<Page> {
    const { signal, limits } = this.options
    const received = this.client.received
    const started = performance.now()
    try {
      const answer = await retried(
        () => this.client.get(uri, { signal, timeoutMs: limits.request_seconds * 1000 }),
        {
          seconds: limits.retry_seconds,
          signal,
        },
      )
      const page = this.page(answer, id)
      const unhurried = !page.data?.length && performance.now() - started > UNHURRIED_MS
      if (!unhurried) this.bytes += Math.max(LEAST_PAGE_BYTES, this.client.received - received)
      if (this.bytes <= limits.result_bytes) return page
    } catch (error) {
      signal.throwIfAborted()
      throw requestFailure(error, this.origin, id)
    }
    throw new QueryFailedError(
      '',
      `The result of query ${id} of Trino at ${this.origin} is longer than ${formatSize(limits.result_bytes)}, the most that is read. Ask for fewer rows, or raise limits.result_bytes of TrinoBenchmark.`,
    )
  }

  private page(answer: unknown, id: string | null): Page {
    const page = readPage(answer)
    if (typeof page === 'string')
      throw new HttpFailure(`gave an answer that is no page of a result: ${page}`, {
        kind: 'answer',
      })
    if (id !== null && page.id !== id)
      throw new HttpFailure(`gave a page of query ${page.id} in the middle of another`, {
        kind: 'answer',
      })
    return page
  }

  private take({ error, columns, data }: Page, id: string): void {
    if (error != null) {
      if (error.errorName === 'SERVER_STARTING_UP') throw new StillStarting()
      throw pageFailure(error, this.origin, id)
    }
    if (columns != null) {
      this.columns ??= columns
      if (JSON.stringify(columns) !== JSON.stringify(this.columns))
        throw this.incomplete(id, 'its columns change between two pages')
    }
    for (const row of data ?? []) {
      if (row.length === 0 || row.length !== this.columns?.length)
        throw this.incomplete(id, 'a row does not have the columns of the result')
      this.rows.push(row)
    }
  }

  /** A server names where its next page lies; it gets nothing to send there but what is its own: same scheme, host and port. */
  private checkAddress(uri: string, id: string): void {
    const target = URL.canParse(uri) ? new URL(uri) : null
    if (
      target !== null &&
      target.origin === this.origin &&
      target.username === '' &&
      target.password === ''
    )
      return
    throw new QueryFailedError(
      '',
      `Trino at ${this.origin} names ${shortText(target?.origin ?? 'no address')} for the rest of query ${id}. Behind a proxy, set http-server.process-forwarded=true in Trino's config.properties and let the proxy send X-Forwarded-Proto and -Host.`,
    )
  }

  private incomplete(id: string, what: string): QueryFailedError {
    return new QueryFailedError(
      '',
      `The result of query ${id} of Trino at ${this.origin} is not whole: ${what}. Look at a proxy in between and at Trino's log, and run the query again.`,
    )
  }
}
