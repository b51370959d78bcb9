import { DUCKDB } from '../../workload/dialects/duckdb'
import { EVENT_TIMES, RAW_COLUMNS, type RawColumn } from '../../workload/raw-columns'
import { explain } from './explain-error'
import { type DuckDbSession, fileList } from './session'

/** A raw file that was inspected: where it lies, and DuckDB's type of each raw column, in their order. */
export interface ReadableFile {
  readonly path: string
  readonly types: readonly string[]
}

/** How a column is read from a file's type. */
interface Reading {
  readonly sql: string
  /** Some values of that type have no place in the column and are read as NULL. */
  readonly lossy: boolean
}

/** Column of the relation with the number of values in a row that have no place in their columns. */
export const UNFIT = '_unfit'

export interface RelationOptions {
  /** The path each row came from, as `filename`. */
  readonly filename?: boolean
  /** `UNFIT`. */
  readonly unfit?: boolean
}

/** The raw rows as a table expression with the 41 columns in their own types. A value that has no place in its column is NULL. */
export function rawRelation(
  files: readonly ReadableFile[],
  { filename, unfit }: RelationOptions = {},
): string {
  const selects = alike(files).map(group => {
    const readings = readingsOf(group)
    const columns = readings.map(({ column, sql }) =>
      sql === column ? column : `${sql} AS ${column}`,
    )
    const counted = readings.filter(r => r.lossy).map(unfitSql)
    return `SELECT ${[
      ...columns,
      ...(filename ? ['filename'] : []),
      ...(unfit ? [`${counted.join(' + ') || '0'} AS ${UNFIT}`] : []),
    ].join(', ')} FROM ${source(group, filename)}`
  })
  return `(${selects.join(' UNION ALL ')})`
}

/** Columns in which some file may have values that are read as NULL. */
export const lossyColumns = (files: readonly ReadableFile[]): ReadonlySet<string> =>
  new Set(
    alike(files).flatMap(group =>
      readingsOf(group)
        .filter(r => r.lossy)
        .map(r => r.column),
    ),
  )

/** Values that have no place in their columns, by path and column. */
export async function countUnfit(
  session: DuckDbSession,
  files: readonly ReadableFile[],
  signal: AbortSignal,
): Promise<{ path: string; column: string; rows: number }[]> {
  const found: { path: string; column: string; rows: number }[] = []
  for (const group of alike(files)) {
    const counted = readingsOf(group).filter(r => r.lossy)
    const sums = counted.map(r => `sum(${unfitSql(r)}) AS ${r.column}`)
    const sql = `SELECT filename, ${sums.join(', ')} FROM ${source(group, true)} GROUP BY filename`
    for (const row of await session.rows(sql, { signal })) {
      for (const { column } of counted) {
        if (Number(row[column]) > 0)
          found.push({ path: String(row.filename), column, rows: Number(row[column]) })
      }
    }
  }
  return found
}

/** Files of which a value cannot be read, after a statement over all of them failed; every column is decoded. */
export async function findDamaged<F extends ReadableFile>(
  session: DuckDbSession,
  files: readonly F[],
  signal: AbortSignal,
): Promise<{ file: F; message: string }[]> {
  const everything = RAW_COLUMNS.map(c => `bit_xor(hash(${c.name}))`).join(', ')
  const found: { file: F; message: string }[] = []
  for (const file of files) {
    await session
      .rows(`SELECT ${everything} FROM ${rawRelation([file])}`, { signal })
      .catch((cause: unknown) => {
        signal.throwIfAborted()
        found.push({ file, message: `its data cannot be read: ${explain(cause)}` })
      })
  }
  return found
}

const source = (group: readonly ReadableFile[], filename = false) =>
  `read_parquet(${fileList(group.map(f => f.path))}, hive_partitioning = false${filename ? ', filename = true' : ''})`

/** Files by their columns' types: DuckDB reads many files with the types of the first. */
function alike(files: readonly ReadableFile[]): ReadableFile[][] {
  const groups = new Map<string, ReadableFile[]>()
  for (const file of files) {
    const key = file.types.join()
    const group = groups.get(key)
    if (group) group.push(file)
    else groups.set(key, [file])
  }
  return [...groups.values()]
}

const readingsOf = (group: readonly ReadableFile[]) =>
  RAW_COLUMNS.map((column, i) => ({
    column: column.name,
    ...readingOf(column, group[0]!.types[i]!),
  }))

const unfitSql = ({ column, sql }: { column: string; sql: string }) =>
  `CASE WHEN ${column} IS NOT NULL AND ${sql} IS NULL THEN 1 ELSE 0 END`

function readingOf({ name, type }: RawColumn, found: string): Reading {
  const own = DUCKDB.typeName(type)
  if (found === '"NULL"') return { sql: `CAST(NULL AS ${own})`, lossy: false }
  if (type === 'timestamp') {
    const { first, last } = EVENT_TIMES
    const within = `epoch_us(${name}) BETWEEN ${first} AND ${last}`
    // A cast of an instant beyond DuckDB's dates is an error that TRY_CAST does not catch; microseconds always are numbers.
    return {
      sql: `CASE WHEN ${within} THEN ${found === own ? name : `make_timestamp(epoch_us(${name}))`} END`,
      lossy: true,
    }
  }
  return found === own
    ? { sql: name, lossy: false }
    : { sql: `TRY_CAST(${name} AS ${own})`, lossy: true }
}
