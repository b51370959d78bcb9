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
  return scale === undefined ? {} : { architecture: { workload: { datagen: { scale } } } }
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
  const settings = {
    ...(duration !== undefined && { run_duration: duration }),
    ...(profile !== undefined && { profile: profile as ContinuousConfig['profile'] }),
  }
  const pipeline = {
    ...(continuous && { mode: 'continuous' as const }),
    ...(Object.keys(settings).length > 0 && { continuous: settings }),
  }
  const architecture = {
    ...(Object.keys(pipeline).length > 0 && { pipeline }),
    ...scaleOverride({ ...(scale !== undefined && { scale }) }).architecture,
  }
  return Object.keys(architecture).length > 0 ? { architecture } : {}
}

export function benchmarkOverride(flags: BenchmarkFlags): LakebenchConfigInput {
  const overrides = {
    ...(flags.mode !== undefined && { mode: flags.mode as BenchmarkConfig['mode'] }),
    ...(flags.streams !== undefined && { streams: flags.streams }),
    ...(flags.cold && { cache: 'cold' as const }),
    ...(flags.iterations !== undefined && { iterations: flags.iterations }),
    ...(flags.minSeconds !== undefined && { min_seconds: flags.minSeconds }),
    ...(flags.class !== undefined && { classes: flags.class.map(className) }),
  }
  return Object.keys(overrides).length === 0 ? {} : { architecture: { benchmark: overrides } }
}

/** The product page writes `filter/prune`, the config `filter_prune`. */
const className = (name: string) => name.trim().replace(/[/-]/g, '_') as QueryClass
