import type { ResolvedConfig } from '../contracts/config'
import { SILVER_TARGET_FILE_SIZE } from '../contracts/limits'
import { choosePartitioning } from './partitioning'
import { StrategySelector } from './strategy-selector'

/** How silver is written, decided when its source has been profiled: as configured, or by what the profile shows. */
export function silverDecisions(config: ResolvedConfig) {
  const { silver_strategy, strategy_thresholds, silver_partitioning } = config.architecture.pipeline
  const selector = new StrategySelector({
    thresholds: strategy_thresholds,
    ...(silver_strategy !== 'auto' && { override: silver_strategy }),
  })
  return {
    strategy: (profile: Parameters<StrategySelector['select']>[0]) => selector.select(profile),
    partitioning: (profile: {
      bytes: number
      dates: number
      min_date: string | null
      max_date: string | null
    }) =>
      choosePartitioning({
        granularity: silver_partitioning,
        bytes: profile.bytes,
        dates: profile.dates,
        months: monthsBetween(profile.min_date, profile.max_date),
        targetFileSize: SILVER_TARGET_FILE_SIZE,
      }),
  }
}

function monthsBetween(min: string | null, max: string | null): number {
  if (!min || !max) return 0
  const [a, b] = [new Date(min), new Date(max)]
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth() + 1
}
