import type { ColumnType } from '../../contracts/tables'
import {
  checkedDate,
  checkedTimestamp,
  type DatePart,
  type Dialect,
  exactDecimalSum,
} from '../dialect'

const TYPES: Record<ColumnType, string> = {
  long: 'BIGINT',
  int: 'INT',
  double: 'DOUBLE',
  string: 'STRING',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP_NTZ',
  string_list: 'ARRAY<STRING>',
}

const PARTS: Record<DatePart, (x: string) => string> = {
  hour: x => `hour(${x})`,
  day_of_week: x => `dayofweek(${x})`,
  iso_week: x => `weekofyear(${x})`,
  month: x => `month(${x})`,
  year: x => `year(${x})`,
}

/** Spark reads backslash escapes in string literals. */
const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** Spark SQL 3.5 and later, ANSI mode on or off; the session's zone must be UTC. */
export const SPARK: Dialect = {
  name: 'spark',

  identifier: name => `\`${name.replaceAll('`', '``')}\``,
  text,
  dateLiteral: date => `DATE '${checkedDate(date)}'`,
  timestampLiteral: timestamp => `TIMESTAMP_NTZ '${checkedTimestamp(timestamp)}'`,
  typeName: type => TYPES[type],
  tryCast: (x, type) => `TRY_CAST(${x} AS ${TYPES[type]})`,

  lower: x => `lower(${x})`,
  upper: x => `upper(${x})`,
  trimSpaces: x => `trim(BOTH ' ' FROM ${x})`,
  digitsOnly: x => `regexp_replace(${x}, '[^0-9]+', '')`,
  // RLIKE searches, so the pattern is tied to both ends; $ would allow a last newline.
  fullMatch: (x, pattern) => `${x} RLIKE ${text(`\\A(?:${pattern})\\z`)}`,
  concatSkippingNulls: (separator, parts) => `concat_ws(${text(separator)}, ${parts.join(', ')})`,
  nonNullStrings: items => `filter(array(${items.join(', ')}), item -> item IS NOT NULL)`,
  joinList: (list, separator) => `array_join(${list}, ${text(separator)})`,

  datePart: (part, x) => PARTS[part](x),
  daysBetween: (from, to) => `CAST(datediff(${to}, ${from}) AS BIGINT)`,
  addMonths: (x, months) => `add_months(${x}, ${months})`,
  epochMicros: x => `unix_micros(CAST(${x} AS TIMESTAMP))`,
  isoTimestamp: x => `date_format(${x}, ${text("yyyy-MM-dd'T'HH:mm:ss.SSSSSS")})`,

  isNan: x => `isnan(${x})`,
  isInfinite: x => `abs(${x}) = DOUBLE('Infinity')`,
  greater: (x, than) => `${x} > ${than}`,
  max: x => `max(${x})`,
  roundAggregate: (x, digits) =>
    `COALESCE(CAST(round(TRY_CAST(${x} AS DECIMAL(22, 9)), ${digits}) AS DOUBLE), ${x})`,
  // Spark's own rounding of doubles goes over the shortest text.
  roundShortest: (x, digits) => `round(${x}, ${digits})`,
  sum: exactDecimalSum,

  // Spark plans DISTINCT by copying every row once for each such column, four times the work; sets need memory instead.
  countDistinct: (column, groups) =>
    groups === 'small'
      ? `CAST(size(collect_set(${column})) AS BIGINT)`
      : `count(DISTINCT ${column})`,
  countIf: condition => `count_if(${condition})`,
  hash64: x => `CASE WHEN ${x} IS NOT NULL THEN xxhash64(${x}) END`,
  md5: x => `md5(${x})`,
  hexNumber: x => `CAST(conv(${x}, 16, 10) AS DECIMAL(20, 0))`,
}
