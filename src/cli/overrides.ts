import type { BenchmarkConfig, ContinuousConfig, LakebenchConfigInput } from '../config/schema'
import type { QueryClass } from '../contracts/choices'

export interface ScaleOption {
  readonly scale?: number
}

export interface BenchmarkFlags {
  readonly mode?: string
  readonly streams?: number
  readonly cold?: boolean
  readonly iterations?: number
  readonly minSeconds?: number
  readonly class?: readonly string[]
}

/** Flags as config, so that the one door checks them together with the file. */
export function scaleOverride({ scale }: ScaleOption): LakebenchConfigInput {
  return { architecture: { workload: { datagen: { scale } } } }
}

export interface ContinuousFlags {
  readonly continuous?: boolean
  readonly duration?: number
  readonly profile?: string
}

/** The flags of `run` as config. */
export function runOverride({
  scale,
  continuous,
  duration,
  profile,
}: ContinuousFlags & ScaleOption): LakebenchConfigInput {
  const pipeline = {
    mode: continuous ? ('continuous' as const) : undefined,
    continuous: { run_duration: duration, profile: profile as ContinuousConfig['profile'] },
  }
  return { architecture: { pipeline, ...scaleOverride({ scale }).architecture } }
}

/** The flags of `benchmark` as config. */
export function benchmarkOverride(flags: BenchmarkFlags): LakebenchConfigInput {
  const benchmark = {
    mode: flags.mode as BenchmarkConfig['mode'],
    streams: flags.streams,
    cache: flags.cold ? ('cold' as const) : undefined,
    iterations: flags.iterations,
    min_seconds: flags.minSeconds,
    classes: flags.class?.map(className),
  }
  return { architecture: { benchmark } }
}

/** The product page writes `filter/prune`, the config `filter_prune`. */
const className = (name: string) => name.trim().replace(/[/-]/g, '_') as QueryClass
