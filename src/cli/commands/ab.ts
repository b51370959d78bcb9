import type { AbResult } from '../../run-series'
import { EXIT_CODES, type ExitCode, exitCodeOfComparison } from '../exit-codes'
import { interruptible } from '../interrupt'
import { note, type OutputOptions, openConfig, pathLink, printJson } from '../output'
import { type ScaleOption, scaleOverride } from '../overrides'
import { SeriesProgress } from '../series-progress'
import { styleFor } from '../terminal'
import { type ComparisonFlags, compareOptions, showComparison } from './compare'

export interface AbCommandOptions extends OutputOptions, ComparisonFlags, ScaleOption {
  readonly rounds?: number
  readonly iterations?: number
  readonly generate?: boolean
  readonly skipBenchmark?: boolean
  readonly timeout?: number
  readonly outputDir?: string
  readonly resume?: string
}

/** Runs the configs in turns and says whether one is faster. */
export async function ab(configs: readonly string[], options: AbCommandOptions): Promise<ExitCode> {
  const { abTest } = await import('../../run-series')
  const { rounds, iterations, generate, skipBenchmark, timeout, outputDir, resume } = options
  const progress = new SeriesProgress(options)
  const overrides = scaleOverride(options)
  for (const config of configs) await openConfig(config, overrides)
  let result: AbResult
  try {
    result = await interruptible(signal =>
      abTest(configs, {
        ...compareOptions(options),
        signal,
        overrides,
        onTurn: progress.onTurn,
        rounds,
        iterations,
        generate,
        skipBenchmark,
        timeout,
        outputDir,
        resume,
      }),
    )
  } finally {
    progress.close()
  }
  show(result, options)
  return exitCodeOf(result, options)
}

function show(
  { series, series_dir, comparison, report }: AbResult,
  options: AbCommandOptions,
): void {
  if (options.json) printJson({ series, series_dir, comparison, report })
  else showComparison(comparison, options)
  if (options.quiet) return
  const { status, stopped_reason, series_id } = series
  if (status === 'stopped') note(`Stopped after the warm-up: ${stopped_reason}.`)
  if (status === 'interrupted')
    note(`Interrupted. The same command with --resume ${series_id} completes it.`)
  const style = styleFor(process.stderr, process.env)
  note(`series  ${pathLink(series_dir, style)}\nreport  ${pathLink(report, style)}`)
}

function exitCodeOf({ series, comparison }: AbResult, options: AbCommandOptions): ExitCode {
  if (series.status === 'interrupted') return EXIT_CODES.interrupted
  const times = comparison.pairs.flatMap(pair => [...pair.headlines, ...pair.metrics])
  const different = comparison.pairs.some(pair => pair.differences.length > 0)
  const failed = series.runs.some(run => run.status === 'failed')
  // A failure of an arm is what the user must see first, unless it never could have been compared.
  if (!different && (failed || times.some(({ verdict }) => verdict === 'broke')))
    return EXIT_CODES.failed
  return exitCodeOfComparison(comparison, options)
}
