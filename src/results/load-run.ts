import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { jsonFault } from '../contracts/documents'
import { InputError, PrerequisiteError } from '../contracts/errors'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { checkOptions } from '../shared/check-options'
import { MIB } from '../shared/format'
import { DEFAULT_OUTPUT, localPath } from '../shared/local-path'
import { readRegularFile } from '../shared/read-file'
import { type CompareArm, type CompareOptions, compareFacts } from './compare/compare-runs'
import type { Comparison } from './compare/comparison'
import { runFacts as factsOf, type RunFacts } from './compare/run-facts'
import { type Advice, type AdviceRule, adviceFor as adviceOf } from './scorecard/advice'
import { type CostEstimate, estimateCost as costOf } from './scorecard/cost'
import { checkRecord, parseMetrics } from './scorecard/parse-metrics'

/** How a record is found and read. */
export interface LoadRunOptions {
  /** Where the folders of runs lie. Default `./lakebench-output`. */
  readonly outputDir?: string
}

const RUNS = 'runs'
/** Words that a user may write in place of an id. */
const LATEST = 'latest'
const PREFIX = 'run-'

/** A run's folder from what a user gives: a folder, a `metrics.json`, a run id or its beginning, or nothing or `latest`. */
export async function findRun(wanted: string | undefined, outputDir: string): Promise<string> {
  const given = wanted === LATEST ? undefined : wanted
  if (given !== undefined) {
    const found = await stat(given).catch(() => null)
    if (found?.isDirectory()) return resolve(given)
    if (found) return dirname(resolve(given))
  }
  const runs = await runFolders(outputDir)
  const id = given?.replace(/^run-/, '')
  const matches =
    id === undefined ? runs.slice(-1) : runs.filter(name => name.startsWith(PREFIX + id))
  if (matches.length === 1) return resolve(outputDir, RUNS, matches[0]!)
  if (matches.length > 1)
    throw new InputError(
      `${given} is the beginning of ${matches.length} runs: ${matches.join(', ')}. Give more of the id.`,
    )
  const where = resolve(outputDir, RUNS)
  if (given === undefined)
    throw new InputError(
      `There are no runs in ${where}. \`lakebench run --generate\` makes one; --output-dir looks elsewhere.`,
    )
  throw new InputError(
    `There is no run ${given} in ${where}, and no file or folder of that name. \`lakebench report --list\` shows what there is.`,
  )
}

/** Folders of runs, oldest first: their names begin with the time. */
export async function runFolders(outputDir: string): Promise<string[]> {
  const entries = await readdir(resolve(outputDir, RUNS), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw new InputError(`The runs in ${resolve(outputDir)} cannot be read: ${error.message}.`, {
        cause: error,
      })
    },
  )
  return entries
    .filter(e => e.isDirectory() && e.name.startsWith(PREFIX))
    .map(e => e.name)
    .sort()
}

/** @throws InputError where the file is missing or no JSON, ConfigError where it is no record that this version reads */
export async function readRecord(path: string): Promise<RunMetrics> {
  return parseMetrics(await readJson(path), path)
}

/**
 * Reads the record of a run, whichever version of lakebench wrote it: older ones are migrated. It is judged anew from its own content,
 * so scores, outcomes and verdict are what that gives; where the record says otherwise, the rule `record-consistent` names it and the
 * verdict is INVALID.
 *
 * @param run a run's folder, its `metrics.json`, a run id or its beginning, `latest`; or the parsed content of a `metrics.json`
 * @param options `outputDir`: where ids are looked up, default `./lakebench-output`
 * @throws InputError where there is none, or it is no JSON; ConfigError naming every field that is wrong, or where a newer lakebench
 *   wrote it
 */
export async function loadRun(
  run: string | object,
  options: LoadRunOptions = {},
): Promise<RunMetrics> {
  const { outputDir = DEFAULT_OUTPUT } = checkOptions(options, { outputDir: 'path' }, 'loadRun')
  if (typeof run !== 'string') return parseMetrics(run, 'loadRun')
  const path = localPath(run, 'run')
  const found = await stat(path).catch(() => null)
  if (found?.isFile()) return readRecord(path)
  return readRecord(join(await findRun(path, outputDir), 'metrics.json'))
}

/** A record is seldom above 1 MiB; what is so much larger is something else, and parsing it would take all memory. */
const MOST_BYTES = 64 * MIB

/** @throws InputError where the file is missing, far too large, or no JSON */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = (await readRegularFile(path, { limit: MOST_BYTES })).toString()
  } catch (cause) {
    if (cause instanceof PrerequisiteError) throw new InputError(cause.message, { cause })
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new InputError(
      missing ? `There is no ${path}.` : `Cannot read ${path}: ${(cause as Error).message}.`,
      {
        cause,
      },
    )
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InputError(`${path} is no JSON (${jsonFault(cause)}); it may have been cut off.`, {
      cause,
    })
  }
}

/** Advice for a run, most seconds first; of the record judged anew. @throws ConfigError for what is no record */
export function adviceFor(
  record: RunMetrics,
  plan: RunPlan | null = null,
  further: readonly AdviceRule[] = [],
): readonly Advice[] {
  return adviceOf(checkRecord(record, 'adviceFor'), plan, further)
}

/** Cost of the jobs' resources at the prices of the config, `null` without a price; of the record judged anew. @throws ConfigError for what is no record */
export function estimateCost(record: RunMetrics): CostEstimate | null {
  return costOf(checkRecord(record, 'estimateCost'))
}

/** Reduces a record to what comparing needs, judged anew. @throws ConfigError for what is no record */
export function runFacts(record: RunMetrics): RunFacts {
  return factsOf(checkRecord(record, 'runFacts'))
}

/**
 * Every arm against the first: what makes them answer different questions, what differs exactly, and what may be said of the
 * times. Arms of one `ab` session are paired by round; others are compared as sets; one run against one judges no time.
 * Pure. The method and its sources are in the documentation.
 *
 * @throws ConfigError for fewer than two arms, or an arm without runs
 */
export function compareRuns(arms: readonly CompareArm[], options: CompareOptions = {}): Comparison {
  const reduced = Array.isArray(arms)
    ? arms.map(arm => ({ ...arm, runs: Array.isArray(arm?.runs) ? arm.runs.map(runFacts) : [] }))
    : []
  return compareFacts(reduced, options)
}
