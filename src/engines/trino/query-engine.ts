import { performance } from 'node:perf_hooks'
import { QueryFailedError } from '../../contracts/errors'
import type {
  CacheFlush,
  EngineDescription,
  QueryEngine,
  QueryResponse,
} from '../../contracts/ports'
import { bindRelations } from '../../workload/render'
import { cellReader, countOf } from './cells'
import { ColdCache } from './cold-cache'
import type { Connection } from './connection'
import { requestFailure } from './explain-error'
import type { TrinoLimits } from './options'
import type { ServerInfo } from './server-info'
import { runStatement, type StatementResult } from './statement'
import { serverStatistics } from './statistics'
import { readTables } from './table-files'
import type { TrinoTables } from './tables'

/** No two clocks run alike, but none differ by more. */
const CLOCK_TOLERANCE = 1.01

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
    private readonly limits: TrinoLimits,
    private readonly info: ServerInfo,
  ) {
    this.cold = new ColdCache(names, sql => this.run(sql, new AbortController().signal))
  }

  /** Cold is known to be cold once a flush has shown its effect. */
  get capabilities(): QueryEngine['capabilities'] {
    return { provesColdCache: this.cold.proven, reportsBytesRead: true }
  }

  async query(sql: string, { signal }: { signal: AbortSignal }): Promise<QueryResponse> {
    const bound = this.bind(sql)
    const started = performance.now()
    const result = await this.run(bound, signal)
    const rows = this.cells(result)
    const wall = (performance.now() - started) / 1000
    const server = serverStatistics(result.id, result.stats)
    // A server that says 0 did not measure.
    const engine_seconds = server.elapsed_seconds || wall
    if (engine_seconds > wall * CLOCK_TOLERANCE + 1) {
      throw new QueryFailedError(
        '',
        `Trino at ${this.connection.address.origin} says that query ${result.id} took ${engine_seconds} s, of which ${wall.toFixed(3)} s passed here. Look at a proxy in between, and at the clock of its coordinator.`,
      )
    }
    return {
      columns: result.columns.map(({ name, type }) => ({ name, type })),
      rows,
      engine_seconds,
      fetch_seconds: Math.max(0, wall - engine_seconds),
      bytes_read: server.processed_bytes,
      // Trino counts what its readers asked for, a file system cache of its own included.
      bytes_from_device: this.cold.proven ? server.physical_bytes : null,
      server,
    }
  }

  private cells({ id, columns, rows }: StatementResult): QueryResponse['rows'] {
    const readers = columns.map(cellReader)
    try {
      return rows.map(row => row.map((value, i) => readers[i]!(value)))
    } catch (error) {
      throw requestFailure(error, this.connection.address.origin, id)
    }
  }

  tables(): ReturnType<typeof readTables> {
    const ask = async (sql: string) => (await this.run(sql, new AbortController().signal)).rows
    return readTables(this.names, ask).catch(error => {
      throw requestFailure(error, this.connection.address.origin, null)
    })
  }

  flushCaches(): Promise<CacheFlush> {
    return this.cold.flush()
  }

  async describe(): Promise<EngineDescription> {
    const { version, environment } = this.info
    const nodes = await this.nodes()
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
    this.closing.abort(
      new QueryFailedError(
        '',
        `The connection to Trino at ${this.connection.address.origin} was closed.`,
      ),
    )
    await Promise.allSettled(this.running)
    this.connection.close()
  }

  private async run(sql: string, signal: AbortSignal): Promise<StatementResult> {
    const either = AbortSignal.any([signal, this.closing.signal])
    const statement = runStatement(this.connection, sql, {
      signal: either,
      limits: this.limits,
      catalog: this.names.catalog,
    })
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

  /** Active ones; `null` where this user may not know. */
  private async nodes(): Promise<number | null> {
    try {
      const { rows } = await this.run(
        "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'",
        new AbortController().signal,
      )
      return countOf(rows[0]?.[0])
    } catch {
      return null
    }
  }
}
