import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DEFAULT_CONFIG_FILE } from '../../config/load'
import { InputError } from '../../contracts/errors'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { note, type OutputOptions, outStyle, pathLink, print, printJson } from '../output'

/** Every key that most people touch, at its default, with what it means. */
export const CONFIG_TEMPLATE = `# A lakebench config. Every key may be left out; what is here are the defaults of the embedded preset.
# \${VAR} and \${VAR:-default} are replaced from the environment. \`lakebench validate\` checks this file.

name: lakebench
preset: embedded                  # everything in this process: nothing to install or start

platform:
  storage:
    type: local
    path: ./lakebench-data        # raw files and tables go here
  prices:                         # for the cost estimate in the report; null: not estimated
    currency: USD
    core_hour: null
    memory_gib_hour: null
    storage_gib_month: null
  compute:
    embedded:
      threads: null               # null: one a core
      memory: null                # e.g. 4gb; null: planned from this machine

architecture:
  pipeline:
    mode: batch
    silver_strategy: auto         # auto | simple | streaming | chunked | salted
    silver_partitioning: auto     # auto | day | month | none
    gold_partitioning: month      # month | day
    fingerprint: auto             # auto: tables up to 4 GiB | always | never
    quality_gates:                # shares 0..1 above which bronze-verify fails; null: never
      max_duplicate_ratio: null
      max_invalid_email_ratio: null
      max_invalid_phone_ratio: null
      max_null_violation_ratio: null
  workload:
    datagen:
      scale: 0.1                  # 1 = 10 GiB of raw data; any number above 0
      seed: 42
      file_size: 512mb
      dirty_data_ratio: 0.08      # share of rows with a dirty e-mail, phone, city, state
      zipf_exponent: 1.5          # how uneven the customers are
      date_skew: 0                # further share of rows on the hottest date
      timestamp_start: 2024-01-01
      timestamp_end: 2025-01-01   # exclusive
  query_engine:
    type: duckdb                  # duckdb | none
  benchmark:
    mode: power                   # power | throughput | composite
    streams: 4                    # throughput and composite only
    cache: hot                    # hot | cold
    iterations: 5                 # executions of each query in the power part, at least
    min_seconds: 1                # and their time in all, at least
  tables:
    bronze: default.bronze_raw
    silver: silver.customer_interactions_enriched
    gold: gold.customer_executive_dashboard
`

/** Writes a commented config; a file that is there stays as it is. */
export async function init(file: string | undefined, options: OutputOptions): Promise<ExitCode> {
  const path = resolve(file ?? DEFAULT_CONFIG_FILE)
  try {
    await writeFile(path, CONFIG_TEMPLATE, { flag: 'wx' })
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new InputError(
      exists
        ? `${path} is there already and was left as it is. Give another name: lakebench init other.yaml.`
        : `Cannot write ${path}: ${(cause as Error).message}.`,
      { cause },
    )
  }
  if (options.json) printJson({ config: path })
  else print(pathLink(path, outStyle()))
  if (!options.json && !options.quiet) note('Next: lakebench run --generate')
  return EXIT_CODES.ok
}
