import { loadConfig } from '../../config/load'
import { formatBytes, formatCount } from '../../report/format'
import type { ExitCode } from '../exit-codes'
import { note, type OutputOptions } from '../output'
import { type ScaleOption, scaleOverride } from '../overrides'
import { runAndShow } from '../run-command'

export interface GenerateCommandOptions extends OutputOptions, ScaleOption {
  readonly verify?: boolean
  readonly regenerate?: boolean
  readonly outputDir?: string
}

export async function generate(config: string | undefined, options: GenerateCommandOptions): Promise<ExitCode> {
  const resolved = await loadConfig(config, scaleOverride(options))
  const { verify, regenerate, outputDir } = options
  const { generate: generateCorpus } = await import('../../presets')
  return runAndShow(options, async hooks => {
    const result = await generateCorpus(resolved, {
      ...hooks,
      ...(verify !== undefined && { verify }),
      ...(regenerate !== undefined && { regenerate }),
      ...(outputDir !== undefined && { outputDir }),
    })
    const { corpus } = result
    if (corpus && !options.quiet) {
      const rows = corpus.rows === null ? '' : `, ${formatCount(corpus.rows)} rows`
      note(`Raw data: ${formatCount(corpus.files)} files${rows}, ${formatBytes(corpus.bytes)}, digest ${corpus.digest}`)
    }
    return result
  })
}
