import type { CellValue } from '../../contracts/ports'

type Convert = (value: unknown) => CellValue

const asText: Convert = value => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** Trino writes what JSON numbers cannot say as text: `NaN`, `Infinity`, and large integers (see `parseExact`). */
const asNumber: Convert = value => Number(value)

const asBigint: Convert = value => BigInt(value as number | string)

const asBoolean: Convert = value => value === true

/** `2024-01-01 10:00:00.123456`, with ` UTC` where the type has a zone; other zones stay in the text. */
const asTimestamp: Convert = value => String(value).replace(' ', 'T').replace(/ UTC$/, '')

const CONVERTERS: Readonly<Record<string, Convert>> = {
  bigint: asBigint,
  integer: asNumber,
  smallint: asNumber,
  tinyint: asNumber,
  double: asNumber,
  real: asNumber,
  boolean: asBoolean,
  timestamp: asTimestamp,
}

/**
 * Reader of a column's values by Trino's spelling of its type. Decimals, dates, times, uuids and intervals are text as Trino
 * writes them, binary values base64; arrays, maps and rows are JSON text.
 */
export function cellReader(type: string): Convert {
  const convert = CONVERTERS[type.replace(/[( ].*$/, '').toLowerCase()] ?? asText
  return value => (value === null || value === undefined ? null : convert(value))
}
