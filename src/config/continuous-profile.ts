import type { ContinuousConfig, ResolvedConfig } from './schema'
import { at, type Tree } from './tree'

const CONTINUOUS = 'architecture.pipeline.continuous'

/** Values that the short profile lays under the user's; those of `default` are the schema's own. */
const SHORT: Partial<ContinuousConfig> = {
  run_duration: 60,
  bronze_trigger_interval: 2,
  silver_trigger_interval: 4,
  gold_refresh_interval: 8,
  benchmark_warmup: 8,
  benchmark_interval: 8,
}

export function profileDefaults(given: Tree): Tree {
  const short = at(given, `${CONTINUOUS}.profile`.split('.')) === 'short'
  return short ? { architecture: { pipeline: { continuous: SHORT } } } : {}
}

/** Smallest values of the default profile: shorter ones measure the start of a run rather than the run. */
const LEAST: readonly (readonly [keyof ContinuousConfig, number, string])[] = [
  ['run_duration', 60, ' seconds'],
  ['benchmark_interval', 300, ' seconds'],
  // The page lets users lower the warm-up together with the gold interval, so its floor is lower than the interval's.
  ['benchmark_warmup', 60, ' seconds'],
  ['bronze_target_file_size_mb', 32, ''],
  ['silver_target_file_size_mb', 32, ''],
  ['gold_target_file_size_mb', 32, ''],
]

export const PROFILE_RULES = LEAST.map(([key, least, unit]) => ({
  keys: [`${CONTINUOUS}.profile`, `${CONTINUOUS}.${key}`],
  check: ({ architecture: { pipeline } }: ResolvedConfig) =>
    pipeline.continuous.profile === 'default' && Number(pipeline.continuous[key]) < least
      ? `must be at least ${least}${unit}, except with \`profile: short\`.`
      : null,
}))
