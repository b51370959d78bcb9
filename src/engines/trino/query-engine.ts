import { performance } from 'node:perf_hooks'
import { PrerequisiteError } from '../../contracts/errors'
import type { CacheFlush, EngineDescription, QueryEngine, QueryResponse } from '../../contracts/ports'
import { TRINO } from '../../workload/dialects/trino'
import { bindRelations } from '../../workload/render'
import { cellReader } from './cells'
import { RequestFailure, TrinoConnection, unreachable } from './connection'
import type { TrinoOptions } from './options'
import { runStatement } from './statement'
import { serverStatistics } from './statistics'

/** Open a Trino for queries. Nothing is sent before the first of them. @throws PrerequisiteError for options that cannot work */
export async function openTrino(options: TrinoOptions): Promise<TrinoQueryEngine> {
  return new TrinoQueryEngine(await TrinoConnection.open(options), options)
}

/** Queries answered by a Trino server. */
export class TrinoQueryEngine implements QueryEngine {
  readonly dialect = 'trino'
  readonly capabilities = { provesColdCache: false, reportsBytesRead: true }
  private readonly closing = new AbortController()
  private readonly running = new Set<Promise<unknown>>()

  constructor(
    private readonly connection: TrinoConnection,
    private readonly options: TrinoOptions,
  ) {}

  async query(sql: string, { signal }: { signal: AbortSignal }): Promise<QueryResponse> {
    const running = this.run(this.bind(sql), AbortSignal.any([signal, this.closing.signal]))
    this.running.add(running)
    try {
      return await running
    } finally {
      this.running.delete(running)
    }
  }

  /** Trino keeps metadata files in memory; data files are read from storage each time unless its file cache is on. */
  async flushCaches(): Promise<CacheFlush> {
    const { signal } = this.closing
    const done: string[] = []
    for (const procedure of ['flush_metadata_cache', 'flush_filesystem_cache']) {
      try {
        await runStatement(
          this.connection,
          `CALL ${TRINO.identifier(this.options.catalog)}.system.${procedure}()`,
          signal,
        )
        done.push(procedure)
      } catch (error) {
        signal.throwIfAborted()
        // A catalog without such a cache has no such procedure.
        if (!/PROCEDURE_NOT_FOUND|not registered/i.test(String(error))) throw error
      }
    }
    const what =
      done.length > 0 ? `${done.join(' and ')} ran` : `catalog ${this.options.catalog} has no cache procedure`
    return {
      proven: false,
      detail: `${what}; Trino does not tell what its storage had in memory`,
    }
  }

  async describe(): Promise<EngineDescription> {
    const info = await this.info()
    return {
      name: 'trino',
      version: info.version,
      details: {
        address: this.connection.address.origin,
        catalog: this.options.catalog,
        environment: info.environment,
      },
    }
  }

  /** Ends what still runs, on the server too. */
  async close(): Promise<void> {
    this.closing.abort(new PrerequisiteError('The query engine was closed.'))
    await Promise.allSettled(this.running)
    this.connection.close()
  }

  /** What `/v1/info` says. */
  async info(
    signal: AbortSignal = this.closing.signal,
  ): Promise<{ version: string; environment: string; starting: boolean }> {
    try {
      const info = (await this.connection.request('GET', '/v1/info', signal)) as {
        nodeVersion?: { version?: unknown }
        environment?: unknown
        starting?: unknown
      } | null
      if (!info?.nodeVersion) throw new RequestFailure(404, null, '')
      return {
        version: String(info.nodeVersion.version),
        environment: String(info.environment),
        starting: info.starting === true,
      }
    } catch (error) {
      if (error instanceof RequestFailure) throw unreachable(error, this.connection.address)
      throw error
    }
  }

  private async run(sql: string, signal: AbortSignal): Promise<QueryResponse> {
    const started = performance.now()
    const { id, columns, rows, last } = await runStatement(this.connection, sql, signal)
    const wall = (performance.now() - started) / 1000
    const server = serverStatistics(id, last.stats)
    const engine_seconds = Math.min(wall, (server.elapsed_seconds ?? wall) - (server.queued_seconds ?? 0))
    const readers = columns.map(c => cellReader(c.type))
    return {
      columns: columns.map(({ name, type }) => ({ name, type })),
      rows: rows.map(row => row.map((value, i) => readers[i]!(value))),
      engine_seconds,
      fetch_seconds: Math.max(0, wall - engine_seconds),
      bytes_read: server.physical_bytes,
      bytes_from_device: null,
      server,
    }
  }

  private bind(sql: string): string {
    if (sql.includes('{bronze}')) {
      throw new PrerequisiteError(
        `Trino at ${this.connection.address.origin} has no table of the raw files, so {bronze} cannot be asked there. Ask {silver} or {gold}.`,
      )
    }
    const { catalog, tables } = this.options
    return bindRelations(sql, { silver: quoted(catalog, tables.silver), gold: quoted(catalog, tables.gold) })
  }
}

/** `namespace.table` below a catalog; what stands before the last dot is the schema. */
export function quoted(catalog: string, name: string): string {
  const dot = name.lastIndexOf('.')
  return [catalog, name.slice(0, dot), name.slice(dot + 1)].map(part => TRINO.identifier(part)).join('.')
}
