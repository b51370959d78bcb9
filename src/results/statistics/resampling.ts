import { median, medianAbsoluteDeviation } from './moments'

/** Numbers in 0..1 that depend only on the seed (mulberry32), so that an order or a p-value can be had again from its record. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A permutation that depends only on the seed (Fisher–Yates). */
export function seededShuffle<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed)
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
  }
  return shuffled
}

/** Ends of an interval that holds the value with 95 % confidence. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** Below this no interval of 95 % is claimed: of five samples, fastest to slowest holds the median in 94 % of cases. */
export const LEAST_SAMPLES = 5
const RESAMPLES = 1000
const TAIL = 0.025

/**
 * Medians of resampled series, `RESAMPLES` of them; `null` for fewer than `LEAST_SAMPLES`. Blocks of neighbors are drawn
 * together, since executions that follow each other share the machine's good and bad moments.
 *
 * Source: circular block bootstrap, Politis and Romano 1992; block length n^(1/3), Hall, Horowitz and Jing 1995.
 */
export function bootstrapMedians(
  samples: readonly number[],
  seed: number,
): readonly number[] | null {
  const n = samples.length
  if (n < LEAST_SAMPLES) return null
  const block = Math.ceil(Math.cbrt(n))
  const random = seededRandom(seed)
  const drawn = new Float64Array(n)
  return Array.from({ length: RESAMPLES }, () => {
    for (let i = 0, start = 0; i < n; i++) {
      if (i % block === 0) start = Math.floor(random() * n)
      drawn[i] = samples[(start + (i % block)) % n]!
    }
    drawn.sort()
    return (drawn[(n - 1) >> 1]! + drawn[n >> 1]!) / 2
  })
}

/** The 2.5th to the 97.5th percentile. Source: percentile interval, Efron and Tibshirani 1993, chapter 13. */
export function percentileInterval(resampled: readonly number[]): Interval {
  const sorted = [...resampled].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { low: at(TAIL), high: at(1 - TAIL) }
}

/** 95 % interval of the median; `null` for too few samples. */
export function medianInterval(samples: readonly number[], seed: number): Interval | null {
  const medians = bootstrapMedians(samples, seed)
  return medians && percentileInterval(medians)
}

/** A sample is an outlier from this many scaled deviations and this multiple of the median on. */
const OUTLIER = { deviations: 5, ratio: 1.5 }
/** Makes the median absolute deviation that of a normal distribution. Source: Rousseeuw and Croux 1993. */
const NORMAL_SCALE = 1.4826

/** Samples far above the others, as a pause of the process or a stolen core leaves them. */
export function outliersOf(samples: readonly number[]): readonly number[] {
  if (samples.length < 3) return []
  const centre = median(samples)
  const deviation = NORMAL_SCALE * medianAbsoluteDeviation(samples)
  return samples.filter(
    value => value > centre + OUTLIER.deviations * deviation && value > OUTLIER.ratio * centre,
  )
}
