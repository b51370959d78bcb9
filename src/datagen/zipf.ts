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
