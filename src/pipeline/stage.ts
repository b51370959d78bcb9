import type { ResolvedConfig } from '../config/schema'
import type { BenchmarkMetrics } from '../contracts/benchmark-metrics'
import type { WindowRecord } from '../contracts/continuous-metrics'
import { ConfigError } from '../contracts/errors'
import type { Emit } from '../contracts/events'
import type { JobMeasurement, JobProgress } from '../contracts/jobs'
import type { CorpusRecord, JobMetrics, RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import type { ComputeEngine, QueryEngine } from '../contracts/ports'
import { checkOptions, type OptionKinds } from '../shared/check-options'
import type { QueryAnswer } from './query-answer'

/** View of a stage on the run it is part of. */
export interface StageContext {
  /** Id of this run, e.g. `run-20260131-120003-a1b2c3`. */
  readonly run_id: string
  /** Resolved. */
  readonly config: ResolvedConfig
  /** Resources of each job. */
  readonly plan: RunPlan
  /** Aborted when the run is aborted or the stage's timeout is over. */
  readonly signal: AbortSignal
  /** Carries out jobs. */
  readonly compute: ComputeEngine
  /** `null` when the config asks for no query engine. */
  readonly queryEngine: QueryEngine | null
  /** Results of earlier stages, by stage name. */
  readonly results: ReadonlyMap<string, unknown>
  /** Tells an event to the run's listeners. */
  readonly emit: Emit
  /** Report real progress; passed on at most ten times a second. */
  progress(progress: JobProgress): void
  /** Keep a sentence in the record and tell the listeners. */
  warn(message: string): void
  /** Ask the query engine; `{bronze}`, `{silver}` and `{gold}` stand for the tables. */
  query(sql: string): Promise<QueryAnswer>
  /** The raw data that the run works on; `null` where there is none, or where the run has yet to make it. */
  readonly corpus: CorpusRecord | null
  /** The record of the run that is being resumed; `null` in a new one. */
  readonly earlier: RunMetrics | null
  /** Saves the record of this stage as it stands, should it not come to its end. */
  keepRecord(record: StageRecord): Promise<void>
  /** Save a JSON document in the run's folder, e.g. `verification.json`. */
  saveDocument(name: string, document: unknown): Promise<void>
}

/** A part outside this process that a run depends on; `compute` includes the catalog that its tables are in. */
export type RunPart = 'store' | 'compute' | 'query engine'

/** How a stage's result lands in the record. Everything is optional: a custom stage's whole result is its measurements. */
export interface StageRecord {
  /** Kind of its entry in `jobs[]`. */
  readonly job_type?: JobMetrics['job_type']
  /** Engine that carried the stage out. */
  readonly engine?: string
  /** The engine's own measurement of the job. */
  readonly measurement?: JobMeasurement
  /** Further fields of its entry in `jobs[]`. */
  readonly job?: Partial<JobMetrics>
  /** Becomes the record's `benchmark`. */
  readonly benchmark?: BenchmarkMetrics
  /** Becomes the record's `corpus`. */
  readonly corpus?: CorpusRecord
  /** Further values, kept under `measurements` of the entry. */
  readonly measurements?: Readonly<Record<string, unknown>>
  /** Becomes the record's `continuous`. */
  readonly window?: WindowRecord
}

/** Limits of a stage, and what a run does around it. */
export interface StageOptions<T> {
  /** Translate the result into the record; default: the result is a custom stage's measurements. */
  record?(result: T): StageRecord
  /** Fields of the record that the stage has even without a result, e.g. its type and engine. */
  readonly recordBase?: StageRecord
  /** Parts that must answer before the run begins. Default: none; a part that is missing is met when the stage uses it. */
  readonly needs?: readonly RunPart[]
  /** `false`: the result is no entry of `jobs[]` (the benchmark has a place of its own). */
  readonly recordsJob?: boolean
  /**
   * What a resumed run keeps of the stage instead of running it; `null`: it runs. Default: a stage is kept when `jobs[]` says that it
   * succeeded.
   *
   * @param snapshot the config of the run that goes on, as its record will have it
   */
  keeps?(earlier: RunMetrics, snapshot: Readonly<Record<string, unknown>>): StageRecord | null
  /** `false`: the stage bounds its own time, and the run's timeout is not for it. */
  readonly timeout?: false
  /**
   * Checks that belong to the record but not to the stage's time, e.g. fingerprints; of a stage that a resumed run keeps, too: the
   * part that carried it out may have died before its checks.
   *
   * @param job the stage's entry in `jobs[]`; what the check resolves to is added to it
   */
  check?(context: StageContext, job: JobMetrics): Promise<Partial<JobMetrics>>
  /** Why a finished stage did not succeed, `null` when it did; its result is recorded either way. */
  verdict?(result: T): Error | null
}

const STAGE_OPTIONS: OptionKinds<StageOptions<unknown>> = {
  record: 'function',
  recordBase: 'object',
  needs: 'list',
  recordsJob: 'boolean',
  keeps: 'function',
  timeout: [false],
  check: 'function',
  verdict: 'function',
}

/** A named piece of a pipeline. Built-in stages and a user's own are the same thing. */
export class Stage<T = unknown> {
  /** Unique in a pipeline; in records and events. */
  readonly name: string
  /** Does the work; what it resolves to is kept for later stages. */
  readonly run: (context: StageContext) => Promise<T>
  /** Its limits and what it needs. */
  readonly options: StageOptions<T>

  /**
   * @param name unique in its pipeline; letters, digits, `-` and `_`
   * @param run does the work; what it returns is recorded
   */
  constructor(
    name: string,
    run: (context: StageContext) => Promise<T>,
    options: StageOptions<T> = {},
  ) {
    if (!/^[A-Za-z][\w-]*$/.test(name)) {
      throw new TypeError(
        `A stage's name takes letters, digits, - and _, starting with a letter; got ${JSON.stringify(name)}.`,
      )
    }
    if (typeof run !== 'function')
      throw new ConfigError([{ path: 'run', message: 'must be a function.' }], `stage ${name}`)
    checkOptions(options, STAGE_OPTIONS as OptionKinds<StageOptions<T>>, `stage ${name}`)
    this.name = name
    this.run = run
    this.options = options
  }
}
