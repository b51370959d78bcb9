/** Writes ASCII text into bytes that it does not own. */
export class AsciiWriter {
  private bytes: Uint8Array = new Uint8Array(0)
  at = 0

  /** Go on at `at` in `bytes`. */
  begin(bytes: Uint8Array, at: number): void {
    this.bytes = bytes
    this.at = at
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i)
  }

  /** `value` in exactly `width` digits. */
  digits(value: number, width: number): void {
    let rest = value
    for (let i = this.at + width - 1; i >= this.at; i--) {
      const next = Math.floor(rest / 10)
      this.bytes[i] = 48 + rest - next * 10
      rest = next
    }
    this.at += width
  }

  /** `value`, up to seven digits, without leading zeros. */
  number(value: number): void {
    let width = 1
    for (let bound = 10; value >= bound; bound *= 10) width++
    this.digits(value, width)
  }
}

const HEX = '0123456789abcdef'
/** Two hex digits of a byte as a little-endian pair of characters. */
const HEX_PAIR = Uint16Array.from(
  { length: 256 },
  (_, byte) => HEX.charCodeAt(byte >> 4) | (HEX.charCodeAt(byte & 15) << 8),
)
/** Four hex digits of two bytes. Lower byte first, as it lies in memory. */
const HEX_QUAD = Uint32Array.from(
  { length: 65536 },
  (_, two) => HEX_PAIR[two & 255]! | (HEX_PAIR[two >> 8]! << 16),
)

/** Hex of `source[from .. from + bytes)` into `target` at `at`; all four even, and both arrays over aligned memory. */
export function hexBlock(
  source: Uint16Array,
  from: number,
  bytes: number,
  target: Uint32Array,
  at: number,
): void {
  const [start, end, offset] = [from >> 1, (from + bytes) >> 1, (at >> 2) - (from >> 1)]
  for (let i = start; i < end; i++) target[offset + i] = HEX_QUAD[source[i]!]!
}

const DASH = 45

/** UUIDv4 text of 16 random bytes into 36 characters. */
export function uuidText(source: Uint8Array, from: number, target: Uint8Array, at: number): void {
  let out = at
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) target[out++] = DASH
    let byte = source[from + i]!
    if (i === 6) byte = (byte & 0x0f) | 0x40
    else if (i === 8) byte = (byte & 0x3f) | 0x80
    const pair = HEX_PAIR[byte]!
    target[out++] = pair & 255
    target[out++] = pair >> 8
  }
}
