import { redactConfig } from '../../config/resolve'
import type { ResolvedConfig } from '../../config/schema'
import { PrerequisiteError } from '../../contracts/errors'
import { shownText } from '../../contracts/shown-text'
import { formatBytes, formatDuration, formatSignificant, GIB } from '../../shared/format'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { note, type OutputOptions, openConfig, outStyle, print, printJson } from '../output'
import { type ScaleOption, scaleOverride } from '../overrides'
import { styleFor, textTable } from '../terminal'

export interface ValidateCommandOptions extends OutputOptions, ScaleOption {}

/** Checks the config alone: no data is looked at and nothing is started. */
export async function validate(
  config: string | undefined,
  options: ValidateCommandOptions,
): Promise<ExitCode> {
  const resolved = await openConfig(config, scaleOverride(options))
  const obstacle = await whatKeepsItFromRunning(resolved)
  if (options.json)
    printJson({
      valid: true,
      runnable: obstacle === null,
      obstacle,
      config: redactConfig(resolved),
    })
  else {
    const style = outStyle()
    print(`${style.good('✓')} The config is valid.`)
    if (!options.quiet) print(`\n${configSummary(resolved)}`)
    if (obstacle) note(`\n${styleFor(process.stderr, process.env).bad('!')} ${obstacle}`)
  }
  return obstacle === null ? EXIT_CODES.ok : EXIT_CODES.prerequisite
}

/** A valid config may still ask for what this version or machine does not have. */
async function whatKeepsItFromRunning(config: ResolvedConfig): Promise<string | null> {
  const { requireRunnable } = await import('../../platforms/platform-of')
  try {
    requireRunnable(config)
    return null
  } catch (error) {
    if (error instanceof PrerequisiteError) return error.message
    throw error
  }
}

/** The resolved config in words, secrets left out. */
export function configSummary(config: ResolvedConfig): string {
  const { platform, architecture } = config
  const { datagen } = architecture.workload
  const { benchmark, pipeline, tables } = architecture
  const queries =
    architecture.query_engine.type === 'none'
      ? 'none'
      : `${architecture.query_engine.type}, ${benchmark.mode} mode${benchmark.mode === 'power' ? '' : `, ${benchmark.streams} streams`}, ${benchmark.cache} cache, each at least ${benchmark.iterations} times and for ${formatSignificant(benchmark.min_seconds)} s${benchmark.classes ? `, only ${benchmark.classes.join(', ')}` : ''}`
  const rows = [
    ['name', config.name],
    ['preset', config.preset],
    ['storage', storageText(config)],
    [
      'scale',
      `${formatSignificant(datagen.scale)} (about ${formatBytes(datagen.scale * 10 * GIB)} of raw data)`,
    ],
    [
      'raw data',
      `seed ${datagen.seed}, files of ${formatBytes(datagen.file_size)}, ${datagen.timestamp_start} to ${datagen.timestamp_end}`,
    ],
    ['pipeline', `${pipeline.mode} on ${architecture.pipeline_engine}`],
    ['silver', `strategy ${pipeline.silver_strategy}, partitions ${pipeline.silver_partitioning}`],
    ['gold', `partitions ${pipeline.gold_partitioning}`],
    ['queries', queries],
    ['tables', [tables.bronze, tables.silver, tables.gold].join(', ')],
    [
      'threads',
      platform.compute.embedded.threads === null
        ? 'planned from this machine'
        : String(platform.compute.embedded.threads),
    ],
    [
      'timeout',
      `${formatDuration(Math.max(3600, datagen.scale * 60))} a stage, unless --timeout says otherwise`,
    ],
  ]
  return textTable(
    [{ label: '' }, { label: '' }],
    rows.map(row => row.map(shownText)),
    '  ',
  )
}

function storageText({ platform }: ResolvedConfig): string {
  const { storage } = platform
  if (storage.type === 'local') return `local, ${storage.path}`
  const { buckets, prefix, endpoint } = storage.s3
  const names = [...new Set(Object.values(buckets))].join(', ')
  return `s3, ${endpoint || 'AWS'}, buckets ${names}${prefix && `, below ${prefix}/`}`
}
