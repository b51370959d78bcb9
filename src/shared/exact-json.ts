import { randomUUID } from 'node:crypto'

/** A run of digits that a double may not hold. Shorter text needs no second look. */
const MAY_BE_LARGE = /\d{16}/
/** Strings are matched so that digits inside them are left alone. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

const LARGE_INTEGER = /^-?\d{16,}$/

/** JSON text with each integer of 16 digits and more replaced: as a number it would be rounded. */
export function replaceLargeIntegers(text: string, replace: (digits: string) => string): string {
  if (!MAY_BE_LARGE.test(text)) return text
  return text.replace(STRING_OR_NUMBER, token =>
    LARGE_INTEGER.test(token) ? replace(token) : token,
  )
}

/**
 * `JSON.parse` that keeps every integer: what a double cannot hold exactly becomes a bigint. Snapshot ids are 63-bit numbers.
 *
 * @throws SyntaxError as JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
  const mark = randomUUID()
  const marked = replaceLargeIntegers(text, digits =>
    Number.isSafeInteger(Number(digits)) ? digits : `"${mark}${digits}"`,
  )
  if (marked === text) return JSON.parse(text)
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  )
}

/** `JSON.stringify` that writes bigints as the numbers they are. */
export function stringifyExactJson(value: unknown): string {
  const mark = randomUUID()
  const text = JSON.stringify(value, (_key, v: unknown) =>
    typeof v === 'bigint' ? mark + String(v) : v,
  )
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
}
