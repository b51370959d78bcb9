import { seededRandom } from '../statistics/resampling'

/** Log ratios of one metric by round; `null` where a round has none. */
export type Column = readonly (number | null)[]

export interface FlipTest {
  /** By column; `null` for a column with fewer than two values. */
  readonly adjusted_p: readonly (number | null)[]
  /** Limit that the largest |T| of the family exceeds in 5 % of the flips; `null` without columns. */
  readonly critical: number | null
  readonly flips: number
}

export interface FlipOptions {
  /** Seed of the random flips that more than 12 rounds get. */
  readonly seed: number
}

/** Up to so many rounds every pattern of signs is tried: 2^(n−1), as turning all signs changes nothing. */
const MOST_EXACT = 12
const RANDOM_FLIPS = 9999
/** A spread below 0.2 % is luck of few rounds, and dividing by it makes any difference look large. */
const LEAST_SPREAD = 0.002

/**
 * Family-adjusted p of every column. The sign of whole rounds is flipped, all columns together, so that what they share stays
 * shared; what counts is the largest |T| over the columns. Source: Westfall and Young's single-step max-T over sign flips.
 *
 * p is the share of flips whose largest |T| reaches the column's own: of all patterns up to 12 rounds, else
 * (hits + 1) / (9,999 + 1) of random ones.
 */
export function signFlipMaxT(columns: readonly Column[], options: FlipOptions): FlipTest {
  const family = new Family(columns)
  if (family.size === 0) return { adjusted_p: columns.map(() => null), critical: null, flips: 0 }
  const observed = family.statistics()
  const exact = family.rounds <= MOST_EXACT
  const maxima = exact ? allFlips(family) : randomFlips(family, options.seed)
  const sorted = Float64Array.from(maxima).sort()
  const reached = (t: number) => sorted.length - firstAtLeast(sorted, t * (1 - 1e-9))
  const p = observed.map(t =>
    exact ? reached(t) / sorted.length : (reached(t) + 1) / (sorted.length + 1),
  )
  return {
    adjusted_p: columns.map((_, column) => p[family.indexOf(column)] ?? null),
    critical: sorted[Math.ceil(0.95 * sorted.length) - 1]!,
    flips: sorted.length,
  }
}

/** The columns that can be tested, with their sums under the present signs. */
class Family {
  readonly rounds: number
  private readonly used: readonly number[]
  private readonly values: readonly (readonly number[])[]
  private readonly counts: readonly number[]
  private readonly squares: readonly number[]
  private readonly sums: number[]
  private readonly signs: number[]

  constructor(columns: readonly Column[]) {
    const enough = (column: Column) => column.filter(d => d !== null).length >= 2
    this.used = [...columns.keys()].filter(i => enough(columns[i]!))
    // A missing round adds nothing, whatever its sign.
    this.values = this.used.map(i => columns[i]!.map(d => d ?? 0))
    this.counts = this.used.map(i => columns[i]!.filter(d => d !== null).length)
    this.squares = this.values.map(column => column.reduce((sum, d) => sum + d * d, 0))
    this.sums = this.values.map(column => column.reduce((sum, d) => sum + d, 0))
    this.rounds = Math.max(0, ...this.values.map(column => column.length))
    this.signs = new Array<number>(this.rounds).fill(1)
  }

  get size(): number {
    return this.used.length
  }

  indexOf(column: number): number {
    return this.used.indexOf(column)
  }

  flip(round: number): void {
    const change = -2 * this.signs[round]!
    this.signs[round] = -this.signs[round]!
    for (let j = 0; j < this.values.length; j++)
      this.sums[j] = this.sums[j]! + change * (this.values[j]![round] ?? 0)
  }

  /** |T| of each column under the present signs. */
  statistics(): number[] {
    return this.values.map((_, j) => this.statistic(j))
  }

  /** Of all columns; asked for once a flip, and so without a list. */
  largest(): number {
    let largest = 0
    for (let j = 0; j < this.values.length; j++) largest = Math.max(largest, this.statistic(j))
    return largest
  }

  private statistic(j: number): number {
    const n = this.counts[j]!
    const mean = this.sums[j]! / n
    const spread = Math.sqrt(Math.max(0, this.squares[j]! - n * mean * mean) / (n - 1))
    return (Math.abs(mean) * Math.sqrt(n)) / Math.max(spread, LEAST_SPREAD)
  }
}

/** In Gray's order, so that one sign changes from one pattern to the next. */
function allFlips(family: Family): number[] {
  const patterns = 2 ** (family.rounds - 1)
  const maxima = [family.largest()]
  for (let i = 1; i < patterns; i++) {
    family.flip(Math.log2(i & -i))
    maxima.push(family.largest())
  }
  return maxima
}

function randomFlips(family: Family, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: RANDOM_FLIPS }, () => {
    for (let round = 0; round < family.rounds; round++) if (random() < 0.5) family.flip(round)
    return family.largest()
  })
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
