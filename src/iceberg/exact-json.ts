import { randomUUID } from 'node:crypto'

/** Strings are matched so that digits inside them are left alone. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * `JSON.parse` that keeps every integer: what a double cannot hold exactly becomes a bigint. Snapshot ids are 63-bit numbers.
 *
 * @throws SyntaxError as JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
  const mark = randomUUID()
  const marked = text.replace(STRING_OR_NUMBER, token =>
    token[0] !== '"' && /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))
      ? `"${mark}${token}"`
      : token,
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
