import { type BinaryToTextEncoding, hash } from 'node:crypto'
import type { ColumnType } from '../contracts/tables'
import { RAW_COLUMNS } from '../workload/raw-columns'

/** A value of one of the 41 columns; a timestamp in microseconds since the epoch. */
export type Cell = number | boolean | string | Uint8Array | null

const MODULUS = 1n << 128n
const WORD = 2 ** 32
const text = new TextEncoder()

/**
 * Order-insensitive digest of rows: the sum modulo 2¹²⁸ of each row's first 16 SHA-256 bytes (little-endian). It does not
 * depend on how rows are cut into files, and the digest of a corpus is the sum over its files.
 *
 * A row's canonical bytes are its 41 values in file order. NULL is one byte 0; any other value is one byte 1 and then: `long`
 * and `timestamp` (microseconds) 8 bytes, `int` 4, `double` 8 (one NaN), all little-endian; `boolean` one byte 0 or 1; `string`
 * its length in UTF-8 bytes (4 bytes, little-endian) and those bytes.
 */
export class RowDigest {
  private bytes = new Uint8Array(16_384)
  private view = new DataView(this.bytes.buffer)
  private at = 0
  private sum = 0n
  /** Sums of the four 32-bit lanes since the last carry; exact below 2²¹ rows. */
  private readonly lanes = new Float64Array(4)
  private pending = 0

  /** @param columns values by column in file order; the first `rows` of each count */
  add(columns: readonly (readonly Cell[])[], rows: number): void {
    for (let row = 0; row < rows; row++) {
      this.at = 0
      for (let c = 0; c < RAW_COLUMNS.length; c++)
        this.append(RAW_COLUMNS[c]!.type, columns[c]![row]!)
      this.addHash(
        hash('sha256', this.bytes.subarray(0, this.at), 'latin1' as BinaryToTextEncoding),
      )
    }
  }

  /** 32 hex digits. */
  toString(): string {
    this.carry()
    return this.sum.toString(16).padStart(32, '0')
  }

  private append(type: ColumnType, value: Cell): void {
    this.ensure(16)
    if (value === null) {
      this.bytes[this.at++] = 0
      return
    }
    this.bytes[this.at++] = 1
    if (typeof value === 'string') this.string(value)
    else if (typeof value === 'object') this.block(value)
    else if (typeof value === 'boolean') this.bytes[this.at++] = value ? 1 : 0
    else this.number(type, value)
  }

  private number(type: ColumnType, value: number): void {
    if (type === 'double') {
      this.view.setFloat64(this.at, Number.isNaN(value) ? Number.NaN : value, true)
      this.at += 8
    } else if (type === 'int') {
      this.view.setInt32(this.at, value, true)
      this.at += 4
    } else {
      const high = Math.floor(value / WORD)
      this.view.setUint32(this.at, value - high * WORD, true)
      this.view.setInt32(this.at + 4, high, true)
      this.at += 8
    }
  }

  private string(value: string): void {
    const start = this.at + 4
    this.ensure(4 + 3 * value.length)
    let ascii = true
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 127) ascii = false
      this.bytes[start + i] = code
    }
    if (ascii) {
      this.view.setUint32(this.at, value.length, true)
      this.at = start + value.length
    } else this.block(text.encode(value))
  }

  private block(value: Uint8Array): void {
    this.ensure(4 + value.length)
    this.view.setUint32(this.at, value.length, true)
    this.bytes.set(value, this.at + 4)
    this.at += 4 + value.length
  }

  private ensure(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const larger = new Uint8Array(2 * (this.at + more))
    larger.set(this.bytes)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }

  private addHash(digest: string): void {
    for (let lane = 0; lane < 4; lane++) {
      const i = lane * 4
      const low =
        digest.charCodeAt(i) | (digest.charCodeAt(i + 1) << 8) | (digest.charCodeAt(i + 2) << 16)
      this.lanes[lane]! += low + digest.charCodeAt(i + 3) * 16777216
    }
    if (++this.pending === 1_000_000) this.carry()
  }

  private carry(): void {
    let total = this.sum
    for (let lane = 0; lane < 4; lane++) total += BigInt(this.lanes[lane]!) << BigInt(32 * lane)
    this.sum = total % MODULUS
    this.lanes.fill(0)
    this.pending = 0
  }
}

/** The digest of several parts from theirs. */
export function sumDigests(digests: Iterable<string>): string {
  let sum = 0n
  for (const digest of digests) sum = (sum + BigInt(`0x${digest}`)) % MODULUS
  return sum.toString(16).padStart(32, '0')
}
