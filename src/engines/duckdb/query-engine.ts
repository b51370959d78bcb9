import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
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

const PROBE_BYTES = 4096

/**
 * Drop what DuckDB and the system keep of these files, and show it: afterwards a read must come from the device. Needs Linux and GNU `dd`, no privileges (`posix_fadvise(DONTNEED)` on each file).
 */
export async function dropCaches(
  session: DuckDbSession,
  files: readonly string[],
  metadata: readonly string[] = [],
): Promise<CacheFlush> {
  // The footers' cache cannot be emptied, only left unused, and it stays so: whoever flushes wants cold queries.
  await session.forgetFiles()
  if (files.length === 0)
    return { proven: false, detail: 'there is no file whose cache could be dropped' }
  try {
    for (const file of [...files, ...metadata]) await dropFile(file)
  } catch (error) {
    return {
      proven: false,
      detail: `the system's page cache was not dropped: dd with iflag=nocache failed (${(error as Error).message.split('\n')[0]})`,
    }
  }
  return prove(files)
}

/** Read a piece of the first file past every cache of DuckDB and look whether it came from the device; then drop it again. */
async function prove(files: readonly string[]): Promise<CacheFlush> {
  const before = ioCounters()
  if (!before)
    return {
      proven: false,
      detail: 'this system does not count bytes read from the device (/proc/self/io)',
    }
  const probe = files[0]!
  const file = await open(probe, 'r')
  try {
    await file.read(Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, 0)
  } finally {
    await file.close()
  }
  const fromDevice = (ioCounters()?.read_bytes ?? before.read_bytes) - before.read_bytes
  await dropFile(probe)
  return fromDevice > 0
    ? {
        proven: true,
        detail: `page cache of ${files.length} files dropped; a probe read ${fromDevice} bytes from the device`,
      }
    : {
        proven: false,
        detail:
          'after the flush a probe still read nothing from the device: the file system keeps its own cache',
      }
}

const dropFile = (file: string) =>
  promisify(execFile)('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'])
