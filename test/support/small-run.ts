import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LakebenchConfigInput } from '../../src/config/load'
import { type RunOptions, type RunResult, runBatch } from '../../src/run'
import { placeCorpus } from './corpus'

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
export const freshRun = (
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

/** The same where raw data is no matter: a copy of a corpus is put where none is, and reused. */
export async function smallRun(...given: Parameters<typeof freshRun>): Promise<RunResult> {
  const [dir, config, { generate = true } = {}] = given
  if (generate && !existsSync(join(dir, 'data/bronze'))) await placeRaw(dir, config?.datagen)
  return freshRun(...given)
}

/** Raw data in `dir` as a run of it would generate. */
export const placeRaw = (dir: string, datagen: object = {}): Promise<void> =>
  placeCorpus(join(dir, 'data'), { ...SMALL.datagen, ...datagen })

export const rawDir = (dir: string): string => join(dir, 'data/bronze/customer/interactions')
