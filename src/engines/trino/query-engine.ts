import { performance } from 'node:perf_hooks'
import { PrerequisiteError, QueryFailedError } from '../../contracts/errors'
import type {
  CacheFlush,
  EngineDescription,
  QueryEngine,
  QueryResponse,
} from '../../contracts/ports'
import { never } from '../../shared/abort'
import { bindRelations } from '../../workload/render'
import { ColdCache } from './cold-cache'
import { Connection, readyInfo, whenStarted } from './connection'
import { requestError, TrinoError } from './errors'
import { type TrinoOptions, type TrinoTables, trinoTables } from './options'
import { countOf, type ServerInfo } from './page'
import { runStatement, type StatementResult } from './statement'
import { readTables } from './table-files'

/** No two clocks run alike, but none differ by more. */
const CLOCK_TOLERANCE = 1.01

/**
 * Connect to a Trino; waits while it says that it is starting (`limits.start_seconds`).
 * @throws PrerequisiteError for options that cannot work or a server that cannot be reached; the signal's reason
 */
export async function openTrino(
  options: TrinoOptions,
  { signal = never() }: { signal?: AbortSignal | undefined } = {},
): Promise<TrinoQueryEngine> {
  const connection = await Connection.open(options)
  try {
    if (options.catalog === '') {
      throw new PrerequisiteError(
        `Which catalog of Trino at ${connection.address.origin} holds the tables? Set architecture.query_engine.catalog.`,
      )
    }
    const tables = trinoTables(options.catalog, options.tables)
    const info = await whenStarted(connection, signal, () =>
      readyInfo(connection.requests(), signal),
    )
    return new TrinoQueryEngine(connection, tables, info)
  } catch (error) {
    connection.close()
    if (!(error instanceof TrinoError)) throw error
    throw new PrerequisiteError(error.message, { cause: error.cause })
  }
}

/**
 * Queries over the tables of one Trino catalog. `engine_seconds` is the server's elapsed time, from the query's creation to
 * its end, queueing and planning included (`server` has them apart); `fetch_seconds` is what the client waited beyond that.
 * A long result is read while the query runs, so there its reading is in the server's time as well.
 */
export class TrinoQueryEngine implements QueryEngine {
  readonly dialect = 'trino'
  private readonly closing = new AbortController()
  private readonly running = new Set<Promise<unknown>>()
  private readonly cold: ColdCache

  /** Use `openTrino`. */
  constructor(
    private readonly connection: Connection,
    private readonly names: TrinoTables,
    private readonly info: ServerInfo,
  ) {
    this.cold = new ColdCache(names, sql => this.run(sql))
  }

  /** Cold is known to be cold once a flush has shown its effect. */
  get capabilities(): QueryEngine['capabilities'] {
    return { provesColdCache: this.cold.proven, reportsBytesRead: true }
  }

  async query(sql: string, { signal }: { signal: AbortSignal }): Promise<QueryResponse> {
    const bound = this.bind(sql)
    const started = performance.now()
    const { columns, rows, server } = await this.run(bound, signal)
    const wall = (performance.now() - started) / 1000
    // A server that says 0 did not measure.
    const engine_seconds = server.elapsed_seconds || wall
    if (engine_seconds > wall * CLOCK_TOLERANCE + 1) {
      throw new QueryFailedError(
        '',
        `Trino at ${this.connection.address.origin} says that query ${server.query_id} took ${engine_seconds} s, of which ${wall.toFixed(3)} s passed here. Look at a proxy in between, and at the clock of its coordinator.`,
      )
    }
    return {
      columns,
      rows,
      engine_seconds,
      fetch_seconds: Math.max(0, wall - engine_seconds),
      bytes_read: server.processed_bytes,
      // Trino counts what its readers asked for, a file system cache of its own included.
      bytes_from_device: this.cold.proven ? server.physical_bytes : null,
      server,
    }
  }

  tables(): ReturnType<typeof readTables> {
    const wrong = (what: string) => requestError(this.connection.address, null, 'answer', what)
    return readTables(this.names, async sql => (await this.run(sql)).rows, wrong)
  }

  flushCaches(): Promise<CacheFlush> {
    return this.cold.flush()
  }

  async describe(): Promise<EngineDescription> {
    const { version, environment } = this.info
    // Active ones; a user who may not know gets none.
    const nodes = await this.run(
      "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'",
    ).then(
      ({ rows }) => countOf(rows[0]?.[0]),
      () => null,
    )
    return {
      name: 'trino',
      version,
      details: {
        address: this.connection.address.origin,
        catalog: this.names.catalog,
        ...(environment !== null && { environment }),
        ...(nodes !== null && { nodes }),
      },
    }
  }

  /** Ends what still runs, on the server too. */
  async close(): Promise<void> {
    const { origin } = this.connection.address
    this.closing.abort(new QueryFailedError('', `The connection to Trino at ${origin} was closed.`))
    await Promise.allSettled(this.running)
    this.connection.close()
  }

  private async run(sql: string, signal?: AbortSignal): Promise<StatementResult> {
    const closing = this.closing.signal
    const either = signal ? AbortSignal.any([signal, closing]) : closing
    const statement = runStatement(this.connection, sql, either)
    this.running.add(statement)
    try {
      return await statement
    } finally {
      this.running.delete(statement)
    }
  }

  private bind(sql: string): string {
    if (sql.includes('{bronze}')) {
      throw new QueryFailedError(
        '',
        'Trino cannot read {bronze}: raw files are no table of its catalog. Ask {silver} or {gold}, or use the duckdb query engine.',
      )
    }
    return bindRelations(sql, this.names.relations)
  }
}
