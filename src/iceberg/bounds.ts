import type { ColumnType } from '../contracts/tables'
import type { Bound } from './types'

/** Iceberg's default for string bounds (`write.metadata.metrics.default = truncate(16)`), in code points. */
const BOUND_LENGTH = 16
const LAST_CODE_POINT = 0x10ffff

/** A lower bound as Iceberg's single-value binary form; `null` where none can be given. */
export function encodeLowerBound(value: Bound | null, type: ColumnType): Buffer | null {
  if (typeof value === 'string' && type === 'string') {
    // A lone surrogate has no place in UTF-8, and its replacement would sort elsewhere.
    return hasLoneSurrogate(value) ? null : Buffer.from([...value].slice(0, BOUND_LENGTH).join(''))
  }
  // -0 sorts before 0, and a file may hold either.
  return encodeBound(value === 0 && type === 'double' ? -0 : value, type)
}

/** An upper bound; a shortened string is raised, so that it stays above every value. */
export function encodeUpperBound(value: Bound | null, type: ColumnType): Buffer | null {
  if (typeof value === 'string' && type === 'string') {
    const bound = hasLoneSurrogate(value) ? null : truncateUpper(value)
    return bound === null ? null : Buffer.from(bound)
  }
  return encodeBound(value === 0 && type === 'double' ? 0 : value, type)
}

/** The shortest raise of the first 16 code points; `null` where all of them are the last one there is. */
export function truncateUpper(value: string): string | null {
  const points = [...value].map(c => c.codePointAt(0)!)
  if (points.length <= BOUND_LENGTH) return value
  const kept = points.slice(0, BOUND_LENGTH)
  while (kept.length > 0 && kept.at(-1) === LAST_CODE_POINT) kept.pop()
  if (kept.length === 0) return null
  const raised = kept.pop()! + 1
  return String.fromCodePoint(...kept, raised === 0xd800 ? 0xe000 : raised)
}

function encodeBound(value: Bound | null, type: ColumnType): Buffer | null {
  if (value === null) return null
  const buffer = Buffer.alloc(type === 'boolean' ? 1 : type === 'int' || type === 'date' ? 4 : 8)
  switch (type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, type)
      buffer.writeUInt8(value ? 1 : 0)
      return buffer
    case 'int':
    case 'date':
      if (typeof value !== 'number') throw mismatch(value, type)
      buffer.writeInt32LE(value)
      return buffer
    case 'long':
    case 'timestamp':
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) throw mismatch(value, type)
      buffer.writeBigInt64LE(BigInt(value))
      return buffer
    case 'double':
      if (typeof value !== 'number') throw mismatch(value, type)
      // NaN has no place in an order.
      if (Number.isNaN(value)) return null
      buffer.writeDoubleLE(value)
      return buffer
    default:
      throw mismatch(value, type)
  }
}

/** @throws Error when the length does not fit the type. */
export function decodeBound(bytes: Uint8Array, type: ColumnType): Bound | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case 'boolean':
      return buffer.readUInt8() !== 0
    case 'int':
    case 'date':
      return buffer.readInt32LE()
    case 'long':
      // A column widened from int keeps the four bytes of its older files.
      return buffer.length === 4 ? BigInt(buffer.readInt32LE()) : buffer.readBigInt64LE()
    case 'timestamp':
      return buffer.readBigInt64LE()
    case 'double':
      return buffer.readDoubleLE()
    case 'string':
      return buffer.toString('utf8')
    case 'string_list':
      return null
  }
}

const hasLoneSurrogate = (text: string) => /\p{Surrogate}/u.test(text)

const mismatch = (value: Bound, type: ColumnType) =>
  new TypeError(
    `A bound of a ${type} column cannot be ${typeof value} ${String(value).slice(0, 40)}`,
  )
