import { z } from 'zod'
import { documentIssues } from '../../contracts/document-faults'
import { object } from '../../contracts/document-schema'
import { ConfigError } from '../../contracts/errors'

export const SERIES_SCHEMA_VERSION = 1

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
