import { z } from 'zod'
import { documentIssues } from '../../contracts/documents'
import { ConfigError } from '../../contracts/errors'
import { differencesOf } from './differences'
import { type FactsArm, type RunFacts, RunFactsSchema } from './run-facts'

export const BASELINE_SCHEMA_VERSION = 1

const Time = z.number().positive().nullable()

/** A series of runs as a small file for review: what they share once, then the seconds of each. */
const BaselineSchema = z.object({
  /** Marks the document as a baseline. */
  kind: z.literal('lakebench-baseline'),
  /** Version of this document. */
  schema_version: z.literal(BASELINE_SCHEMA_VERSION),
  /** Name of the baseline. */
  name: z.string(),
  /** Wall clock when it was written, ISO 8601, UTC. */
  created_at: z.string(),
  /** Facts common to all runs; times `null`, and counts that vary between the runs. */
  common: RunFactsSchema,
  /** The runs, in order. */
  runs: z
    .array(
      z.object({
        run_id: z.string().regex(/^[\w-]+$/),
        start_time: z.string(),
        seconds: z.object({
          pipeline: Time,
          queries: z.record(z.string(), Time),
          stages: z.record(z.string(), Time),
        }),
      }),
    )
    .min(1),
})
type BaselineDocument = z.infer<typeof BaselineSchema>

const SIGNIFICANT_DIGITS = 6

/**
 * The baseline of runs that all passed and answer one question, as the text of a file: keys sorted, times to six digits.
 *
 * @throws ConfigError naming the run that did not pass, or what differs between them
 */
export function baselineText({ name, runs }: FactsArm, created: Date): string {
  const refuse = (message: string): never => {
    throw new ConfigError([{ path: 'runs', message }], 'baseline')
  }
  const [first, ...rest] = runs
  if (!first) return refuse('there are none. `lakebench run --repeat 10` makes a series.')
  for (const run of runs)
    if (run.verdict !== 'PASSED')
      refuse(
        `${run.run_id} is ${run.verdict} (${run.reason}); a baseline is made of runs that passed.`,
      )
  for (const run of rest)
    for (const { what, a, b } of differencesOf(first, run))
      refuse(
        `${first.run_id} and ${run.run_id} differ in ${what}: ${a} and ${b}. A baseline is made of runs of one config.`,
      )
  const document: BaselineDocument = {
    kind: 'lakebench-baseline',
    schema_version: BASELINE_SCHEMA_VERSION,
    name,
    created_at: created.toISOString(),
    common: commonFacts(first, rest),
    runs: runs.map(({ run_id, start_time, pipeline_seconds, stages, benchmark }) => ({
      run_id,
      start_time,
      seconds: {
        pipeline: rounded(pipeline_seconds),
        queries: secondsOf(benchmark?.queries ?? {}),
        stages: secondsOf(stages),
      },
    })),
  }
  return `${JSON.stringify(sortedKeys(document), null, 2)}\n`
}

/**
 * Facts of the runs in a baseline document, as `baselineText` writes it.
 *
 * @throws ConfigError naming the file and every field that is wrong
 */
export function parseBaseline(json: unknown, source = 'baseline'): FactsArm {
  const found = BaselineSchema.safeParse(json)
  if (!found.success) throw new ConfigError(documentIssues(found.error), source)
  const { name, common, runs } = found.data
  return {
    name,
    runs: runs.map(({ run_id, start_time, seconds }) => ({
      ...common,
      run_id,
      start_time,
      pipeline_seconds: seconds.pipeline,
      stages: withSeconds(common.stages, seconds.stages),
      benchmark: common.benchmark && {
        ...common.benchmark,
        queries: withSeconds(common.benchmark.queries, seconds.queries),
      },
    })),
  }
}

/** Whether a parsed JSON file claims to be a baseline. */
export const isBaseline = (json: unknown): boolean =>
  typeof json === 'object' &&
  json !== null &&
  (json as Record<string, unknown>).kind === 'lakebench-baseline'

function commonFacts(first: RunFacts, rest: readonly RunFacts[]): RunFacts {
  const same = <T>(of: (run: RunFacts) => T): T | null =>
    rest.every(run => of(run) === of(first)) ? of(first) : null
  return {
    ...first,
    // A baseline is a set: what its runs were rounds of is over.
    series: null,
    pipeline_seconds: null,
    stages: mapValues(first.stages, (stage, name) => ({
      ...stage,
      seconds: null,
      bytes: same(run => run.stages[name]?.bytes ?? null),
      files: same(run => run.stages[name]?.files ?? null),
    })),
    benchmark: first.benchmark && {
      ...first.benchmark,
      queries: mapValues(first.benchmark.queries, query => ({ ...query, seconds: null })),
    },
  }
}

const rounded = (seconds: number | null) =>
  seconds === null || seconds === 0 ? null : Number(seconds.toPrecision(SIGNIFICANT_DIGITS))

const secondsOf = (entries: Readonly<Record<string, { seconds: number | null }>>) =>
  mapValues(entries, entry => rounded(entry.seconds))

function withSeconds<T extends { seconds: number | null }>(
  entries: Readonly<Record<string, T>>,
  seconds: Readonly<Record<string, number | null>>,
): Record<string, T> {
  return mapValues(entries, (entry, name) => ({ ...entry, seconds: seconds[name] ?? null }))
}

function mapValues<T, R>(
  entries: Readonly<Record<string, T>>,
  change: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, change(value, key)]),
  )
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1))
  return Object.fromEntries(entries.map(([key, of]) => [key, sortedKeys(of)]))
}
