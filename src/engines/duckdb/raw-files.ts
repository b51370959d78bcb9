import { open } from 'node:fs/promises'
import { shortMessage } from '../../contracts/errors'
import type { CorpusFacts, SchemaBreak } from '../../contracts/jobs'
import type { ObjectInfo, ObjectStore } from '../../contracts/ports'
import type { ColumnType } from '../../contracts/tables'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { brokenPromises } from '../../workload/verification'
import { type DuckDbSession, fileList, quoted } from './session'

/** One raw file whose footer could be read. */
export interface RawFile {
  /** Below the storage root. */
  readonly key: string
  readonly path: string
  readonly bytes: number
  /** Column name to DuckDB type. */
  readonly types: ReadonlyMap<string, string>
}

export interface RawInspection {
  readonly files: readonly RawFile[]
  readonly breaks: readonly SchemaBreak[]
  readonly extra_columns: readonly { file: string; columns: string[] }[]
  /** A usable column differs in width or precision somewhere, so it is cast on reading. */
  readonly castColumns: ReadonlySet<string>
}

const MAGIC = 'PAR1'
/** Magic, an empty footer, its length, magic. */
const SMALLEST_PARQUET = 12
const BATCH = 64

/** Types a column may have in a file and still mean the same thing. The first is what lakebench writes. */
const FAMILIES: Record<ColumnType, readonly RegExp[]> = {
  long: [/^BIGINT$/, /^U?(TINY|SMALL)INT$|^U?INTEGER$|^UBIGINT$/],
  int: [/^INTEGER$/, /^U?(TINY|SMALL)INT$|^UINTEGER$|^U?BIGINT$/],
  double: [/^DOUBLE$/, /^FLOAT$|^DECIMAL/],
  string: [/^VARCHAR$/],
  boolean: [/^BOOLEAN$/],
  timestamp: [/^TIMESTAMP$/, /^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)$/],
  date: [/^DATE$/],
  string_list: [/^VARCHAR\[\]$/],
}

/** Every raw file in the store, sorted by key. */
export async function listRawFiles(store: Pick<ObjectStore, 'list'>, prefix: string): Promise<readonly ObjectInfo[]> {
  return (await store.list(prefix)).filter(o => o.key.endsWith('.parquet'))
}

/** Check presence, readability, names and types of every file from its footer; no data page is read. */
export async function inspectRawFiles(
  session: DuckDbSession,
  store: Pick<ObjectStore, 'location'>,
  listed: readonly ObjectInfo[],
  promised: Pick<CorpusFacts, 'files' | 'changed'> | null,
  signal: AbortSignal,
): Promise<RawInspection> {
  const breaks: SchemaBreak[] = brokenPromises(
    listed.map(o => ({ key: o.key, bytes: o.size })),
    promised ?? { files: null, changed: [] },
  )
  const readable: ObjectInfo[] = []
  for (const object of listed) {
    const problem = await containerProblem(store.location(object.key), object.size)
    if (problem) breaks.push({ file: object.key, column: null, problem: 'unreadable', message: problem })
    else readable.push(object)
  }
  const files: RawFile[] = []
  for (let i = 0; i < readable.length; i += BATCH) {
    files.push(...(await readSchemas(session, store, readable.slice(i, i + BATCH), breaks, signal)))
  }
  const extra_columns: { file: string; columns: string[] }[] = []
  const castColumns = new Set<string>()
  const known = new Set(RAW_COLUMNS.map(c => c.name))
  for (const file of files) {
    const extra = [...file.types.keys()].filter(name => !known.has(name))
    if (extra.length > 0) extra_columns.push({ file: file.key, columns: extra })
    checkColumns(file, breaks, castColumns)
  }
  return { files, breaks, extra_columns, castColumns }
}

/** Why the bytes cannot be a Parquet file, or `null`. */
async function containerProblem(path: string, size: number): Promise<string | null> {
  if (size === 0) return 'the file has zero bytes'
  if (size < SMALLEST_PARQUET) return `the file has ${size} bytes, too few for a Parquet file`
  try {
    const file = await open(path, 'r')
    try {
      const bytes = Buffer.alloc(8)
      await file.read(bytes, 0, 4, 0)
      await file.read(bytes, 4, 4, size - 4)
      if (bytes.toString('latin1', 0, 4) !== MAGIC) return 'the file does not begin as a Parquet file (no PAR1)'
      if (bytes.toString('latin1', 4, 8) !== MAGIC)
        return 'the file does not end as a Parquet file (no PAR1): it is truncated'
      return null
    } finally {
      await file.close()
    }
  } catch (error) {
    return `the file cannot be read: ${shortMessage(error)}`
  }
}

async function readSchemas(
  session: DuckDbSession,
  store: Pick<ObjectStore, 'location'>,
  objects: readonly ObjectInfo[],
  breaks: SchemaBreak[],
  signal: AbortSignal,
): Promise<RawFile[]> {
  const paths = new Map(objects.map(o => [store.location(o.key), o]))
  const sql = `SELECT file_name, name, duckdb_type FROM parquet_schema(${fileList([...paths.keys()])}) WHERE column_id > 0 AND num_children IS NULL`
  try {
    const types = new Map<string, Map<string, string>>([...paths.keys()].map(p => [p, new Map()]))
    for (const row of await session.rows(sql, { signal })) {
      types.get(String(row.file_name))?.set(String(row.name), String(row.duckdb_type))
    }
    return [...paths].map(([path, o]) => ({ key: o.key, path, bytes: o.size, types: types.get(path)! }))
  } catch (error) {
    signal.throwIfAborted()
    if (objects.length === 1) {
      breaks.push({
        file: objects[0]!.key,
        column: null,
        problem: 'unreadable',
        message: `its footer cannot be read: ${shortMessage(error)}`,
      })
      return []
    }
    // One bad footer fails the whole list, so look at them one by one.
    const single: RawFile[] = []
    for (const object of objects) single.push(...(await readSchemas(session, store, [object], breaks, signal)))
    return single
  }
}

function checkColumns(file: RawFile, breaks: SchemaBreak[], castColumns: Set<string>): void {
  for (const column of RAW_COLUMNS) {
    const type = file.types.get(column.name)
    const [exact, wider] = FAMILIES[column.type]
    if (type === undefined) {
      breaks.push({
        file: file.key,
        column: column.name,
        problem: 'missing-column',
        message: `column ${column.name} (${column.type}) is missing`,
      })
    } else if (!exact!.test(type)) {
      if (wider?.test(type)) castColumns.add(column.name)
      else
        breaks.push({
          file: file.key,
          column: column.name,
          problem: 'wrong-type',
          message: `column ${column.name} is ${type}, expected ${column.type}`,
        })
    }
  }
}

/**
 * The raw rows as a table expression with the 41 columns in their own types. A value that does not fit after a cast is
 * NULL: bronze-verify has counted it. With `filename`, the path each row came from is beside them.
 */
export function rawRelation(
  files: readonly Pick<RawFile, 'path'>[],
  castColumns: ReadonlySet<string>,
  { filename = false }: { readonly filename?: boolean } = {},
): string {
  const source = (options: string) =>
    `read_parquet(${fileList(files.map(f => f.path))}, hive_partitioning = false${options})`
  const columns = RAW_COLUMNS.map(c =>
    castColumns.has(c.name) ? `TRY_CAST(${c.name} AS ${DUCKDB.typeName(c.type)}) AS ${c.name}` : c.name,
  )
  const options = `${castColumns.size > 0 ? ', union_by_name = true' : ''}${filename ? ', filename = true' : ''}`
  return `(SELECT ${[...columns, ...(filename ? ['filename'] : [])].join(', ')} FROM ${source(options)})`
}

/** Null counts per raw column from the footers; `null` where a footer is silent. */
export async function footerNullCounts(
  session: DuckDbSession,
  files: readonly RawFile[],
  signal: AbortSignal,
): Promise<Record<string, number | null>> {
  const counts: Record<string, number | null> = {}
  for (let i = 0; i < files.length; i += BATCH) {
    const paths = fileList(files.slice(i, i + BATCH).map(f => f.path))
    const sql = `SELECT path_in_schema AS name, sum(stats_null_count)::BIGINT AS nulls, bool_or(stats_null_count IS NULL) AS unknown
      FROM parquet_metadata(${paths}) WHERE path_in_schema IN (${RAW_COLUMNS.map(c => quoted(c.name)).join(', ')}) GROUP BY 1`
    for (const row of await session.rows(sql, { signal })) {
      const name = String(row.name)
      const before = counts[name]
      counts[name] = row.unknown || before === null ? null : Number(row.nulls) + (before ?? 0)
    }
  }
  return counts
}
