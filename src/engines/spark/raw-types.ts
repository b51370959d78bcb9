import type { ColumnType } from '../../contracts/tables'
import { SPARK } from '../../workload/dialects/spark'
import { EVENT_TIMES, RAW_COLUMNS } from '../../workload/raw-columns'
import { READABLE } from '../../workload/raw-schema'

/** How Spark reads a column from a file's type. */
export interface RawReading {
  /** Type in the schema that the file is read with; empty: not read at all, `null`: the file's own type. */
  readonly read: string | null
  readonly sql: string
  /** Some values of that type have no place in the column and are read as NULL. */
  readonly lossy: boolean
}

/** Types that Spark gives a file's columns, where they are not those of the raw column. */
const READ_AS: Readonly<Record<string, string | null>> = {
  byte: 'INT',
  short: 'INT',
  int: 'INT',
  long: 'BIGINT',
  unsigned_byte: 'INT',
  unsigned_short: 'INT',
  unsigned_int: 'BIGINT',
  unsigned_long: 'DECIMAL(20,0)',
  float: 'FLOAT',
  decimal: null,
}

/** Microseconds of a time that is read as the number it is: Spark's own way to a timestamp fails on numbers beyond its range. */
const MICROS: Readonly<Record<string, (x: string) => string>> = {
  us: x => x,
  ms: x => `CASE WHEN abs(CAST(${x} AS DECIMAL(20, 0))) < 1000000000000000 THEN ${x} * 1000 END`,
  // The ends of 64 bits stand for infinity, as DuckDB has it.
  ns: x =>
    `CASE WHEN ${x} NOT IN (9223372036854775807L, -9223372036854775807L) THEN ${x} div 1000 END`,
  int96: x => `unix_micros(${x})`,
}

function timeReadings(name: string): Record<string, RawReading> {
  const entries = Object.entries(MICROS).map(([unit, micros]) => {
    const value = micros(SPARK.identifier(name))
    const sql = `CASE WHEN ${value} BETWEEN ${EVENT_TIMES.first}L AND ${EVENT_TIMES.last}L THEN CAST(timestamp_micros(${value}) AS ${SPARK.typeName('timestamp')}) END`
    return [
      `timestamp(${unit})`,
      { read: unit === 'int96' ? 'TIMESTAMP' : 'BIGINT', sql, lossy: true },
    ]
  })
  return Object.fromEntries(entries)
}

function readingsOf(name: string, type: ColumnType): Record<string, RawReading> {
  const own = SPARK.typeName(type)
  const nothing = { null: { read: '', sql: `CAST(NULL AS ${own})`, lossy: false } }
  if (type === 'timestamp') return { ...nothing, ...timeReadings(name) }
  const column = SPARK.identifier(name)
  const others = READABLE[type]!.filter(word => word !== 'null').map(
    (word): [string, RawReading] => [
      word,
      word === type
        ? { read: own, sql: column, lossy: false }
        : { read: READ_AS[word]!, sql: `TRY_CAST(${column} AS ${own})`, lossy: true },
    ],
  )
  return { ...nothing, ...Object.fromEntries(others) }
}

/** The raw columns as a job document names them. */
export const RAW_COLUMN_TYPES = RAW_COLUMNS.map(({ name, type }) => ({
  name,
  type: SPARK.typeName(type),
  readings: readingsOf(name, type),
}))
