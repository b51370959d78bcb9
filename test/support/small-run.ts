import { join } from 'node:path'
import type { LakebenchConfigInput } from '../../src/config/load'
import { type RunOptions, type RunResult, runBatch } from '../../src/run'

/** About 2,500 rows in three files: small enough for a second, large enough for every query to have rows. */
export const SMALL = {
  scale: 0.001,
  datagen: { scale: 0.001, file_size: '4mb', workers: 1 },
} as const

/** Each query once: the default of a second for each would make every run of a test eight seconds longer. */
export const BRIEF = { iterations: 1, min_seconds: 0 } as const

type PipelineInput = NonNullable<NonNullable<LakebenchConfigInput['architecture']>['pipeline']>

interface SmallConfig {
  readonly pipeline?: PipelineInput
  readonly datagen?: object
  readonly benchmark?: object
  readonly platform?: object
  readonly tables?: object
}

/** The config of a small embedded run in `dir`. */
export const smallConfig = (dir: string, config: SmallConfig = {}): LakebenchConfigInput =>
  ({
    name: 'small',
    platform: { storage: { type: 'local', path: join(dir, 'data') }, ...config.platform },
    architecture: {
      pipeline: config.pipeline ?? {},
      workload: { datagen: { ...SMALL.datagen, ...config.datagen } },
      benchmark: { ...BRIEF, ...config.benchmark },
      ...(config.tables && { tables: config.tables }),
    },
  }) as LakebenchConfigInput

/** A whole embedded run in `dir`, generation included unless said otherwise. */
export const smallRun = (
  dir: string,
  config: SmallConfig = {},
  options: RunOptions = {},
): Promise<RunResult> =>
  runBatch(smallConfig(dir, config), {
    generate: true,
    outputDir: join(dir, 'output'),
    reject: false,
    ...options,
  })

export const rawDir = (dir: string): string => join(dir, 'data/bronze/customer/interactions')
