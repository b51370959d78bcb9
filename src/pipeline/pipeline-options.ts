import type { ResolvedConfig } from '../config/schema'
import type { EventListeners } from '../contracts/events'
import type { CorpusLook, CountOptions, TableCounts } from '../contracts/lineage'
import type { CorpusRecord, RunMetrics, SeriesPlace } from '../contracts/metrics'
import type { ComputeEngine, QueryEngine } from '../contracts/ports'
import type { Rule } from '../results/scorecard/rule'
import type { Scorecard } from '../results/scorecard/scorecard'
import type { BenchmarkResult } from './benchmark/benchmark-result'
import type { RunPaths } from './run-folder'
import type { RunPart } from './stage'

/** The engines of one run, open. Closing releases everything, the storage lock included. */
export interface RunSession {
  /** Carries out the jobs of the stages. */
  readonly compute: ComputeEngine
  /** Answers the benchmark; `null` where none is configured. */
  readonly queryEngine: QueryEngine | null
  /**
   * Whether what the stages of this run need is there, before the first of them.
   * @throws PrerequisiteError naming the part, its address, the cause and the next step; the run's record says so
   */
  preflight?(options: {
    readonly needs: ReadonlySet<RunPart>
    readonly signal: AbortSignal
    /** Something takes longer than a look, e.g. a download. */
    readonly onWait: (what: string) => void
  }): Promise<void>
  /** The corpus as it lies, `null` when there is none yet. */
  corpus(): Promise<CorpusRecord | null>
  /** Machine, versions and settings, for the record. */
  environment(): Promise<Record<string, unknown>>
  /** The same as just looked at in the files themselves; left out where only `corpus` can tell. */
  look?(): Promise<CorpusLook>
  /** The tables as they lie, of streams bronze too; left out where it cannot be read from here. */
  layout?(): Promise<Pick<RunMetrics, 'tables' | 'pruning'>>
  /** Sums that must be equal over bronze, silver and gold, counted in their rows; left out where nobody here can count them. */
  sums?(options: CountOptions): Promise<TableCounts>
  /** Release everything; nothing of the session runs on. */
  close(): Promise<void>
}

/** Config and engines that a pipeline runs on. */
export interface PipelineOptions {
  /** Resolved, as `loadConfig` returns it. */
  readonly config: ResolvedConfig
  /** Default: batch. */
  readonly mode?: RunMetrics['mode']
  /** Rules of validity beside the built-in ones. */
  readonly rules?: readonly Rule[] | undefined
  /** Opens the engines, once a run. */
  open(): Promise<RunSession>
}

/** How a pipeline is run. */
export interface PipelineRunOptions {
  /** Ends the run with the status `aborted`; its record is written. */
  readonly signal?: AbortSignal
  /** Default `./lakebench-output`. */
  readonly outputDir?: string
  /** Listeners by name of event. */
  readonly on?: EventListeners
  /** `false`: a failed run is returned, not thrown. Default `true`. */
  readonly reject?: boolean
  /** Seconds per stage; default `max(3600, scale × 60)`. */
  readonly timeout?: number
  /** Id of an earlier run: its finished stages are kept, the rest runs. */
  readonly resume?: string
  /** Where the run stands in a series; goes into the record as it is. */
  readonly series?: SeriesPlace
}

/** Result of a run. A failed run's error carries the same as `result`. */
export interface RunResult {
  /** The record, also saved as `metrics.json`. */
  readonly metrics: RunMetrics
  /** Scores, rules of validity and the verdict. */
  readonly scorecard: Scorecard
  /** `null` where no benchmark ran. */
  readonly benchmark: BenchmarkResult | null
  /** Where the run's documents lie. */
  readonly paths: RunPaths
  /** Why the run did not succeed; `null` for success and for an abort (`metrics.status` tells them apart). */
  readonly error: Error | null
}
