import { configFileOf } from '../../config/load'
import type { ExitCode } from '../exit-codes'
import { type OutputOptions, openConfig } from '../output'
import { type BenchmarkFlags, benchmarkOverride } from '../overrides'
import { runAndShow } from '../run-command'

export interface BenchmarkCommandOptions extends OutputOptions, BenchmarkFlags {
  readonly timeout?: number
  readonly outputDir?: string
}

export async function benchmark(
  config: string | undefined,
  options: BenchmarkCommandOptions,
): Promise<ExitCode> {
  const resolved = await openConfig(config, benchmarkOverride(options))
  const { timeout, outputDir } = options
  const configFile = configFileOf(config)
  const { benchmark: timeQueries } = await import('../../run')
  return runAndShow(options, hooks =>
    timeQueries(resolved, {
      ...hooks,
      timeout,
      outputDir,
      configFile,
    }),
  )
}
