import type { RawField } from '../../workload/raw-schema'
import { type DuckDbSession, fileList } from './session'

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
