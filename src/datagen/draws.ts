import { ROW_SPAN, WORDS_AT } from './keystream'

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
