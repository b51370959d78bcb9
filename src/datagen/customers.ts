import { seedKey } from './keystream'
import { LOYALTY_TIER_SHARES, LOYALTY_TIERS, MEMBER_SHARE } from './vocabulary'

const WORD = 2 ** 32

/** Values that are constant for a customer: a function of the seed and the customer id alone. */
export class Customers {
  private readonly keys: readonly number[]

  constructor(seed: number) {
    const key = seedKey(seed, '/customers')
    this.keys = [0, 4, 8, 12].map(at => key.readUInt32LE(at))
  }

  /** The loyalty tier, or `null` for the 40 % who are no members. */
  tier(id: number): string | null {
    if (this.unit(id, 0) >= MEMBER_SHARE) return null
    const u = this.unit(id, 2)
    let index = 0
    while (u >= LOYALTY_TIER_SHARES[index]!) index++
    return LOYALTY_TIERS[index]!
  }

  /** Two keyed rounds of MurmurHash3's finalizer over the id's two halves. */
  private unit(id: number, use: 0 | 2): number {
    const low = mix((id >>> 0) ^ this.keys[use]!)
    return mix((low + Math.floor(id / WORD)) ^ this.keys[use + 1]!) / WORD
  }
}

function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
