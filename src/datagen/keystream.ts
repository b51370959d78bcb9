import { createCipheriv, createHash } from 'node:crypto'

/** Bytes of the keystream that belong to one row: whole AES blocks, with room for later columns. */
export const ROW_SPAN = 2560
const BLOCK = 16
const BLOCKS_PER_ROW = BigInt(ROW_SPAN / BLOCK)

/** Where a row's bytes go. Offsets within its span. */
export const PAYLOAD_BYTES = 2048
export const FINGERPRINT_AT = PAYLOAD_BYTES
export const FINGERPRINT_BYTES = 32
export const EVENT_ID_AT = FINGERPRINT_AT + FINGERPRINT_BYTES
export const SESSION_ID_AT = EVENT_ID_AT + BLOCK
/** From here on the span is little-endian 32-bit words, one a draw. */
export const WORDS_AT = SESSION_ID_AT + BLOCK

/** `first 16 bytes of sha256("lakebench/customer360/v1/seed=<seed>")`, so that two seeds share nothing. */
export function seedKey(seed: number, purpose = ''): Buffer {
  return createHash('sha256')
    .update(`lakebench/customer360/v1/seed=${seed}${purpose}`)
    .digest()
    .subarray(0, BLOCK)
}

/**
 * A seed's randomness by row number: an AES-128-CTR keystream of which row n owns bytes [n × ROW_SPAN, (n + 1) × ROW_SPAN).
 * Any range of rows is reached by setting the counter, so a row does not depend on which file or worker makes it.
 */
export class Keystream {
  private readonly key: Buffer
  private zeros = Buffer.alloc(0)

  constructor(seed: number) {
    this.key = seedKey(seed)
  }

  /** `count × ROW_SPAN` bytes of the rows from `first` on, 4-byte aligned. */
  rows(first: number, count: number): Uint8Array<ArrayBuffer> {
    const length = count * ROW_SPAN
    if (this.zeros.length < length) this.zeros = Buffer.alloc(length)
    const counter = Buffer.alloc(BLOCK)
    const block = BigInt(first) * BLOCKS_PER_ROW
    counter.writeBigUInt64BE(block >> 64n, 0)
    counter.writeBigUInt64BE(BigInt.asUintN(64, block), 8)
    const bytes = createCipheriv('aes-128-ctr', this.key, counter).update(
      this.zeros.subarray(0, length),
    )
    return bytes.byteOffset % 4 === 0 ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
  }
}
