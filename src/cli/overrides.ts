import type { LakebenchConfigInput } from '../config/input'
import type { BenchmarkConfig, QueryClass } from '../contracts/config'

export interface ScaleOption {
  readonly scale?: number
}

export interface BenchmarkFlags {
  readonly mode?: string
  readonly streams?: number
  readonly cold?: boolean
  readonly iterations?: number
  readonly class?: readonly string[]
}

/** Flags as config, so that the one door checks them together with the file. */
export function scaleOverride({ scale }: ScaleOption): LakebenchConfigInput {
  return scale === undefined ? {} : { architecture: { workload: { datagen: { scale } } } }
}

export function benchmarkOverride(flags: BenchmarkFlags): LakebenchConfigInput {
  const overrides = {
    ...(flags.mode !== undefined && { mode: flags.mode as BenchmarkConfig['mode'] }),
    ...(flags.streams !== undefined && { streams: flags.streams }),
    ...(flags.cold && { cache: 'cold' as const }),
    ...(flags.iterations !== undefined && { iterations: flags.iterations }),
    ...(flags.class !== undefined && { classes: flags.class.map(className) }),
  }
  return Object.keys(overrides).length === 0 ? {} : { architecture: { benchmark: overrides } }
}

/** The product page writes `filter/prune`, the config `filter_prune`. */
const className = (name: string) => name.trim().replace(/[/-]/g, '_') as QueryClass
