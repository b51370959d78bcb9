import type { ColumnType } from '../../contracts/tables'
import {
  checkedDate,
  checkedTimestamp,
  type DatePart,
  type Dialect,
  exactDecimalSum,
  standardText,
} from '../dialect'
import {
  CAPITAL_SIGMA,
  DOTTED_CAPITAL_I,
  DOTTED_SMALL_I,
  expandingUpperCase,
  FINAL_SIGMA,
  FINAL_SIGMA_WITHOUT_SETS,
} from './case-mapping'

const TYPES: Record<ColumnType, string> = {
  long: 'BIGINT',
  int: 'INTEGER',
  double: 'DOUBLE',
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP(6)',
  string_list: 'ARRAY(VARCHAR)',
}

const PARTS: Record<DatePart, (x: string) => string> = {
  hour: x => `CAST(hour(${x}) AS INTEGER)`,
  // Trino counts from Monday.
  day_of_week: x => `CAST(day_of_week(${x}) % 7 + 1 AS INTEGER)`,
  iso_week: x => `CAST(week(${x}) AS INTEGER)`,
  month: x => `CAST(month(${x}) AS INTEGER)`,
  year: x => `CAST(year(${x}) AS INTEGER)`,
}

const text = standardText

/** Trino's own case functions map one to one; as many bytes as characters means ASCII, where that is enough. */
const isAscii = (x: string) => `length(to_utf8(${x})) = length(${x})`

const EXPANDING = expandingUpperCase()
const EXPANDING_UPPER = `MAP(ARRAY[${EXPANDING.map(([from]) => text(from)).join(', ')}], ARRAY[${EXPANDING.map(([, to]) => text(to)).join(', ')}])`

export const TRINO: Dialect = {
  name: 'trino',

  identifier: name => `"${name.replaceAll('"', '""')}"`,
  text,
  dateLiteral: date => `DATE '${checkedDate(date)}'`,
  timestampLiteral: timestamp => `CAST(TIMESTAMP '${checkedTimestamp(timestamp)}' AS TIMESTAMP(6))`,
  typeName: type => TYPES[type],
  tryCast: (x, type) => `TRY_CAST(${x} AS ${TYPES[type]})`,

  lower: x => {
    const dotted = `replace(${x}, '${DOTTED_CAPITAL_I}', '${DOTTED_SMALL_I}')`
    const sigma = `regexp_replace(${dotted}, ${text(FINAL_SIGMA_WITHOUT_SETS)}, '$1${FINAL_SIGMA}')`
    return `CASE WHEN ${isAscii(x)} THEN lower(${x}) WHEN strpos(${x}, '${CAPITAL_SIGMA}') > 0 THEN lower(${sigma}) ELSE lower(${dotted}) END`
  },
  upper: x => {
    const mapped = `transform(regexp_extract_all(${x}, '(?s).'), c -> COALESCE(element_at(${EXPANDING_UPPER}, c), upper(c)))`
    return `CASE WHEN ${isAscii(x)} THEN upper(${x}) ELSE array_join(${mapped}, '') END`
  },
  trimSpaces: x => `trim(BOTH ' ' FROM ${x})`,
  digitsOnly: x => `regexp_replace(${x}, '[^0-9]+', '')`,
  // regexp_like searches, so the pattern is tied to both ends; $ would allow a last newline.
  fullMatch: (x, pattern) => `regexp_like(${x}, ${text(`\\A(?:${pattern})\\z`)})`,
  concatSkippingNulls: (separator, parts) => `concat_ws(${text(separator)}, ${parts.join(', ')})`,
  nonNullStrings: items => `filter(ARRAY[${items.join(', ')}], item -> item IS NOT NULL)`,
  joinList: (list, separator) => `array_join(${list}, ${text(separator)})`,

  datePart: (part, x) => PARTS[part](x),
  daysBetween: (from, to) => `date_diff('day', ${from}, ${to})`,
  addMonths: (x, months) => `date_add('month', ${months}, ${x})`,
  // Trino has no difference in microseconds, and its seconds as a double lose them far from 1970.
  epochMicros: x =>
    `date_diff('second', TIMESTAMP '1970-01-01 00:00:00', date_trunc('second', ${x})) * 1000000 + CAST(substr(CAST(CAST(${x} AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT)`,
  isoTimestamp: x => `replace(CAST(CAST(${x} AS TIMESTAMP(6)) AS VARCHAR), ' ', 'T')`,

  isNan: x => `is_nan(${x})`,
  isInfinite: x => `is_infinite(${x})`,
  greater: (x, than) => `(${x} > ${than} OR is_nan(${x}))`,
  // Trino's own maximum leaves NaN out.
  max: x => `CASE WHEN bool_or(is_nan(${x})) THEN nan() ELSE max(${x}) END`,
  roundAggregate: (x, digits) =>
    `COALESCE(CAST(round(TRY_CAST(${x} AS DECIMAL(22, 9)), ${digits}) AS DOUBLE), ${x})`,
  roundShortest: (x, digits) =>
    `COALESCE(CAST(round(TRY_CAST(CAST(${x} AS VARCHAR) AS DECIMAL(38, 19)), ${digits}) AS DOUBLE), ${x})`,
  sum: exactDecimalSum,

  countDistinct: column => `count(DISTINCT ${column})`,
  countIf: condition => `count(*) FILTER (WHERE ${condition})`,
  hash64: x => `xxhash64(to_utf8(${x}))`,
  md5: x => `lower(to_hex(md5(to_utf8(${x}))))`,
  hexNumber: x => `CAST(from_base(${x}, 16) AS DECIMAL(20, 0))`,
}
