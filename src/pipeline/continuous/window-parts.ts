import type { ContinuousMetrics } from '../../contracts/continuous-metrics'
import type { Emit } from '../../contracts/events'
import type { BenchmarkMetrics, CorpusRecord } from '../../contracts/metrics'
import type { QueryEngine } from '../../contracts/ports'
import type { RawSource, StreamJob, StreamName } from '../../contracts/streams'
import type { RoundOptions } from './schedule'

/** Result of one round, before the window's own facts are added. */
export interface RoundResult {
  readonly metrics: BenchmarkMetrics
  readonly contention: boolean
  readonly retries: number
  readonly retry_used: boolean
  readonly flush: string
}

/** Benchmark rounds, as the composition root brings them. */
export interface Rounds {
  run(engine: QueryEngine, options: { signal: AbortSignal; emit: Emit }): Promise<RoundResult>
  /** The benchmark of the run, over its rounds; `null` where none is valid. */
  summarise(rounds: readonly BenchmarkMetrics[]): BenchmarkMetrics | null
}

/** A raw file that is in its place. */
export interface LandedFile {
  readonly key: string
  readonly rows: number
  readonly bytes: number
}

export interface Producer {
  /**
   * Before any stream begins. Resolves to where the files will lie.
   * @throws PrerequisiteError where files lie that are not the generator's; nothing was touched then
   */
  makeRoom(): Promise<RawSource>
  run(options: {
    /** Ends the work; nothing half-made stays. */
    readonly signal: AbortSignal
    /** No further file is begun. */
    readonly enough: AbortSignal
    /** Each file once, when it is in its place. `before`: it was there when the work began. */
    readonly onLanded: (files: readonly LandedFile[], before: boolean) => void
  }): Promise<CorpusRecord>
}

/** Settings that all runs of a config share. */
export type WindowJob = Omit<StreamJob, 'run_id' | keyof RawSource>

/** Everything that a window needs and does not know how to make. */
export interface WindowParts {
  readonly engine: string
  /** @param lyingBytes of raw data that lies there, where the run makes none */
  job(lyingBytes: number): WindowJob
  readonly profile: ContinuousMetrics['profile']
  /** Seconds. */
  readonly duration: number
  readonly plan: {
    /** `null`: nothing is made. */
    readonly producer: {
      readonly rows_per_second: number
      readonly rows: number
      readonly rows_per_file: number
    } | null
  }
  readonly producer: Producer | null
  /** Where raw data is expected that is not there yet, and that somebody else brings. */
  readonly rawPrefix: string
  readonly roundWishes: Omit<RoundOptions, 'duration'>
  /** `null`: no benchmark is wanted. */
  readonly rounds: Rounds | null
  /** Names of the tables that the streams write. */
  readonly tables: Readonly<Record<StreamName, string>>
}
