import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../contracts/errors'
import { isBaseline, parseBaseline } from '../results/compare/baseline'
import { type FactsArm, type RunFacts, runFacts } from '../results/compare/run-facts'
import { findRun, readJson, readRecord, runFolders } from '../results/load-run'
import { parseSeries, type SeriesRecord } from '../results/series/series-record'

const SERIES = 'series'
const PREFIX = 'series-'

/** Runs that one argument of `compare` or `gate` stands for: one set, or the arms of an `ab` session. */
export interface RunSets {
  readonly arms: readonly FactsArm[]
}

/**
 * Runs from what a user gives: a run's folder, `metrics.json` or id; several of these with commas; a series' folder,
 * `series.json` or id, `:B` after it for one arm; a baseline file.
 *
 * @throws InputError for what is not there, ConfigError for what cannot be read
 */
export async function findRunSets(given: string, outputDir: string): Promise<RunSets> {
  const parts = (await exists(given)) ? [given] : given.split(',').filter(part => part !== '')
  const found: RunSets[] = []
  for (const part of parts) found.push(await findOne(part, outputDir))
  if (found.length === 1) return found[0]!
  const several = found.find(({ arms }) => arms.length > 1)
  if (several)
    throw new InputError(
      `${given} mixes runs with a session of several arms. Name one arm, e.g. <series>:A.`,
    )
  return { arms: [{ name: given, label: given, runs: found.flatMap(({ arms }) => arms[0]!.runs) }] }
}

/** The same where only one set will do. */
export async function findRunSet(given: string, outputDir: string): Promise<FactsArm> {
  const { arms } = await findRunSets(given, outputDir)
  if (arms.length === 1) return arms[0]!
  throw new InputError(
    `${given} is a session of ${arms.length} arms. Name one: ${arms.map(arm => `${given}:${arm.name}`).join(', ')}.`,
  )
}

/** Each argument as an arm of a comparison; an `ab` session alone as the arms it has. */
export async function findArms(given: readonly string[], outputDir: string): Promise<FactsArm[]> {
  if (given.length === 1) {
    const { arms } = await findRunSets(given[0]!, outputDir)
    if (arms.length > 1) return [...arms]
    throw new InputError(
      `${given[0]} is one set of runs; comparing takes two or more, or the id of an ab session. \`lakebench report --list\` shows the runs there are.`,
    )
  }
  const sets: FactsArm[] = []
  // One after another, so that the first that is wrong is the one that is named.
  for (const one of given) sets.push(await findRunSet(one, outputDir))
  // Short names for the table; what they stand for is said above it.
  return sets.map(({ name, label, runs }, index) => ({
    name: String.fromCharCode('A'.charCodeAt(0) + (index % 26)),
    label: label ?? name,
    runs,
  }))
}

/** The folder of a series from its id, folder or record; `null` for what is none. */
export async function findSeriesFolder(given: string, outputDir: string): Promise<string | null> {
  const path = resolve(given)
  if (await exists(join(path, 'series.json'))) return path
  if (given.endsWith('series.json') && (await exists(path))) return dirname(path)
  const id = given.replace(/^series-/, '')
  const all = await seriesFolders(outputDir)
  const exact = all.find(folder => folder === PREFIX + id)
  const matches = all.filter(folder => folder.startsWith(PREFIX + id))
  // The beginning of an id may be that of a run as well, and then it is none's.
  const runs = (await runFolders(outputDir)).some(folder => folder.startsWith(`run-${id}`))
  const found = exact ?? (matches.length === 1 && !runs ? matches[0] : undefined)
  return found === undefined ? null : resolve(outputDir, SERIES, found)
}

/** The latest series, else the latest run. */
export async function latestRunSets(outputDir: string): Promise<RunSets> {
  const series = (await seriesFolders(outputDir)).at(-1)
  if (series) return findSeries(resolve(outputDir, SERIES, series), null)
  return oneRun(join(await findRun(undefined, outputDir), 'metrics.json'))
}

async function findOne(given: string, outputDir: string): Promise<RunSets> {
  if (await exists(given)) return findPath(resolve(given), null)
  const [, name, arm] = /^(.+):([A-Z])$/.exec(given) ?? [null, given, null]
  if (name !== given && (await exists(name!))) return findPath(resolve(name!), arm ?? null)
  const id = name!.replace(/^series-/, '')
  const matches = (await seriesFolders(outputDir)).filter(folder => folder.startsWith(PREFIX + id))
  const runs = arm
    ? []
    : (await runFolders(outputDir)).filter(folder =>
        folder.startsWith(`run-${id.replace(/^run-/, '')}`),
      )
  if (matches.length + runs.length > 1)
    throw new InputError(
      `${given} is the beginning of ${matches.length + runs.length} runs and series: ${[...matches, ...runs].slice(0, 5).join(', ')}. Give more of the id.`,
    )
  if (matches.length === 1) return findSeries(resolve(outputDir, SERIES, matches[0]!), arm ?? null)
  return oneRun(join(await findRun(given, outputDir), 'metrics.json'))
}

async function findPath(path: string, arm: string | null): Promise<RunSets> {
  if ((await stat(path)).isDirectory())
    return (await exists(join(path, 'series.json')))
      ? findSeries(path, arm)
      : oneRun(join(path, 'metrics.json'))
  const json = await readJson(path)
  if (isBaseline(json)) return { arms: [{ ...parseBaseline(json, path), label: path }] }
  if (isSeries(json)) return findSeries(dirname(path), arm)
  return oneRun(path)
}

async function oneRun(path: string): Promise<RunSets> {
  const facts = runFacts(await readRecord(path))
  if (
    Object.keys(facts.stages).length === 0 &&
    !facts.benchmark &&
    facts.benchmark_failure === null
  )
    throw new InputError(
      `${path}: the run has neither stages of the pipeline nor queries, so there is nothing to compare.`,
    )
  return { arms: [{ name: facts.run_id, label: facts.run_id, runs: [facts] }] }
}

/** @throws InputError where it is missing or no JSON, ConfigError where it is no record of a series */
export async function readSeriesAt(dir: string): Promise<SeriesRecord> {
  const path = join(dir, 'series.json')
  return parseSeries(await readJson(path), path)
}

async function findSeries(dir: string, arm: string | null): Promise<RunSets> {
  const path = join(dir, 'series.json')
  const series = await readSeriesAt(dir)
  const wanted = series.arms.filter(({ name }) => arm === null || name === arm)
  if (wanted.length === 0)
    throw new InputError(
      `${path} has no arm ${arm}; it has ${series.arms.map(({ name }) => name).join(', ')}.`,
    )
  // The runs lie beside the folder of series, wherever that was moved to.
  const outputDir = resolve(dir, '..', '..')
  const arms = await Promise.all(
    wanted.map(async ({ name, label }) => ({
      name,
      label,
      runs: await seriesRuns(series, name, outputDir),
    })),
  )
  const empty = arms.find(({ runs }) => runs.length === 0)
  if (empty) throw new InputError(`${path}: ${empty.name} has no finished run yet.`)
  return {
    arms:
      arms.length === 1 ? [{ ...arms[0]!, label: `${series.series_id} ${arms[0]!.label}` }] : arms,
  }
}

async function seriesRuns(
  { runs }: SeriesRecord,
  arm: string,
  outputDir: string,
): Promise<RunFacts[]> {
  const finished = runs.filter(run => run.arm === arm && run.status !== 'running')
  return Promise.all(
    finished.map(async ({ run_id }) => {
      const path = join(outputDir, 'runs', `run-${run_id}`, 'metrics.json')
      return runFacts(await readRecord(path))
    }),
  )
}

/** Folders of series, oldest first. */
export async function seriesFolders(outputDir: string): Promise<string[]> {
  const entries = await readdir(resolve(outputDir, SERIES), { withFileTypes: true }).catch(() => [])
  return entries
    .filter(e => e.isDirectory() && e.name.startsWith(PREFIX))
    .map(e => e.name)
    .sort()
}

const isSeries = (json: unknown) =>
  typeof json === 'object' &&
  json !== null &&
  (json as Record<string, unknown>).kind === 'lakebench-series'

const exists = async (path: string) => (await stat(path).catch(() => null)) !== null
