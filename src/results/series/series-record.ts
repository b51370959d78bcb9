import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { documentIssues, jsonFault, object } from '../../contracts/documents'
import { ConfigError, PrerequisiteError } from '../../contracts/errors'
import { DEFAULT_OUTPUT } from '../../shared/local-path'
import { writeAtomicallySync } from '../../shared/write-atomically'

export const SERIES_SCHEMA_VERSION = 1

/** Shape of a run in a series' record. */
export const SeriesRunSchema = object({
  /** A plain name: it becomes part of a path. */
  run_id: z.string().regex(/^[\w-]+$/),
  /** Name of the arm. */
  arm: z.string(),
  /** 0 is the warm-up. */
  round: z.int().nonnegative(),
  /** 0, and one more each time the round was begun anew. */
  attempt: z.int().nonnegative(),
  /** 0 for the arm that ran first in its round. */
  position: z.int().nonnegative(),
  /** `running` where the process died before it could say more. */
  status: z.enum(['running', 'succeeded', 'failed', 'aborted']),
})
/** A run of a series, by its arm and round. */
export type SeriesRun = z.infer<typeof SeriesRunSchema>

/** `series.json`: the plan of a series and the runs it has so far. The runs themselves are ordinary run folders. */
export const SeriesRecordSchema = object({
  /** Marks the document as that of a series. */
  kind: z.literal('lakebench-series'),
  /** Version of this document. */
  schema_version: z.literal(SERIES_SCHEMA_VERSION),
  /** Id of the series, part of its folder's name. */
  series_id: z.string().regex(/^[\w-]+$/),
  /** `repeat` has one config, `ab` several in turns. */
  type: z.enum(['repeat', 'ab']),
  /** Wall clock when it was planned, ISO 8601, UTC. */
  created_at: z.string(),
  /** Fixed before the first run; the warm-up is not counted. */
  planned_rounds: z.int().positive(),
  /** Draws which arm starts in each pair of rounds, so that the order can be repeated. */
  order_seed: z.int().nonnegative(),
  /** Its configs. */
  arms: z
    .array(
      object({
        /** `A`, `B` …, in the order given. */
        name: z.string().regex(/^[A-Z]$/),
        /** Where its config came from. */
        label: z.string(),
        /** The resolved config, secrets hidden: a resumed series must have the same. */
        config_snapshot: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1),
  /** How far it came. */
  status: z.enum(['running', 'complete', 'interrupted', 'stopped']),
  /** Why it was stopped before its rounds were over. */
  stopped_reason: z.string().nullable(),
  /** Every run that was begun, in order. */
  runs: z.array(SeriesRunSchema),
})
/** The record of a series, as `series.json` has it. */
export type SeriesRecord = z.infer<typeof SeriesRecordSchema>

/** @throws ConfigError naming the file and every field that is wrong */
export function parseSeries(json: unknown, source = 'series.json'): SeriesRecord {
  const found = SeriesRecordSchema.safeParse(json)
  if (found.success) return found.data
  throw new ConfigError(documentIssues(found.error), source)
}

/** Rounds that have a finished run of every arm from one attempt; the warm-up is none. */
export function completeRounds({ arms, runs }: SeriesRecord): number[] {
  const finished = runs.filter(
    run => run.round > 0 && (run.status === 'succeeded' || run.status === 'failed'),
  )
  const turns = new Map<string, { round: number; arms: Set<string> }>()
  for (const { round, attempt, arm } of finished) {
    const key = `${round}/${attempt}`
    const turn = turns.get(key) ?? { round, arms: new Set() }
    turn.arms.add(arm)
    turns.set(key, turn)
  }
  const complete = [...turns.values()].filter(turn => turn.arms.size === arms.length)
  return [...new Set(complete.map(turn => turn.round))].sort((x, y) => x - y)
}

/** How often a round was begun. */
export function attemptsOf(record: SeriesRecord, round: number): number {
  return Math.max(0, ...record.runs.filter(run => run.round === round).map(run => run.attempt + 1))
}

export const SERIES_FOLDER = 'series'

/** `YYYYMMDD-HHMMSS-xxxxxx`, UTC, as of a run. */
export function newSeriesId(now = new Date()): string {
  const iso = now.toISOString().replace(/[-:]/g, '')
  return `${iso.slice(0, 8)}-${iso.slice(9, 15)}-${randomBytes(3).toString('hex')}`
}

/** `<outputDir>/series/series-<id>`. @throws ConfigError for what is no id, such as a path */
export function seriesDir(outputDir: string, seriesId: string): string {
  if (!/^[\w-]+$/.test(seriesId))
    throw new ConfigError(
      [
        {
          path: 'series',
          message: `A series id looks like 20260131-120000-a1b2c3; got ${JSON.stringify(seriesId)}.`,
        },
      ],
      'series',
    )
  return resolve(outputDir, SERIES_FOLDER, `series-${seriesId}`)
}

/** Whether an id is that of a series rather than of a run. */
export function isSeries(seriesId: string, outputDir = DEFAULT_OUTPUT): boolean {
  return (
    /^[\w-]+$/.test(seriesId) && existsSync(join(seriesDir(outputDir, seriesId), 'series.json'))
  )
}

/** The folder of one series. Its record is saved whole at every step, so that whatever ends the process loses no run. */
export class SeriesFolder {
  readonly dir: string

  constructor(outputDir: string, seriesId: string) {
    this.dir = seriesDir(outputDir, seriesId)
    try {
      mkdirSync(this.dir, { recursive: true })
    } catch (cause) {
      throw new PrerequisiteError(
        `The output folder ${this.dir} cannot be created (${(cause as Error).message}). Choose another with --output-dir.`,
        { cause },
      )
    }
  }

  save(record: SeriesRecord): void {
    this.write('series.json', `${JSON.stringify(record, null, 2)}\n`)
  }

  /** A file of the folder, whole or not at all. @returns its absolute path */
  write(name: string, text: string): string {
    const path = join(this.dir, name)
    try {
      writeAtomicallySync(path, text)
      return path
    } catch (cause) {
      throw new PrerequisiteError(
        `Cannot write ${path}: ${(cause as Error).message}. The runs so far are in their own folders.`,
        { cause },
      )
    }
  }
}

/** The record of a series to go on with. @throws ConfigError where there is none, or it cannot be read */
export function readSeries(outputDir: string, seriesId: string): SeriesRecord {
  const path = join(seriesDir(outputDir, seriesId), 'series.json')
  try {
    if (!statSync(path).isFile()) throw new Error('it is no file')
    return parseSeries(JSON.parse(readFileSync(path, 'utf8')), path)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(
      [
        {
          path: 'resume',
          message: `there is no readable record of series ${seriesId}: ${error instanceof SyntaxError ? jsonFault(error) : (error as Error).message}.`,
        },
      ],
      path,
    )
  }
}
