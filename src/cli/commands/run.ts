import { configFileOf, loadConfig } from '../../config/load'
import { PrerequisiteError } from '../../contracts/errors'
import { isSeries } from '../../series/series-folder'
import type { ExitCode } from '../exit-codes'
import { InputError } from '../input-error'
import type { OutputOptions } from '../output'
import { type ScaleOption, scaleOverride } from '../overrides'
import { repeatAndShow } from '../repeat-command'
import { runAndShow } from '../run-command'

export interface RunCommandOptions extends OutputOptions, ScaleOption {
  readonly stage?: string
  readonly timeout?: number
  readonly skipBenchmark?: boolean
  readonly continuous?: boolean
  readonly duration?: number
  readonly generate?: boolean
  readonly regenerate?: boolean
  readonly outputDir?: string
  readonly resume?: string
  readonly repeat?: number
  readonly calibrate?: boolean
}

const CONTINUOUS =
  'Continuous mode arrives with a later release; nothing was started. Leave out --continuous and --duration (or set architecture.pipeline.mode: batch) for the batch pipeline.'

export async function run(config: string | undefined, options: RunCommandOptions): Promise<ExitCode> {
  if (options.continuous || options.duration !== undefined) throw new PrerequisiteError(CONTINUOUS)
  const resolved = await loadConfig(config, scaleOverride(options))
  if (resolved.architecture.pipeline.mode === 'continuous') throw new PrerequisiteError(CONTINUOUS)
  const { stage, timeout, skipBenchmark, generate, regenerate, outputDir, resume, repeat, calibrate } = options
  if (repeat !== undefined || (resume !== undefined && isSeries(resume, outputDir))) {
    if (stage !== undefined || regenerate)
      throw new InputError('A series repeats whole runs over the same data: leave out --stage and --regenerate.')
    if (calibrate) throw new InputError('A series times fixed work before every run as it is: leave out --calibrate.')
    return repeatAndShow(config, {
      ...options,
      overrides: scaleOverride(options),
      ...(repeat !== undefined && { rounds: repeat }),
    })
  }
  const configFile = configFileOf(config)
  // The engines are loaded only for a config that can be used.
  const { runBatch } = await import('../../presets')
  return runAndShow(options, hooks =>
    runBatch(resolved, {
      ...hooks,
      ...(stage !== undefined && { stage }),
      ...(timeout !== undefined && { timeout }),
      ...(skipBenchmark !== undefined && { skipBenchmark }),
      ...(generate !== undefined && { generate }),
      ...(regenerate !== undefined && { regenerate }),
      ...(outputDir !== undefined && { outputDir }),
      ...(resume !== undefined && { resume }),
      ...(calibrate !== undefined && { calibrate }),
      ...(configFile !== undefined && { configFile }),
    }),
  )
}
