import type { CellValue } from '../../contracts/ports'
import { HttpFailure } from './http-failure'
import { CountSchema } from './page'

/** `undefined` for what Trino does not send for the type. */
type Convert = (value: unknown) => CellValue | undefined

const asText: Convert = value => (typeof value === 'string' ? value : undefined)

/** Arrays, maps and rows, and types that are not known here. */
function asJson(value: unknown): CellValue | undefined {
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return undefined // Nested beyond the stack.
  }
}

/** Trino writes what JSON numbers cannot say as text: `NaN`, `Infinity`, and large integers (see `parseExact`). */
function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^(NaN|-?(Infinity|\d{1,300}))$/.test(value)
    ? Number(value)
    : undefined
}

const asInteger: Convert = value => (Number.isSafeInteger(value) ? (value as number) : undefined)

function asBigint(value: unknown): bigint | undefined {
  const whole =
    Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,19}$/.test(value))
  return whole ? BigInt(value as number | string) : undefined
}

const asBoolean: Convert = value => (typeof value === 'boolean' ? value : undefined)

/** `2024-01-01 10:00:00.123456`, with ` UTC` where the type has a zone; other zones stay in the text. */
const asTimestamp: Convert = value =>
  typeof value === 'string' ? value.replace(' ', 'T').replace(/ UTC$/, '') : undefined

const CONVERTERS: Readonly<Record<string, Convert>> = {
  bigint: asBigint,
  integer: asInteger,
  smallint: asInteger,
  tinyint: asInteger,
  double: asNumber,
  real: asNumber,
  boolean: asBoolean,
  timestamp: asTimestamp,
  varchar: asText,
  char: asText,
  varbinary: asText,
  decimal: asText,
  date: asText,
  time: asText,
  interval: asText,
  uuid: asText,
  json: asText,
}

/**
 * Reader of a column's values by Trino's spelling of its type. Decimals, dates, times, uuids and intervals are text as Trino
 * writes them, binary values base64; arrays, maps and rows are JSON text.
 * @throws HttpFailure for a value that Trino does not send for the type
 */
export function cellReader({
  name,
  type,
}: {
  readonly name: string
  readonly type: string
}): (value: unknown) => CellValue {
  const kind = type.replace(/[( ].*$/, '').toLowerCase()
  const convert = Object.hasOwn(CONVERTERS, kind) ? CONVERTERS[kind]! : asJson
  return value => {
    if (value === null || value === undefined) return null
    const cell = convert(value)
    if (cell !== undefined) return cell
    throw new HttpFailure(
      `sent a value that is no ${shortText(type)} in column ${shortText(name)}`,
      { kind: 'answer' },
    )
  }
}

/** A count that Trino sent as a cell; `null` for anything else. */
export const countOf = (value: unknown): number | null => CountSchema.safeParse(value).data ?? null

/** A name of the server's for a message. */
export const shortText = (text: string): string =>
  text.length > 100 ? `${text.slice(0, 100)}…` : text
