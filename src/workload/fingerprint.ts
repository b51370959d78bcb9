import { createHash } from 'node:crypto'
import { QueryFailedError } from '../contracts/errors'
import type { CellValue } from '../contracts/ports'
import type { ColumnType, TableColumn } from '../contracts/tables'
import type { Dialect } from './dialect'
import type { QueryColumn } from './queries'

const HEX_DIGITS = 16
/** Doubles that a query does not round are compared to this many decimals. */
const DEFAULT_DIGITS = 9

/** A plain or scientific decimal number. */
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/**
 * Digest of a query's answer, the same whatever types an engine's driver hands out: numbers as numbers, big integers or
 * text, dates with or without a time. Doubles count as rounded by the query, rows in the order they came (a query without
 * an order: sorted).
 *
 * A query that does not say its columns has those of the answer, typed by the engine: whole numbers and decimals count exactly,
 * doubles to 9 significant digits and floats to 6, since engines add up in different orders; lists and structs as the engine writes them.
 * @returns 16 hex digits
 * @throws {QueryFailedError} when columns or values are not those of the query
 */
export function resultFingerprint(
  columns: readonly { readonly name: string; readonly type?: string }[],
  rows: readonly (readonly CellValue[])[],
  query: {
    readonly name?: string
    readonly columns?: readonly (TableColumn & { readonly digits?: number })[]
    /** Empty or left out: rows come in any order. */
    readonly order_by?: readonly unknown[]
  } = {},
): string {
  const { name = '', order_by = [] } = query
  const actual = columns.map(c => c.name.toLowerCase())
  const expected = query.columns?.map(c => c.name) ?? actual
  if (expected.join() !== actual.join()) {
    throw new QueryFailedError(
      name,
      `The answer has columns ${actual.join(', ')}; the query gives ${expected.join(', ')}. The engine renamed or lost some.`,
    )
  }
  const cells =
    query.columns?.map(c => (value: CellValue) => canonicalCell(value, c, name)) ??
    columns.map(c => canonicalByEngine(c.type ?? ''))
  const lines = rows.map(row => cells.map((cell, i) => cell(row[i] ?? null)).join('\t'))
  if (order_by.length === 0) lines.sort()
  const text = [expected.join('\t'), ...lines].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, HEX_DIGITS)
}

/** Names of types as engines spell them. */
const EXACT = /^u?(tiny|small|big|huge)?int(eger)?\b|^(long|short|byte|decimal|numeric)\b/i
const APPROXIMATE = /^(double|float|real)\b/i
/** Significant digits that do not depend on the order in which doubles, and floats, were added up. */
const SIGNIFICANT = { double: 9, float: 6 }
/** Decimals that no engine has more of. */
const MOST_DECIMALS = 38

/** A value as text, by the type that the engine gives its column. */
function canonicalByEngine(type: string): (value: CellValue) => string {
  const typed = (of: ColumnType) => (value: CellValue) =>
    canonicalCell(value, { name: '', type: of })
  if (EXACT.test(type)) return value => numberText(value, null)
  if (APPROXIMATE.test(type))
    return value => numberText(value, SIGNIFICANT[/^double/i.test(type) ? 'double' : 'float'])
  if (/^bool/i.test(type)) return typed('boolean')
  if (/^date\b/i.test(type)) return typed('date')
  if (/^timestamp/i.test(type)) return typed('timestamp')
  return typed('string')
}

/** A number without zeros at its end, so that 12, 12.0 and 12.00 are one. */
function numberText(value: CellValue, significant: number | null): string {
  if (value === null) return canonicalCell(null, { name: '', type: 'double' })
  const text = String(value)
  const special = specialDouble(text)
  if (special !== null) return special
  const rounded =
    significant === null ? text : String(Number(Number(text).toPrecision(significant)))
  return (
    decimalText(rounded, MOST_DECIMALS)
      ?.replace(/\.?0+$/, '')
      .replace(/^-0?$/, '0') ?? JSON.stringify(text)
  )
}

/** A value as text, by its column's logical type; NULL has its own. */
export function canonicalCell(value: CellValue, column: QueryColumn, query = ''): string {
  if (value === null) return '\\N'
  const text = String(value)
  switch (column.type) {
    case 'long':
    case 'int':
      return decimalText(text, 0) ?? mismatch(value, column, query)
    case 'double':
      return (
        decimalText(text, column.digits ?? DEFAULT_DIGITS) ??
        specialDouble(text) ??
        mismatch(value, column, query)
      )
    case 'boolean':
      return /^(true|t|1)$/i.test(text)
        ? 'true'
        : /^(false|f|0)$/i.test(text)
          ? 'false'
          : mismatch(value, column, query)
    case 'date':
      return text.replace(/[T ]00:00:00(\.0+)?(Z| UTC|\+00(:?00)?)?$/, '')
    case 'timestamp':
      return timestampText(text)
    default:
      return JSON.stringify(text)
  }
}

function mismatch(value: CellValue, column: QueryColumn, query: string): never {
  throw new QueryFailedError(
    query,
    `Column ${column.name} has ${JSON.stringify(String(value))}, which is no ${column.type}. The engine's driver reads another type than the query gives.`,
  )
}

function specialDouble(text: string): string | null {
  if (/^\+?nan$/i.test(text)) return 'nan'
  const match = /^([+-]?)inf(inity)?$/i.exec(text)
  return match ? `${match[1] === '-' ? '-' : ''}inf` : null
}

/** The number with exactly `digits` decimals, HALF_UP on its decimal text; `null` where it is no finite number. */
export function decimalText(text: string, digits: number): string | null {
  const match = NUMBER.exec(text)
  if (!match || (match[2] === '' && !match[3])) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent) - fraction.length + digits
  const units = BigInt(whole + fraction)
  const scaled = shift >= 0 ? units * 10n ** BigInt(shift) : roundHalfUp(units, -shift)
  const padded = scaled.toString().padStart(digits + 1, '0')
  const number = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
  return sign === '-' && scaled !== 0n ? `-${number}` : number
}

/** units / 10^places for units ≥ 0. */
function roundHalfUp(units: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places)
  return (units * 2n + divisor) / (divisor * 2n)
}

/** `YYYY-MM-DDThh:mm:ss.ffffff`; the zone, where one is written, is UTC. */
function timestampText(text: string): string {
  const match = /^(.*?)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z| UTC|\+00(?::?00)?)?$/.exec(text)
  if (!match) return text
  return `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(6, '0').slice(0, 6)}`
}

/** Columns that hold the wall clock: a table's fingerprint leaves them out. */
export const CLOCK_COLUMNS: readonly string[] = ['silver_processing_timestamp', '_ingested_at']

/**
 * Left out of a silver fingerprint for its cost: 94 % of the bytes, which no stage or query looks into. Its length is
 * not a substitute either, since knowing it means decoding it.
 */
export const UNREAD_COLUMNS: readonly string[] = ['interaction_payload']

/** Beyond this a double, as an integer number of millionths, leaves 64 bits. */
const LARGEST_EXACT = '9e12'
const SEPARATOR = '␟'
const NULL_MARK = '␀'

/** The value as text, the same in every engine. */
const canonical: Record<ColumnType, (d: Dialect, column: string) => string> = {
  long: (d, x) => `CAST(${x} AS ${d.typeName('string')})`,
  int: (d, x) => `CAST(${x} AS ${d.typeName('string')})`,
  // Millionths, since engines print doubles differently. NaN goes first: engines disagree on how it compares.
  double: (d, x) =>
    `CASE WHEN ${d.isNan(x)} THEN 'nan' WHEN abs(${x}) < ${LARGEST_EXACT} THEN CAST(CAST(round(${x} * 1e6) AS BIGINT) AS ${d.typeName('string')}) WHEN ${d.isInfinite(x)} AND ${x} > 0 THEN 'inf' WHEN ${d.isInfinite(x)} THEN '-inf' WHEN ${x} > 0 THEN 'huge' WHEN ${x} < 0 THEN '-huge' END`,
  string: (_, x) => x,
  boolean: (_, x) => `CASE WHEN ${x} THEN 't' WHEN NOT ${x} THEN 'f' END`,
  date: (d, x) =>
    `CAST(${d.daysBetween(d.dateLiteral('1970-01-01'), x)} AS ${d.typeName('string')})`,
  timestamp: (d, x) => `CAST(${d.epochMicros(x)} AS ${d.typeName('string')})`,
  string_list: (d, x) => d.joinList(x, ','),
}

export interface TableFingerprintRequest {
  /** A table expression; `{silver}` and `{gold}` may stand for the tables. */
  readonly source: string
  readonly columns: readonly TableColumn[]
  /** Column names left out; by default those of the clock and the payload. */
  readonly exclude?: readonly string[]
}

/**
 * SELECT of one row, one column `fingerprint` (32 hex digits): a digest of a table's rows in which their order and their
 * files do not count, but how often each occurs does. Equal in every engine for equal content: MD5 of each row's canonical
 * text, its two halves summed. Doubles count to a millionth, and above 9·10^12 by sign only; -0 is 0.
 */
export function renderTableFingerprint(
  d: Dialect,
  { source, columns, exclude }: TableFingerprintRequest,
): string {
  const left = new Set(exclude ?? [...CLOCK_COLUMNS, ...UNREAD_COLUMNS])
  const texts = columns
    .filter(c => !left.has(c.name))
    .map(c => `COALESCE(${canonical[c.type](d, c.name)}, '${NULL_MARK}')`)
  const total = (half: string) =>
    `CAST(COALESCE(sum(${d.hexNumber(half)}), 0) AS ${d.typeName('string')})`
  const parts = [
    `CAST(count(*) AS ${d.typeName('string')})`,
    total('substr(digest, 1, 15)'),
    total('substr(digest, 17, 15)'),
  ]
  return `SELECT ${d.md5(d.concatSkippingNulls('-', parts))} AS fingerprint
FROM (
SELECT ${d.md5(d.concatSkippingNulls(SEPARATOR, texts))} AS digest
FROM ${source}
) AS digests`
}
