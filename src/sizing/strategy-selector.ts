import type { ResolvedConfig } from '../config/schema'
import { SILVER_TARGET_FILE_SIZE, STRATEGY_NAMES, type StrategyName } from '../contracts/choices'
import type { BronzeProfile, PartitionDecision, StrategyDecision } from '../contracts/plan'
import { checkOptions } from '../shared/check-options'
import { formatAgainst, formatSize, GIB } from '../shared/format'
import { choosePartitioning } from './partitioning'

/** Where the strategies change over: bytes, bytes, skew as a ratio. */
export type StrategyThresholds = StrategyDecision['thresholds']

/** Where the product page's table changes over: 100 GB and 5 TB (binary), and skew above 100×. */
export const DEFAULT_THRESHOLDS: StrategyThresholds = {
  streaming: 100 * GIB,
  chunked: 5 * 1024 * GIB,
  skew: 100,
}

/** Thresholds other than the built-in ones, or a fixed strategy. */
export interface StrategySelectorOptions {
  /** Bytes, bytes, ratio; what is left out has the page's value. */
  readonly thresholds?: Partial<StrategyThresholds>
  /** Chosen whatever the data looks like; `auto` or nothing: the data decides. */
  readonly override?: StrategyName | 'auto'
}

/**
 * Chooses how silver is written, in this order: override, size ≥ `chunked`, size ≥ `streaming`, skew > `skew`, else simple.
 * Source: the product page's strategy table; size wins over skew.
 */
export class StrategySelector {
  /** Where the strategies change over. */
  readonly thresholds: StrategyThresholds
  /** Taken whatever the profile says; `null`: decided by it. */
  readonly override: StrategyName | null

  constructor(options: StrategySelectorOptions = {}) {
    checkOptions(
      options,
      { thresholds: 'object', override: ['auto', ...STRATEGY_NAMES, null] },
      'StrategySelector',
    )
    checkOptions(
      options.thresholds,
      { streaming: 'number', chunked: 'number', skew: 'number' },
      'thresholds',
    )
    this.thresholds = Object.freeze({ ...DEFAULT_THRESHOLDS, ...options.thresholds })
    this.override =
      options.override === undefined || options.override === 'auto' ? null : options.override
  }

  /**
   * The strategy for data of this size and skew.
   *
   * @param profile bytes of the bronze data, and rows on its hottest date ÷ mean rows per date (1 = even)
   * @throws RangeError where one of them is negative or no number
   */
  select(profile: Pick<BronzeProfile, 'bytes' | 'skew'>): StrategyDecision {
    const { bytes, skew } = profile
    if (!(bytes >= 0) || !(skew >= 0))
      throw new RangeError(
        `A bronze profile has bytes and skew of at least 0; got ${bytes} and ${skew}.`,
      )
    const { strategy, reason } = this.override
      ? { strategy: this.override, reason: `configured; ${sizeAndSkew(bytes, skew)}` }
      : this.choose(bytes, skew)
    return Object.freeze({
      strategy,
      reason,
      overridden: this.override !== null,
      inputs: { bytes, skew },
      thresholds: this.thresholds,
    })
  }

  private choose(bytes: number, skew: number): { strategy: StrategyName; reason: string } {
    const limits = this.thresholds
    const atLeast = (limit: number) =>
      `${formatAgainst(bytes, limit)} of bronze is at least ${formatSize(limit)}`
    if (bytes >= limits.chunked) return { strategy: 'chunked', reason: atLeast(limits.chunked) }
    if (bytes >= limits.streaming)
      return { strategy: 'streaming', reason: atLeast(limits.streaming) }
    const below = `${formatAgainst(bytes, limits.streaming)} of bronze is below ${formatSize(limits.streaming)}`
    if (skew > limits.skew)
      return {
        strategy: 'salted',
        reason: `${below}, and its hottest date has ${ratio(skew, limits.skew)}× the mean, above ${limits.skew}×`,
      }
    return {
      strategy: 'simple',
      reason: `${below}, and its hottest date has ${ratio(skew, limits.skew)}× the mean, not above ${limits.skew}×`,
    }
  }
}

const sizeAndSkew = (bytes: number, skew: number) =>
  `${formatSize(bytes)} of bronze, hottest date ${ratio(skew, skew)}× the mean`

/** Short, but exact where rounding would hide on which side of the limit it lies. */
function ratio(skew: number, limit: number): string {
  const short = Number(skew.toPrecision(3))
  return String(short === limit && skew !== limit ? skew : short)
}

/** Decides how silver is written, once its source has been profiled: as configured, or by what the profile shows. */
export function silverDecisions(
  { architecture: { pipeline } }: ResolvedConfig,
  profile: BronzeProfile,
): { strategy: StrategyDecision; partitioning: PartitionDecision } {
  const { silver_strategy, strategy_thresholds: thresholds, silver_partitioning } = pipeline
  const selector = new StrategySelector({
    thresholds,
    ...(silver_strategy !== 'auto' && { override: silver_strategy }),
  })
  const partitioning = choosePartitioning({
    granularity: silver_partitioning,
    bytes: profile.bytes,
    dates: profile.dates,
    months: monthsBetween(profile.min_date, profile.max_date),
    targetFileSize: SILVER_TARGET_FILE_SIZE,
  })
  return { strategy: selector.select(profile), partitioning }
}

function monthsBetween(min: string | null, max: string | null): number {
  if (!min || !max) return 0
  const [a, b] = [new Date(min), new Date(max)]
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth() + 1
}
