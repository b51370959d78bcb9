import { configFileOf } from '../../config/load'
import { InputError } from '../../contracts/errors'
import { isSeries } from '../../results/series/series-record'
import type { ExitCode } from '../exit-codes'
import { type OutputOptions, openConfig } from '../output'
import { runOverride, type ScaleOption, scaleOverride } from '../overrides'
import { repeatAndShow } from '../repeat-command'
import { runAndShow } from '../run-command'

export interface RunCommandOptions extends OutputOptions, ScaleOption {
  readonly stage?: string
  readonly timeout?: number
  readonly skipBenchmark?: boolean
  readonly continuous?: boolean
  readonly duration?: number
  readonly profile?: string
  readonly generate?: boolean
  readonly regenerate?: boolean
  readonly outputDir?: string
  readonly resume?: string
  readonly repeat?: number
  readonly calibrate?: boolean
}

export async function run(
  config: string | undefined,
  options: RunCommandOptions,
): Promise<ExitCode> {
  const resolved = await openConfig(config, runOverride(options))
  const { mode } = resolved.architecture.pipeline
  const {
    stage,
    timeout,
    skipBenchmark,
    generate,
    regenerate,
    outputDir,
    resume,
    repeat,
    calibrate,
  } = options
  if (mode === 'continuous') refuseBatchFlags(options)
  else if (options.duration !== undefined || options.profile !== undefined)
    throw new InputError('--duration and --profile belong to a continuous run; add --continuous.')
  if (repeat !== undefined || (resume !== undefined && isSeries(resume, outputDir))) {
    if (stage !== undefined || regenerate)
      throw new InputError(
        'A series repeats whole runs over the same data: leave out --stage and --regenerate.',
      )
    if (calibrate)
      throw new InputError(
        'A series times fixed work before every run as it is: leave out --calibrate.',
      )
    return repeatAndShow(config, {
      ...options,
      overrides: scaleOverride(options),
      rounds: repeat,
    })
  }
  const configFile = configFileOf(config)
  // The engines are loaded only for a config that can be used.
  const { runBatch, runContinuous } = await import('../../run')
  return runAndShow(
    options,
    hooks => {
      const common = {
        ...hooks,
        skipBenchmark,
        regenerate,
        outputDir,
        resume,
        configFile,
      }
      if (mode === 'continuous') return runContinuous(resolved, common)
      return runBatch(resolved, {
        ...common,
        stage,
        timeout,
        generate,
        calibrate,
      })
    },
    goOnLine,
  )
}

/** The command as it was given, and the run to go on with. */
function goOnLine(runId: string): string {
  const given = process.argv.slice(2)
  const resumes = given.some(word => word === '--resume' || word.startsWith('--resume='))
  const words = resumes ? given : [...given, '--resume', runId]
  return `Go on with it: lakebench ${words.map(quoted).join(' ')}`
}

const quoted = (word: string) =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** Data generation belongs to a continuous run anyway, so asking for it changes nothing; the others would be ignored. */
function refuseBatchFlags({ stage, timeout, repeat, calibrate }: RunCommandOptions): void {
  if (stage !== undefined)
    throw new InputError('A continuous run has no stages of its own; leave out --stage.')
  if (timeout !== undefined)
    throw new InputError('A continuous run ends after --duration; leave out --timeout.')
  if (repeat !== undefined)
    throw new InputError(
      'A series repeats batch runs over the same data; leave out --repeat, or --continuous.',
    )
  if (calibrate) throw new InputError('--calibrate belongs to a batch run; leave it out.')
}
