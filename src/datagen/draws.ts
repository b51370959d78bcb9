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

const WORD = 2 ** 32
const WORDS_PER_ROW = ROW_SPAN / 4
const FIRST_WORD = WORDS_AT / 4

/** One slot a draw, whatever the row turns out to be: a column never shifts another's randomness. Two-word slots are wide. */
export const SLOT = {
  timestamp: 0,
  customer: 2,
  date_skew: 4,
  email_number: 5,
  email_domain: 6,
  email_duplicate: 7,
  email_dirty: 8,
  email_mode: 9,
  phone_area: 10,
  phone_prefix: 11,
  phone_line: 12,
  phone_format: 13,
  phone_dirty: 14,
  phone_mode: 15,
  phone_fresh_area: 16,
  phone_fresh_prefix: 17,
  phone_fresh_line: 18,
  place: 19,
  city_dirty: 20,
  state_dirty: 21,
  state_variant: 22,
  zip: 23,
  ip: 24,
  interaction_type: 28,
  product: 29,
  category: 30,
  amount_radius: 31,
  amount_angle: 32,
  currency: 33,
  channel: 34,
  device: 35,
  browser: 36,
  page_views: 37,
  time_on_site: 38,
  clicks: 39,
  cart: 40,
  items: 41,
  ticket: 42,
  issue: 43,
  satisfaction: 44,
  has_campaign: 45,
  campaign: 46,
  utm_source: 47,
  utm_medium: 48,
  redeems: 49,
  redeemed: 50,
  data_source: 51,
  quality_flag: 52,
  agent_browser: 53,
  agent_version: 54,
  agent_device: 55,
  agent_os: 56,
} as const

/** The draws of one row at a time out of a stretch of keystream. */
export class Draws {
  private words = new Uint32Array(0)
  private base = 0

  load(keystream: Uint8Array<ArrayBuffer>): void {
    this.words = new Uint32Array(keystream.buffer, keystream.byteOffset, keystream.byteLength / 4)
  }

  /** Look at row `index` of the stretch. */
  row(index: number): void {
    this.base = index * WORDS_PER_ROW + FIRST_WORD
  }

  /** Uniform integer in [0, n); n at most 2²⁰, so that the bias stays below 2⁻¹². */
  below(n: number, slot: number): number {
    return Math.floor((this.words[this.base + slot]! * n) / WORD)
  }

  /** Uniform in [0, 1), 32 bits. */
  unit(slot: number): number {
    return this.words[this.base + slot]! / WORD
  }

  /** Uniform in [0, 1), 53 bits out of two words. */
  wideUnit(slot: number): number {
    const high = this.words[this.base + slot]! >>> 5
    const low = this.words[this.base + slot + 1]! >>> 6
    return (high * 67108864 + low) / 9007199254740992
  }

  /** Index into a list of cumulative shares that ends at 1. */
  weighted(cumulative: readonly number[], slot: number): number {
    const u = this.unit(slot)
    let index = 0
    while (u >= cumulative[index]!) index++
    return index
  }
}

/** Shares to what `weighted` takes; the last is 1 whatever the rounding. */
export function cumulative(shares: readonly number[]): number[] {
  let sum = 0
  const sums = shares.map(share => (sum += share))
  sums[sums.length - 1] = 1
  return sums
}

const HEAD_RANKS = 10_000

/**
 * Ranks 1..n with P(k) proportional to k^-s, by inversion of a uniform number. The first ranks come from an exact cumulative
 * table; beyond it the sum is the midpoint rule's integral ∫ x^-s dx from k - ½ to k + ½, whose relative error
 * s(s + 1) ÷ (24 k²) is below 10⁻⁸ from rank 10,001 on for s up to 4.
 */
export class Zipf {
  private readonly head: Float64Array
  /** Weights, not probabilities. */
  private readonly headWeight: number
  private readonly totalWeight: number
  private readonly tailStart: number

  constructor(
    private readonly n: number,
    private readonly exponent: number,
    headRanks = HEAD_RANKS,
  ) {
    const ranks = Math.min(n, headRanks)
    this.head = new Float64Array(ranks)
    let sum = 0
    for (let k = 1; k <= ranks; k++) {
      sum += k ** -exponent
      this.head[k - 1] = sum
    }
    this.headWeight = sum
    this.tailStart = ranks + 0.5
    this.totalWeight =
      sum + (n > ranks ? this.integral(n + 0.5) - this.integral(this.tailStart) : 0)
  }

  /** The rank that `u` in [0, 1) stands for: the least k whose cumulative probability exceeds `u`. */
  rank(u: number): number {
    const target = u * this.totalWeight
    return target < this.headWeight
      ? this.headRank(target)
      : this.tailRank(target - this.headWeight)
  }

  private headRank(target: number): number {
    let low = 0
    let high = this.head.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.head[middle]! > target) high = middle
      else low = middle + 1
    }
    return low + 1
  }

  private tailRank(target: number): number {
    const x = this.inverse(this.integral(this.tailStart) + target)
    return Math.min(this.n, Math.max(this.head.length + 1, Math.round(x)))
  }

  private integral(x: number): number {
    return this.exponent === 1 ? Math.log(x) : x ** (1 - this.exponent) / (1 - this.exponent)
  }

  private inverse(y: number): number {
    return this.exponent === 1
      ? Math.exp(y)
      : (y * (1 - this.exponent)) ** (1 / (1 - this.exponent))
  }
}
