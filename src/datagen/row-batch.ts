import { PAYLOAD_BYTES } from './draws'

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

/** Text of ASCII bytes, or a word of the vocabulary. */
export type Text = Uint8Array | string

/** The 41 columns of some consecutive rows, in file order; timestamps are microseconds since the epoch, UTC. */
export interface RowColumns {
  readonly id: number[]
  readonly row_id: number[]
  readonly event_timestamp: number[]
  readonly event_id: Text[]
  readonly session_id: Text[]
  readonly customer_id: number[]
  readonly email_raw: Text[]
  readonly phone_raw: Text[]
  readonly interaction_type: Text[]
  readonly product_id: (Text | null)[]
  readonly product_category: (Text | null)[]
  readonly transaction_amount: number[]
  readonly currency: Text[]
  readonly channel: Text[]
  readonly device_type: (Text | null)[]
  readonly browser: (Text | null)[]
  readonly ip_address: Text[]
  readonly city_raw: Text[]
  readonly state_raw: Text[]
  readonly zip_code: Text[]
  readonly page_views: number[]
  readonly time_on_site_seconds: number[]
  readonly bounce_rate: number[]
  readonly click_count: (number | null)[]
  readonly cart_value: number[]
  readonly items_in_cart: (number | null)[]
  readonly support_ticket_id: (Text | null)[]
  readonly issue_category: (Text | null)[]
  readonly satisfaction_score: (number | null)[]
  readonly campaign_id: (Text | null)[]
  readonly utm_source: (Text | null)[]
  readonly utm_medium: (Text | null)[]
  readonly loyalty_member: boolean[]
  readonly loyalty_tier: (Text | null)[]
  readonly points_earned: number[]
  readonly points_redeemed: number[]
  readonly data_source: Text[]
  readonly data_quality_flag: Text[]
  readonly raw_user_agent: Text[]
  readonly session_fingerprint: Text[]
  readonly interaction_payload: Text[]
}

/** Bytes of values that all have one width, with a lasting view of each, so that filling them allocates nothing. */
class FixedText {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The same memory, four characters a word; only where the width is a multiple of four. */
  readonly quads: Uint32Array
  readonly views: Uint8Array[]

  constructor(
    readonly width: number,
    rows: number,
  ) {
    this.bytes = new Uint8Array(4 * Math.ceil((width * rows) / 4))
    this.quads = new Uint32Array(this.bytes.buffer)
    this.views = Array.from(
      { length: rows },
      (_, i) => new Uint8Array(this.bytes.buffer, i * width, width),
    )
  }
}

/** Longest value, with room: `  USER999998.DUPLICATE@@HOTMAIL.COM  ` has 37 characters. */
const VARIABLE_WIDTH = 40

/** The memory in which rows are made, reused from one row group to the next: about `rows` × 4.6 KB. */
export class RowBatch {
  readonly columns: RowColumns
  readonly event_id: FixedText
  readonly session_id: FixedText
  readonly product_id: FixedText
  readonly zip_code: FixedText
  readonly support_ticket_id: FixedText
  readonly session_fingerprint: FixedText
  readonly interaction_payload: FixedText
  readonly email = { bytes: new Uint8Array(0), width: VARIABLE_WIDTH }
  readonly phone = { bytes: new Uint8Array(0), width: VARIABLE_WIDTH }
  readonly ip = { bytes: new Uint8Array(0), width: VARIABLE_WIDTH }

  constructor(readonly rows: number) {
    this.event_id = new FixedText(36, rows)
    this.session_id = new FixedText(36, rows)
    this.product_id = new FixedText(8, rows)
    this.zip_code = new FixedText(5, rows)
    this.support_ticket_id = new FixedText(8, rows)
    this.session_fingerprint = new FixedText(64, rows)
    this.interaction_payload = new FixedText(2 * PAYLOAD_BYTES, rows)
    for (const text of [this.email, this.phone, this.ip])
      text.bytes = new Uint8Array(VARIABLE_WIDTH * rows)
    const numbers = () => new Array<number>(rows).fill(0)
    const words = () => new Array<Text>(rows).fill('')
    const maybe = <T>(value: T) => new Array<T | null>(rows).fill(value)
    this.columns = {
      id: numbers(),
      row_id: numbers(),
      event_timestamp: numbers(),
      event_id: this.event_id.views,
      session_id: this.session_id.views,
      customer_id: numbers(),
      email_raw: words(),
      phone_raw: words(),
      interaction_type: words(),
      product_id: maybe<Text>(''),
      product_category: maybe<Text>(''),
      transaction_amount: new Array<number>(rows).fill(0.5),
      currency: words(),
      channel: words(),
      device_type: maybe<Text>(''),
      browser: maybe<Text>(''),
      ip_address: words(),
      city_raw: words(),
      state_raw: words(),
      zip_code: this.zip_code.views,
      page_views: numbers(),
      time_on_site_seconds: numbers(),
      bounce_rate: numbers(),
      click_count: maybe(0),
      cart_value: new Array<number>(rows).fill(0.5),
      items_in_cart: maybe(0),
      support_ticket_id: maybe<Text>(''),
      issue_category: maybe<Text>(''),
      satisfaction_score: maybe(0),
      campaign_id: maybe<Text>(''),
      utm_source: maybe<Text>(''),
      utm_medium: maybe<Text>(''),
      loyalty_member: new Array<boolean>(rows).fill(false),
      loyalty_tier: maybe<Text>(''),
      points_earned: numbers(),
      points_redeemed: numbers(),
      data_source: words(),
      data_quality_flag: words(),
      raw_user_agent: words(),
      session_fingerprint: this.session_fingerprint.views,
      interaction_payload: this.interaction_payload.views,
    }
  }
}
