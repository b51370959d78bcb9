import type { DialectName } from '../contracts/ports'
import type { ColumnType } from '../contracts/tables'

/** How many rows a group of an aggregation may have. */
export type GroupSize = 'small' | 'any'

export type DatePart = 'hour' | 'day_of_week' | 'iso_week' | 'month' | 'year'

/**
 * What differs between the engines' SQL; everything else of the workload is ANSI text that all of them read alike.
 * Arguments and results are SQL expressions. Each function is NULL for NULL input unless it says otherwise, and none fails
 * on any value of its input type (in DuckDB: tested; NaN, infinities, odd Unicode and extreme dates included).
 */
export interface Dialect {
  readonly name: DialectName

  /** A name, quoted so that it is read as it is written. */
  identifier(name: string): string
  /** A string literal. */
  text(value: string): string
  /** @param date `YYYY-MM-DD` */
  dateLiteral(date: string): string
  /** @param timestamp ISO-8601 UTC, up to microseconds */
  timestampLiteral(timestamp: string): string
  typeName(type: ColumnType): string
  /** NULL where the value does not fit. */
  tryCast(expression: string, type: ColumnType): string

  /** Lower case by the full Unicode rules: dotted capital I becomes two code points, final sigma its own form. */
  lower(text: string): string
  /** Upper case by the full Unicode rules: sharp s becomes SS. */
  upper(text: string): string
  /** Without U+0020 at both ends; other white space stays. */
  trimSpaces(text: string): string
  /** Without every character but ASCII 0-9. */
  digitsOnly(text: string): string
  /** Whether the whole text matches. The pattern must mean the same to RE2 and Java. */
  fullMatch(text: string, pattern: string): string
  /** Parts joined by the separator; NULL parts leave no separator, all NULL give an empty string. */
  concatSkippingNulls(separator: string, parts: readonly string[]): string
  /** A list of those items that are not NULL; an empty list where none is. */
  nonNullStrings(items: readonly string[]): string
  /** The items of a list joined by the separator. */
  joinList(list: string, separator: string): string

  /** As `int`; day of week 1 = Sunday … 7 = Saturday. */
  datePart(part: DatePart, timestamp: string): string
  /** Whole days from one date to another, as a 64-bit integer. */
  daysBetween(from: string, to: string): string
  addMonths(date: string, months: number): string
  /** Microseconds since 1970-01-01. */
  epochMicros(timestamp: string): string
  /** `YYYY-MM-DDThh:mm:ss.ffffff`, UTC. */
  isoTimestamp(timestamp: string): string

  isNan(double: string): string
  isInfinite(double: string): string
  /** Greater than a number, NaN counting as greater than all of them. */
  greater(double: string, than: number): string
  /** Aggregate: the greatest double, NaN counting as greater than all of them. */
  max(double: string): string
  /**
   * A double that carries the noise of floating sums or quotients, rounded HALF_UP to `digits`: noise goes at the ninth
   * decimal first, so that an exact half is one (in values up to 9·10^6; sums of cents have none). NaN, infinite and huge
   * values (10^13 and above, where doubles lose the cents) stay as they are. The expression appears twice in the text.
   */
  roundAggregate(double: string, digits: number): string
  /**
   * A double rounded HALF_UP on its shortest decimal text (1.005 gives 1.01). NaN, infinite and huge values stay.
   * The expression appears several times in the text.
   */
  roundShortest(double: string, digits: number): string
  /** Sum of doubles, the same for any order of rows to well below a cent; NaN and infinite values carry through. */
  sum(double: string): string

  /**
   * Distinct values that are not NULL, as an aggregate.
   * @param groups `small`: a group's distinct values fit in memory many times over
   */
  countDistinct(column: string, groups: GroupSize): string
  /** Rows for which the condition holds, as an aggregate. */
  countIf(condition: string): string

  /** 64-bit hash for counting distinct values; differs between engines. NULL for NULL. */
  hash64(text: string): string
  /** MD5 of the UTF-8 text, 32 lower-case hex digits. */
  md5(text: string): string
  /** Up to 15 hex digits as a number that sums without overflow over 10^9 rows. */
  hexNumber(hex: string): string
}

const DATE = /^\d{4}-\d\d-\d\d$/
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z?$/

/** @throws {RangeError} when it is not `YYYY-MM-DD` */
export function checkedDate(date: string): string {
  if (!DATE.test(date)) throw new RangeError(`Expected a date as YYYY-MM-DD, got "${date}".`)
  return date
}

/**
 * `YYYY-MM-DD hh:mm:ss[.ffffff]`, as all dialects write it in literals.
 * @throws {RangeError} when it is not ISO-8601 in UTC with at most microseconds
 */
export function checkedTimestamp(timestamp: string): string {
  const match = TIMESTAMP.exec(timestamp)
  if (!match)
    throw new RangeError(
      `Expected a timestamp as YYYY-MM-DDThh:mm:ss[.ffffff]Z, got "${timestamp}".`,
    )
  return `${match[1]} ${match[2]}`
}

/** A string literal in which only the quote is special (ANSI). */
export const standardText = (value: string): string => `'${value.replaceAll("'", "''")}'`

/**
 * Sum of doubles over nine decimals, exact in any order of rows, for engines without compensated summation. A value that
 * no decimal holds (NaN, infinite, above 10^19) makes it the plain sum.
 */
export function exactDecimalSum(double: string): string {
  const decimal = `TRY_CAST(${double} AS DECIMAL(28, 9))`
  return `CASE WHEN count(${double}) = count(${decimal}) THEN CAST(sum(${decimal}) AS DOUBLE) ELSE sum(${double}) END`
}
