import type { RunMetrics, Scores } from '../../contracts/metrics'
import { GIB } from '../../shared/format'
import { BATCH_JOBS, succeeded } from '../derive/jobs'
import { filesWaiting, seenBy } from './freshness'
import {
  divide,
  meanBatchMilliseconds,
  sum,
  type WindowFacts,
  type WindowInput,
} from './window-facts'

/** The parts of a record that scores are made of. */
export type ScoreInput = WindowInput &
  Pick<RunMetrics, 'jobs' | 'benchmark' | 'corpus' | 'pipeline_benchmark' | 'resumed'>
/** The same, with what several scores of a window are made of. */
export type ScoreFacts = ScoreInput & WindowFacts
/** Values that go into a formula, by their place in the record. */
export type ScoreInputs = Readonly<Record<string, number | string | null>>
/** Names of scores, keys of the record's `scores`. */
export type ScoreName = keyof Scores
/** Which way is better; `none` where neither is. */
export type ScoreDirection = 'lower' | 'higher' | 'none'

/** One score with all that a reader needs to compute it again. */
export interface ScoreDetail {
  /** Its key in the record's `scores`. */
  readonly name: ScoreName
  /** Its name for people. */
  readonly label: string
  /** Unit of the value; empty where it has none. */
  readonly unit: string
  /** Which way is better. */
  readonly direction: ScoreDirection
  /** Decimals in JSON and tables. */
  readonly decimals: number
  /** For people, in the words of the record. */
  readonly formula: string
  /** Rounded as it is saved; `null` where an input is unknown. */
  readonly value: number | null
  /** Values that went into the formula, by their place in the record. */
  readonly inputs: Readonly<Record<string, number | string | null>>
}

/** One score: how it is shown, its formula in words, and its value by that formula. */
export interface ScoreInfo extends Omit<ScoreDetail, 'value' | 'inputs'> {
  /** The runs that have it; left out where both kinds do. */
  readonly mode?: RunMetrics['mode']
  /** Unrounded; `null` wherever something needed is unknown, never 0 in its place. */
  readonly value: (facts: ScoreFacts) => number | null
  readonly inputs: (facts: ScoreFacts) => ScoreInputs
  /** Why it is null, where more can be said than that an input is unknown. */
  readonly missing?: (facts: ScoreFacts) => string | null
}

export const meanBatches = ({ streaming, window }: ScoreFacts) =>
  Object.fromEntries(
    streaming.map(s => [`${s.job_name}.mean_batch_ms`, meanBatchMilliseconds(s, window)]),
  )

export const windowSeconds = ({ continuous }: ScoreFacts) => ({
  'continuous.window_seconds': continuous?.window_seconds ?? null,
})

export const goldCommits = (facts: ScoreFacts) => ({
  'gold-refresh.batches at→through': spans(facts.commits.map(c => [c.at, c.through])),
  ...windowSeconds(facts),
})

export const filesNotInGold = ({ followed, window }: ScoreFacts) =>
  followed.length === 0 ? null : filesWaiting(followed, window)

export const unseenWaits = (facts: ScoreFacts) => ({
  'landing→gold': spans(
    facts.followed
      .filter(f => f.at < facts.window)
      .map(f => [f.at, Math.min(seenBy(f), facts.window)]),
  ),
  ...windowSeconds(facts),
})

export const waitingRows = ({ backlog }: ScoreFacts) => ({
  'continuous.samples at→rows': spans(backlog),
})

export const validRounds = ({ benchmark_rounds }: Pick<WindowInput, 'benchmark_rounds'>) => ({
  'benchmark_rounds.qph': listed(benchmark_rounds.filter(r => r.valid).map(r => r.qph)),
})

export const listed = (values: readonly (number | null)[]): string | null =>
  values.length === 0 ? null : values.map(value => value ?? '—').join(' ')

const spans = (pairs: readonly (readonly [number, number])[]): string | null =>
  pairs.length === 0 ? null : pairs.map(pair => pair.join('→')).join(' ')

/** Seconds from the start of bronze-verify to the end of gold-finalize on the run's own clock, or why there are none. */
export function timeToValue({ jobs, resumed }: ScoreInput): number | string {
  if (resumed > 0)
    return 'the run was resumed: the pause is nobody’s value, and no clock counted through it'
  const [bronze, gold] = [succeeded(jobs, 'bronze-verify'), succeeded(jobs, 'gold-finalize')]
  if (!bronze || !gold)
    return `${bronze ? 'gold-finalize' : 'bronze-verify'} is none of this run’s successful stages`
  if (bronze.started_after_seconds === null || gold.started_after_seconds === null)
    return 'nobody noted when its stages began on a clock that counts on'
  return gold.started_after_seconds + gold.elapsed_seconds - bronze.started_after_seconds
}

const batchJobs = ({ jobs }: ScoreInput) => jobs.filter(job => job.job_type === 'batch')

export const gibRead = (input: ScoreInput) =>
  divide(sum(batchJobs(input).map(job => job.bytes_read)), GIB)

export const coreHours = (input: ScoreInput) =>
  divide(
    sum(
      batchJobs(input).map(({ executor_count, executor_cores, elapsed_seconds }) =>
        executor_count === null || executor_cores === null
          ? null
          : executor_count * executor_cores * elapsed_seconds,
      ),
    ),
    3600,
  )

type JobField =
  | 'started_after_seconds'
  | 'elapsed_seconds'
  | 'bytes_read'
  | 'executor_count'
  | 'executor_cores'

/** A field of a job, under the name by which inputs are told. */
export const jobField = ({ jobs }: ScoreInput, name: string, field: JobField): ScoreInputs => ({
  [`${name}.${field}`]: jobs.find(job => job.job_name === name)?.[field] ?? null,
})

/** Fields of the batch jobs that ran. */
export function perJob(input: ScoreInput, ...fields: readonly JobField[]): ScoreInputs {
  const names = input.jobs.map(job => job.job_name).filter(name => BATCH_JOBS.includes(name))
  return Object.assign(
    {},
    ...names.flatMap(name => fields.map(field => jobField(input, name, field))),
  )
}

export const coreInputs = (input: ScoreInput) =>
  perJob(input, 'executor_count', 'executor_cores', 'elapsed_seconds')

export const valueInputs = (input: ScoreInput): ScoreInputs => ({
  ...jobField(input, 'bronze-verify', 'started_after_seconds'),
  ...jobField(input, 'gold-finalize', 'started_after_seconds'),
  ...jobField(input, 'gold-finalize', 'elapsed_seconds'),
  resumed: input.resumed,
})
