import type { ResolvedConfig } from '../../config/schema'
import { InputError } from '../../contracts/errors'
import { formatBytes, formatCount } from '../../shared/format'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { interruptible } from '../interrupt'
import { note, type OutputOptions, openConfig, print, printJson } from '../output'
import { type ScaleOption, scaleOverride } from '../overrides'
import { runAndShow } from '../run-command'

export interface GenerateCommandOptions extends OutputOptions, ScaleOption {
  readonly verify?: boolean
  readonly regenerate?: boolean
  readonly outputDir?: string
  readonly shard?: string
}

export async function generate(
  config: string | undefined,
  options: GenerateCommandOptions,
): Promise<ExitCode> {
  const resolved = await openConfig(config, scaleOverride(options))
  if (options.shard !== undefined) return generateShard(resolved, options.shard, options)
  const { verify, regenerate, outputDir } = options
  const { generate: generateCorpus } = await import('../../run')
  return runAndShow(
    options,
    async hooks => {
      const result = await generateCorpus(resolved, {
        ...hooks,
        verify,
        regenerate,
        outputDir,
      })
      const { corpus } = result
      if (corpus && !options.quiet) {
        const rows = corpus.rows === null ? '' : `, ${formatCount(corpus.rows)} rows`
        note(
          `Raw data: ${formatCount(corpus.files)} files${rows}, ${formatBytes(corpus.bytes)}, digest ${corpus.digest}`,
        )
      }
      return result
    },
    () => 'The same command goes on with the files that are missing.',
  )
}

/** Leaves no record: whoever started the shards keeps it. */
async function generateShard(
  config: ResolvedConfig,
  text: string,
  options: OutputOptions,
): Promise<ExitCode> {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, count] = [Number(match?.[1]), Number(match?.[2])]
  if (!match || index >= count)
    throw new InputError(
      `--shard is i/n with i from 0 to n - 1, e.g. 0/4; got ${JSON.stringify(text)}.`,
    )
  const { generateShardInto } = await import('../../platforms/corpus-session')
  const made = await interruptible(signal =>
    generateShardInto(config, { signal, onProgress: () => {}, shard: { index, count } }),
  )
  if (options.json) printJson(made)
  else if (!options.quiet)
    print(`Shard ${text}: ${made.generated_files} files made, ${made.reused_files} were there.`)
  return EXIT_CODES.ok
}
