import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { Verification } from '../contracts/jobs'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { parseMetrics } from '../scorecard/parse-metrics'
import { InputError } from './input-error'

const RUNS = 'runs'
/** What a user may write in place of an id. */
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
  const matches = id === undefined ? runs.slice(-1) : runs.filter(name => name.startsWith(PREFIX + id))
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
      throw new InputError(`The runs in ${resolve(outputDir)} cannot be read: ${error.message}.`, { cause: error })
    },
  )
  return entries
    .filter(e => e.isDirectory() && e.name.startsWith(PREFIX))
    .map(e => e.name)
    .sort()
}

/** @throws InputError where the file is missing or no JSON, ConfigError where it is no record that this version reads */
export async function readMetrics(runDir: string): Promise<RunMetrics> {
  const path = join(runDir, 'metrics.json')
  const json = await readJson(path)
  return parseMetrics(json, path)
}

const counts = z.record(z.string(), z.number())

/** As much of `verification.json` as the report reads. */
const VerificationSchema = z.looseObject({
  passed: z.boolean(),
  files_checked: z.number(),
  rows: z.number().nullable(),
  bytes: z.number(),
  breaks: z.array(
    z.looseObject({ file: z.string(), column: z.string().nullable(), problem: z.string(), message: z.string() }),
  ),
  gate_failures: z.array(z.looseObject({ gate: z.string(), limit: z.number(), actual: z.number() })),
  extra_columns: z.array(z.looseObject({ file: z.string(), columns: z.array(z.string()) })),
  empty_files: z.array(z.string()),
  null_counts: z.record(z.string(), z.number().nullable()),
  null_violations: counts,
  nan_counts: counts,
  infinite_counts: counts,
  negative_counts: counts,
  format_findings: counts,
  duplicate_event_ids: z.number().nullable(),
  duplicate_markers: z.number().nullable(),
  quality_flags: counts,
  timestamp: z.looseObject({
    min: z.string().nullable(),
    max: z.string().nullable(),
    outside_window: z.number().nullable(),
  }),
  injected_dirt: counts.nullable(),
})

/** As much of `plan.json` as the report reads. */
const PlanSchema = z.looseObject({
  scale: z.number(),
  tier: z.string(),
  capacity: z.looseObject({ kind: z.string(), cores: z.number(), memory: z.number() }),
  jobs: z.array(z.looseObject({ job_name: z.string(), reasons: z.array(z.string()) })),
  embedded: z.looseObject({ reasons: z.array(z.string()) }).nullable(),
  local_spark: z.looseObject({ reasons: z.array(z.string()) }).nullish(),
  timeout_seconds: z.number(),
  warnings: z.array(z.string()),
})

export interface FurtherDocuments {
  readonly verification: Verification | null
  readonly plan: RunPlan | null
  /** What is there but cannot be used, a sentence each. */
  readonly problems: readonly string[]
}

/** Documents that the report can do without. */
export async function readFurtherDocuments(runDir: string): Promise<FurtherDocuments> {
  const problems: string[] = []
  const optional = async <T>(name: string, schema: z.ZodType): Promise<T | null> => {
    const path = join(runDir, name)
    if (!(await stat(path).catch(() => null))) return null
    try {
      const json = await readJson(path)
      schema.parse(json)
      return json as T
    } catch {
      problems.push(`${path} cannot be used; the report does without it.`)
      return null
    }
  }
  const verification = await optional<Verification>('verification.json', VerificationSchema)
  const plan = await optional<RunPlan>('plan.json', PlanSchema)
  return { verification, plan, problems }
}

/** A record is seldom above 1 MiB; what is so much larger is something else, and parsing it would take all memory. */
const MOST_BYTES = 64 * 2 ** 20

/** @throws InputError where the file is missing, far too large, or no JSON */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES)
      throw new InputError(
        `${path} is ${Math.round(size / 2 ** 20)} MiB large; records end far below ${MOST_BYTES / 2 ** 20} MiB, so this is something else.`,
      )
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new InputError(missing ? `There is no ${path}.` : `Cannot read ${path}: ${(cause as Error).message}.`, {
      cause,
    })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InputError(`${path} is no JSON (${(cause as Error).message}); it may have been cut off.`, { cause })
  }
}
