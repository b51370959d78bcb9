import { open } from 'node:fs/promises'
import { shortMessage } from '../../contracts/errors'
import type { CorpusFacts, SchemaBreak } from '../../contracts/jobs'
import type { ObjectInfo, ObjectStore } from '../../contracts/ports'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { rawObject } from '../../workload/raw-files'
import { extraColumns, type RawField, schemaBreaks } from '../../workload/raw-schema'
import { brokenPromises } from '../../workload/verification'
import { readElements, topLevel } from './parquet-schema'
import type { ReadableFile } from './raw-relation'
import { type DuckDbSession, fileList, quoted } from './session'

/** One raw file whose footer could be read. */
export interface RawFile extends ReadableFile {
  /** Below the storage root. */
  readonly key: string
  readonly bytes: number
  readonly rows: number
}

export interface RawInspection {
  readonly files: readonly RawFile[]
  readonly breaks: readonly SchemaBreak[]
  readonly extra_columns: readonly { file: string; columns: string[] }[]
  /** Keys of files of no bytes: they hold no rows, and are read by nobody. */
  readonly empty_files: readonly string[]
}

const MAGIC = 'PAR1'
/** Magic, an empty footer, its length, magic. */
const SMALLEST_PARQUET = 12
const BATCH = 64

/** Check presence, readability, names and types of every file from its footer; no data page is read. */
export async function inspectRawFiles(
  session: DuckDbSession,
  store: Pick<ObjectStore, 'location'>,
  listed: readonly ObjectInfo[],
  promised: Pick<CorpusFacts, 'files' | 'changed'> | null,
  signal: AbortSignal,
): Promise<RawInspection> {
  const breaks: SchemaBreak[] = brokenPromises(
    listed.map(rawObject),
    promised ?? { files: null, changed: [] },
  )
  const readable: ObjectInfo[] = []
  for (const object of listed.filter(o => o.size > 0)) {
    const problem = await containerProblem(store.location(object.key), object.size)
    if (problem)
      breaks.push({ file: object.key, column: null, problem: 'unreadable', message: problem })
    else readable.push(object)
  }
  const schemas: FileSchema[] = []
  for (let i = 0; i < readable.length; i += BATCH) {
    schemas.push(
      ...(await readSchemas(session, store, readable.slice(i, i + BATCH), breaks, signal)),
    )
  }
  const extra_columns: { file: string; columns: string[] }[] = []
  for (const { file, fields } of schemas) {
    const columns = extraColumns(fields)
    if (columns.length > 0) extra_columns.push({ file: file.key, columns })
    breaks.push(...schemaBreaks(file.key, fields))
  }
  const empty_files = listed.filter(o => o.size === 0).map(o => o.key)
  return { files: schemas.map(s => s.file), breaks, extra_columns, empty_files }
}

/** Why the bytes cannot be a Parquet file, or `null`. */
async function containerProblem(path: string, size: number): Promise<string | null> {
  if (size < SMALLEST_PARQUET) return `the file has ${size} bytes, too few for a Parquet file`
  try {
    const file = await open(path, 'r')
    try {
      const bytes = Buffer.alloc(8)
      await file.read(bytes, 0, 4, 0)
      await file.read(bytes, 4, 4, size - 4)
      if (bytes.toString('latin1', 0, 4) !== MAGIC)
        return 'the file does not begin as a Parquet file (no PAR1)'
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

interface FileSchema {
  readonly file: RawFile
  readonly fields: readonly RawField[]
}

async function readSchemas(
  session: DuckDbSession,
  store: Pick<ObjectStore, 'location'>,
  objects: readonly ObjectInfo[],
  breaks: SchemaBreak[],
  signal: AbortSignal,
): Promise<FileSchema[]> {
  const paths = new Map(objects.map(o => [store.location(o.key), o]))
  try {
    const elements = await readElements(session, [...paths.keys()], signal)
    const counted = `SELECT file_name, num_rows FROM parquet_file_metadata(${fileList([...paths.keys()])})`
    const rows = new Map(
      (await session.rows(counted, { signal })).map(r => [String(r.file_name), Number(r.num_rows)]),
    )
    return [...paths].map(([path, o]) => {
      const columns = topLevel(elements.get(path) ?? [])
      const types = new Map(columns.map(({ field, duckdb }) => [field.name, duckdb]))
      return {
        file: {
          key: o.key,
          path,
          bytes: o.size,
          rows: rows.get(path)!,
          types: RAW_COLUMNS.map(c => types.get(c.name) ?? ''),
        },
        fields: columns.map(c => c.field),
      }
    })
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
    const single: FileSchema[] = []
    for (const object of objects)
      single.push(...(await readSchemas(session, store, [object], breaks, signal)))
    return single
  }
}

/** Null counts per raw column from the footers; `null` where a footer is silent. */
export async function footerNullCounts(
  session: DuckDbSession,
  files: readonly RawFile[],
  signal: AbortSignal,
): Promise<Record<string, number | null>> {
  const counts: Record<string, number | null> = {}
  for (let i = 0; i < files.length; i += BATCH) {
    const batch = files.slice(i, i + BATCH)
    const paths = fileList(batch.map(f => f.path))
    const sql = `SELECT path_in_schema AS name, sum(stats_null_count)::BIGINT AS nulls, bool_or(stats_null_count IS NULL) AS unknown
      FROM parquet_metadata(${paths}) WHERE path_in_schema IN (${RAW_COLUMNS.map(c => quoted(c.name)).join(', ')}) GROUP BY 1`
    const rows = await session.rows(sql, { signal }).catch(() => {
      signal.throwIfAborted()
      return null // A bound that DuckDB cannot print fails the whole statement.
    })
    for (const { name } of rows ? [] : RAW_COLUMNS) counts[name] = null
    for (const row of rows ?? []) {
      const name = String(row.name)
      const before = counts[name]
      counts[name] = row.unknown || before === null ? null : Number(row.nulls) + (before ?? 0)
    }
  }
  return counts
}
