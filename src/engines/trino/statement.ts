import { setTimeout as sleep } from 'node:timers/promises'
import { QueryFailedError } from '../../contracts/errors'
import type { Client, Connection } from './connection'
import { endOnServer } from './end-on-server'
import { pageFailure, requestFailure } from './explain-error'
import { HttpFailure } from './http-failure'
import type { TrinoLimits } from './options'
import { type Page, type PageStats, pageProblem } from './page'
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
  private readonly rows: (readonly unknown[])[] = []

  constructor(
    private readonly connection: Connection,
    private readonly options: StatementOptions,
  ) {
    this.client = connection.client(options.catalog)
    this.origin = connection.address.origin
  }

  async run(sql: string): Promise<StatementResult> {
    let page = await this.submit(sql)
    const { id } = page
    let next = page.nextUri
    try {
      for (;;) {
        this.take(page, id)
        next = page.nextUri
        if (next === undefined) break
        page = await this.fetch(next, id)
      }
    } catch (error) {
      // A page with an error is the query's own end.
      if (page.error === undefined) await endOnServer(this.client, { id, nextUri: next }, this.options.limits)
      throw error
    }
    if (page.stats.state !== 'FINISHED') {
      await endOnServer(this.client, { id, nextUri: undefined }, this.options.limits)
      throw this.incomplete(id, `its last page says ${page.stats.state}, not FINISHED`)
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
      const request = { body: sql, signal: patience.signal, timeoutMs: limits.request_seconds * 1000 }
      return this.page(await this.client.post('/v1/statement', request), null)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HttpFailure && error.status === 503 && (await this.isStarting())) throw new StillStarting()
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
      const info = await this.client.get('/v1/info', { signal, timeoutMs: limits.request_seconds * 1000 })
      return (info as { starting?: unknown } | null)?.starting === true
    } catch (error) {
      return error instanceof HttpFailure && error.status === 503
    }
  }

  private async fetch(uri: string, id: string): Promise<Page> {
    const { signal, limits } = this.options
    this.checkAddress(uri, id)
    try {
      const answer = await retried(() => this.client.get(uri, { signal, timeoutMs: limits.request_seconds * 1000 }), {
        seconds: limits.retry_seconds,
        signal,
      })
      return this.page(answer, id)
    } catch (error) {
      signal.throwIfAborted()
      throw requestFailure(error, this.origin, id)
    }
  }

  private page(answer: unknown, id: string | null): Page {
    const problem = pageProblem(answer)
    if (problem !== null)
      throw new HttpFailure(`gave an answer that is no page of a result: ${problem}`, { kind: 'answer' })
    const page = answer as Page
    if (id !== null && page.id !== id)
      throw new HttpFailure(`gave a page of query ${page.id} in the middle of another`, { kind: 'answer' })
    return page
  }

  private take(page: Page, id: string): void {
    if (page.error !== undefined) {
      if (page.error.errorName === 'SERVER_STARTING_UP') throw new StillStarting()
      throw pageFailure(page.error, this.origin, id)
    }
    if (page.columns !== undefined) this.columns ??= page.columns
    for (const row of page.data ?? []) {
      if (!Array.isArray(row) || row.length !== this.columns?.length)
        throw this.incomplete(id, 'a row does not have the columns of the result')
      this.rows.push(row)
    }
  }

  /** The credentials go where the config says, and never from https to http. */
  private checkAddress(uri: string, id: string): void {
    const { address } = this.connection
    const target = URL.canParse(uri) ? new URL(uri) : null
    const elsewhere = target?.origin !== this.origin && (address.secure || address.password !== '')
    if (target !== null && !elsewhere) return
    throw new QueryFailedError(
      '',
      `Trino at ${this.origin} names ${target?.origin ?? 'no address'} for the rest of query ${id}. Behind a proxy, set http-server.process-forwarded=true in Trino's config.properties and let the proxy send X-Forwarded-Proto and -Host.`,
    )
  }

  private incomplete(id: string, what: string): QueryFailedError {
    return new QueryFailedError(
      '',
      `The result of query ${id} of Trino at ${this.origin} is not whole: ${what}. Look at a proxy in between and at Trino's log, and run the query again.`,
    )
  }
}
