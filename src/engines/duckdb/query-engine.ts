import { performance } from 'node:perf_hooks'
import type { DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'
import { LakebenchError, QueryFailedError } from '../../contracts/errors'
import type {
  CacheFlush,
  CellValue,
  EngineDescription,
  QueryEngine,
  QueryOptions,
  QueryResponse,
} from '../../contracts/ports'
import type { TableRole } from '../../contracts/tables'
import { bindRelations } from '../../workload/render'
import { dropCaches } from './cold-cache'
import { explain } from './explain-error'
import { ioCounters } from './meter'
import type { Relations } from './relations'
import type { DuckDbSession } from './session'

const ROLES: readonly TableRole[] = ['bronze', 'silver', 'gold']

/** Queries over the Iceberg tables on disk, answered in this process. */
export class DuckDbQueryEngine implements QueryEngine {
  readonly dialect = 'duckdb'
  readonly capabilities = {
    provesColdCache: process.platform === 'linux',
    reportsBytesRead: process.platform === 'linux',
  }
  private running = 0
  /** Counts starts, so that a query knows whether another began while it ran. */
  private starts = 0

  constructor(
    private readonly session: DuckDbSession,
    private readonly relations: Relations,
  ) {}

  query(sql: string, options: QueryOptions): Promise<QueryResponse> {
    return this.session.readers.read(() => this.answer(sql, options))
  }

  /** The clock starts before the snapshot and its files are looked up, as it does on a server. */
  private async answer(sql: string, { signal, streams = 1 }: QueryOptions): Promise<QueryResponse> {
    const before = ioCounters()
    // Bytes are counted for the process, so they belong to a query only while it is alone.
    const alone = this.running === 0
    const start = ++this.starts
    this.running++
    try {
      const started = performance.now()
      const bound = await this.bind(sql)
      const result = await this.session.run(bound, { signal, interleaved: streams > 1 })
      const ready = performance.now()
      const after = ioCounters()
      const rows = await readRows(result)
      const fetched = performance.now()
      return {
        columns: result
          .columnNames()
          .map((name, i) => ({ name, type: result.columnType(i).toString() })),
        rows,
        engine_seconds: (ready - started) / 1000,
        fetch_seconds: (fetched - ready) / 1000,
        bytes_read:
          alone && this.starts === start && before && after ? after.rchar - before.rchar : null,
        bytes_from_device:
          alone && this.starts === start && before && after
            ? after.read_bytes - before.read_bytes
            : null,
      }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof LakebenchError) throw error
      throw new QueryFailedError('', explain(error), { cause: error })
    } finally {
      this.running--
    }
  }

  async flushCaches(): Promise<CacheFlush> {
    const [data, metadata] = await this.relations.forget()
    return dropCaches(this.session, data, metadata)
  }

  async describe(): Promise<EngineDescription> {
    return { name: 'duckdb', version: this.session.version, details: { embedded: true } }
  }

  /** The session belongs to whoever opened it. */
  async close(): Promise<void> {}

  private async bind(sql: string): Promise<string> {
    const relations: Partial<Record<TableRole, string>> = {}
    for (const role of ROLES)
      if (sql.includes(`{${role}}`)) relations[role] = await this.relations.sql(role)
    return bindRelations(sql, relations)
  }
}

async function readRows(result: DuckDBMaterializedResult): Promise<CellValue[][]> {
  const rows = await result.getRows()
  return rows.map(row => row.map(cell))
}

function cell(value: DuckDBValue): CellValue {
  if (value === null || typeof value !== 'object') return value as CellValue
  const text = String(value)
  // Timestamps come as `2024-01-01 10:00:00`; ISO-8601 puts a T there.
  return /^\d{4,}-\d\d-\d\d \d\d:/.test(text) ? text.replace(' ', 'T') : text
}
