import type { ColumnType } from '../../contracts/tables'
import {
  checkedDate,
  checkedTimestamp,
  type DatePart,
  type Dialect,
  standardText,
} from '../dialect'
import {
  CAPITAL_SIGMA,
  DOTTED_CAPITAL_I,
  DOTTED_SMALL_I,
  expandingUpperCase,
  FINAL_SIGMA,
  FINAL_SIGMA_PATTERN,
} from './case-mapping'

const TYPES: Record<ColumnType, string> = {
  long: 'BIGINT',
  int: 'INTEGER',
  double: 'DOUBLE',
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  string_list: 'VARCHAR[]',
}

const PARTS: Record<DatePart, (x: string) => string> = {
  hour: x => `CAST(hour(${x}) AS INTEGER)`,
  day_of_week: x => `CAST(dayofweek(${x}) + 1 AS INTEGER)`,
  iso_week: x => `CAST(weekofyear(${x}) AS INTEGER)`,
  month: x => `CAST(month(${x}) AS INTEGER)`,
  year: x => `CAST(year(${x}) AS INTEGER)`,
}

const text = standardText

/** DuckDB's own case functions map one to one; as many bytes as characters means ASCII, where that is enough. */
const isAscii = (x: string) => `strlen(${x}) = length(${x})`

const EXPANDING_UPPER = `MAP {${expandingUpperCase()
  .map(([from, to]) => `${text(from)}: ${text(to)}`)
  .join(', ')}}`

export const DUCKDB: Dialect = {
  name: 'duckdb',

  identifier: name => `"${name.replaceAll('"', '""')}"`,
  text,
  dateLiteral: date => `DATE '${checkedDate(date)}'`,
  timestampLiteral: timestamp => `TIMESTAMP '${checkedTimestamp(timestamp)}'`,
  typeName: type => TYPES[type],
  tryCast: (x, type) => `TRY_CAST(${x} AS ${TYPES[type]})`,

  lower: x => {
    const dotted = `replace(${x}, '${DOTTED_CAPITAL_I}', '${DOTTED_SMALL_I}')`
    const sigma = `regexp_replace(${dotted}, ${text(FINAL_SIGMA_PATTERN)}, '\\1${FINAL_SIGMA}\\2', 'g')`
    return `CASE WHEN ${isAscii(x)} THEN lower(${x}) WHEN contains(${x}, '${CAPITAL_SIGMA}') THEN lower(${sigma}) ELSE lower(${dotted}) END`
  },
  upper: x => {
    const mapped = `list_transform(regexp_extract_all(${x}, '(?s).'), lambda c: COALESCE(${EXPANDING_UPPER}[c], upper(c)))`
    return `CASE WHEN ${isAscii(x)} THEN upper(${x}) ELSE array_to_string(${mapped}, '') END`
  },
  // The first test spares most rows the trim, which is many times its cost.
  trimSpaces: x =>
    `CASE WHEN starts_with(${x}, ' ') OR ends_with(${x}, ' ') THEN trim(${x}, ' ') ELSE ${x} END`,
  digitsOnly: x => `regexp_replace(${x}, '[^0-9]+', '', 'g')`,
  fullMatch: (x, pattern) => `regexp_full_match(${x}, ${text(pattern)})`,
  concatSkippingNulls: (separator, parts) => `concat_ws(${text(separator)}, ${parts.join(', ')})`,
  nonNullStrings: items => `list_filter([${items.join(', ')}], lambda item: item IS NOT NULL)`,
  joinList: (list, separator) => `array_to_string(${list}, ${text(separator)})`,

  datePart: (part, x) => PARTS[part](x),
  daysBetween: (from, to) => `date_diff('day', ${from}, ${to})`,
  // The sum is a timestamp, whose range a date near the end of time would leave.
  addMonths: (x, months) =>
    `CASE WHEN ${x} < DATE '290000-01-01' THEN CAST(${x} + INTERVAL ${months} MONTH AS DATE) WHEN ${x} IS NOT NULL THEN DATE 'infinity' END`,
  epochMicros: x => `epoch_us(${x})`,
  isoTimestamp: x => `strftime(${x}, '%Y-%m-%dT%H:%M:%S.%f')`,

  isNan: x => `isnan(${x})`,
  isInfinite: x => `isinf(${x})`,
  greater: (x, than) => `${x} > ${than}`,
  max: x => `max(${x})`,
  roundAggregate: (x, digits) =>
    `COALESCE(CAST(round(TRY_CAST(${x} AS DECIMAL(22, 9)), ${digits}) AS DOUBLE), ${x})`,
  // Away from a half, rounding the binary value is safe; the way over the text is for the few near one.
  roundShortest: (x, digits) => {
    const scaled = `abs(${x}) * 1e${digits}`
    const exact = `CAST(round(TRY_CAST(CAST(${x} AS VARCHAR) AS DECIMAL(38, 19)), ${digits}) AS DOUBLE)`
    return `CASE WHEN ${x} = 0 THEN 0e0 WHEN ${scaled} < 1e11 AND abs(${scaled} - floor(${scaled}) - 0.5e0) > 1e-3 THEN round(${x} * 1e${digits}) / 1e${digits} ELSE COALESCE(${exact}, ${x}) END`
  },
  // Kahan summation turns an infinity into NaN, so the plain sum decides there.
  sum: x => `CASE WHEN isfinite(fsum(${x})) THEN fsum(${x}) ELSE sum(${x}) END`,

  countDistinct: column => `count(DISTINCT ${column})`,
  countIf: condition => `count(*) FILTER (WHERE ${condition})`,
  hash64: x => `CASE WHEN ${x} IS NOT NULL THEN hash(${x}) END`,
  md5: x => `md5(${x})`,
  hexNumber: x => `CAST(concat('0x', ${x}) AS UBIGINT)`,
}
