import { open } from 'node:fs/promises'
import { shortMessage } from '../../contracts/errors'
import type { CorpusFacts, SchemaBreak } from '../../contracts/jobs'
import type { ObjectInfo, ObjectStore } from '../../contracts/ports'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { rawObject } from '../../workload/raw-files'
import { extraColumns, type RawField, schemaBreaks } from '../../workload/raw-schema'
import { brokenPromises } from '../../workload/verification'
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

/** A row of `parquet_schema`: an element of a file's schema, in the order in which a tree is written down. */
export interface SchemaElement {
  readonly name: string
  readonly repetition: string | null
  /** `null` of a column with values. */
  readonly children: number | null
  readonly converted: string | null
  readonly logical: string | null
  readonly duckdb: string | null
  readonly precision: number | null
  readonly scale: number | null
}

/** DuckDB's names of types that have another one here. */
const WORDS: Readonly<Record<string, string>> = {
  BIGINT: 'long',
  INTEGER: 'int',
  SMALLINT: 'short',
  TINYINT: 'byte',
  UBIGINT: 'unsigned_long',
  UINTEGER: 'unsigned_int',
  USMALLINT: 'unsigned_short',
  UTINYINT: 'unsigned_byte',
  VARCHAR: 'string',
  JSON: 'string',
  BLOB: 'binary',
  '"NULL"': 'null',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
}
/** Digits that a decimal of every engine can have. */
const DECIMAL_DIGITS = 38

/** Schemas of some files, by path. @throws where a footer cannot be read */
export async function readElements(
  session: DuckDbSession,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SchemaElement[]>> {
  const sql = `SELECT file_name, name, repetition_type, num_children, converted_type, logical_type, duckdb_type, precision, scale
    FROM parquet_schema(${fileList(paths)}) ORDER BY file_name, column_id`
  const found = new Map<string, SchemaElement[]>(paths.map(path => [path, []]))
  const text = (value: unknown) => (value === null ? null : String(value))
  const number = (value: unknown) => (value === null ? null : Number(value))
  for (const row of await session.rows(sql, { signal })) {
    found.get(String(row.file_name))?.push({
      name: String(row.name),
      repetition: text(row.repetition_type),
      children: number(row.num_children),
      converted: text(row.converted_type),
      logical: text(row.logical_type),
      duckdb: text(row.duckdb_type),
      precision: number(row.precision),
      scale: number(row.scale),
    })
  }
  return found
}

/** The columns below the root, with DuckDB's type of each (empty of one that is nested). */
export function topLevel([root, ...elements]: readonly SchemaElement[]): {
  field: RawField
  duckdb: string
}[] {
  const columns: { field: RawField; duckdb: string }[] = []
  let at = 0
  for (let n = 0; n < (root?.children ?? 0) && at < elements.length; n++) {
    const element = elements[at]!
    const end = endOf(elements, at)
    const inner = elements.slice(at + 1, end).map(e => e.name)
    columns.push({
      field: { name: element.name, type: typeOf(element), inner },
      duckdb: element.duckdb ?? '',
    })
    at = end
  }
  return columns
}

/** Where the subtree of an element ends. */
function endOf(elements: readonly SchemaElement[], start: number): number {
  let open = 1
  let at = start
  for (; open > 0 && at < elements.length; at++) open += (elements[at]!.children ?? 0) - 1
  return at
}

function typeOf({
  repetition,
  children,
  converted,
  logical,
  duckdb,
  precision,
  scale,
}: SchemaElement): string {
  if (repetition === 'REPEATED' || converted === 'LIST' || logical?.startsWith('ListType'))
    return 'list'
  if (converted?.startsWith('MAP') || logical?.startsWith('MapType')) return 'map'
  if (children !== null || duckdb === null) return 'struct'
  if (converted === 'DECIMAL' || logical?.startsWith('DecimalType')) {
    return `${(precision ?? 0) > DECIMAL_DIGITS ? 'wide_decimal' : 'decimal'}(${precision},${scale})`
  }
  if (logical?.startsWith('Float16')) return 'float16'
  return WORDS[duckdb] ?? duckdb.toLowerCase()
}
