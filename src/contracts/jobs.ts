import type { PartitionGranularity, QualityGates, StrategyName } from './choices'
import type { BronzeProfile, PartitionDecision, StrategyDecision } from './plan'

/** A stage's work as a document: what any compute engine needs, and nothing about how it does it. */
export type Job = BronzeVerifyJob | SilverBuildJob | GoldFinalizeJob
/** Name of a kind of job. */
export type JobKind = Job['kind']

/** Work of bronze-verify: read all raw data, change nothing. */
export interface BronzeVerifyJob {
  /** Tells the job from the others. */
  readonly kind: 'bronze-verify'
  /** Shares of bad rows above which the job does not pass. */
  readonly gates: QualityGates
}

/** Work of silver-build: clean and derive every row, into a new content of the silver table. */
export interface SilverBuildJob {
  /** Tells the job from the others. */
  readonly kind: 'silver-build'
  /** Which way to write, and why. */
  readonly strategy: StrategyDecision
  /** Size and dates of the raw data, as bronze-verify found them. */
  readonly profile: BronzeProfile
  /** How the table is cut by its event date, and why. */
  readonly partitioning: PartitionDecision
  /** Bytes a data file should have. */
  readonly target_file_size: number
  /** `YYYY-MM-DD` that stands for today. */
  readonly data_clock: string
  /** ISO-8601 UTC with microseconds; one value per run, stamped on every row. */
  readonly processed_at: string
  /** Id of the run, written to the snapshot. */
  readonly run_id: string
}

/** Work of gold-finalize: KPIs of each day, from silver into a new content of the gold table. */
export interface GoldFinalizeJob {
  /** Tells the job from the others. */
  readonly kind: 'gold-finalize'
  /** How the table is cut by its date. */
  readonly partitioning: Exclude<PartitionGranularity, 'none'>
  /** Id of the run, written to the snapshot. */
  readonly run_id: string
}

/** Result of a job, by its kind. */
export type JobResult<K extends JobKind = JobKind> = {
  'bronze-verify': BronzeVerifyResult
  'silver-build': SilverBuildResult
  'gold-finalize': GoldFinalizeResult
}[K]

/** Measurements that every job takes of itself, in one pass. Unknown is `null`, never 0. */
export interface JobMeasurement {
  /** Inside the engine, monotonic. */
  readonly elapsed_seconds: number
  /** How long the job went on after that with what is none of its work, e.g. fingerprints; left out: not at all. */
  readonly checked_seconds?: number
  /** Rows that the job read. */
  readonly input_rows: number | null
  /** Rows that the job wrote. */
  readonly output_rows: number | null
  /** Bytes of the input and output as they lie in storage (what a plan is sized by). */
  readonly input_bytes: number | null
  /** Bytes of the output as they lie in storage. */
  readonly output_bytes: number | null
  /** Bytes that the engine read and wrote. */
  readonly bytes_read: number | null
  /** Bytes that the engine wrote. */
  readonly bytes_written: number | null
  /** CPU time of the engine, all cores together. */
  readonly cpu_seconds: number | null
  /** Most memory that the engine held at one moment. */
  readonly peak_memory_bytes: number | null
  /** Data files that the job wrote. */
  readonly output_files: number | null
  /** The raw files that were read; left out where none were. */
  readonly raw_input?: RawInput | null
  /** Digest of the raw data that was read, or that the table that was read was made from; left out where neither was. */
  readonly corpus?: string | null
}

/** Which raw files a stage read, and the rows that it found in them. */
export interface RawInput {
  /** Digest of keys and sizes in order; 32 hex digits. */
  readonly digest: string
  /** Raw files that were read. */
  readonly files: number
  /** Rows in them. */
  readonly rows: number
}

/** Result of bronze-verify. */
export interface BronzeVerifyResult extends JobMeasurement {
  /** Size and dates of the raw data, for the strategy of silver. */
  readonly profile: BronzeProfile
  /** Findings, saved as `verification.json`. */
  readonly verification: Verification
}

/** Result of silver-build. */
export interface SilverBuildResult extends JobMeasurement {
  /** The way in which it was written. */
  readonly strategy: StrategyName
  /** Iceberg snapshot that holds the rows. */
  readonly snapshot_id: string
  /** Partitions that have rows. */
  readonly partitions: number
  /** Longest of all tasks, where the engine has tasks and tells. */
  readonly longest_task_seconds?: number | null
}

/** Result of gold-finalize. */
export interface GoldFinalizeResult extends JobMeasurement {
  /** How the table is cut by its date. */
  readonly partitioning: GoldFinalizeJob['partitioning']
  /** Iceberg snapshot that holds the rows. */
  readonly snapshot_id: string
}

/** A schema finding that fails the stage. */
export interface SchemaBreak {
  /** File key relative to the storage root. */
  readonly file: string
  /** The column that is not as it must be; `null` where it is the whole file. */
  readonly column: string | null
  /** Kind of the finding. */
  readonly problem:
    | 'unreadable'
    | 'empty-file'
    | 'missing-column'
    | 'ambiguous-column'
    | 'wrong-type'
    | 'all-null-key'
  /** Cause and remedy, one sentence. */
  readonly message: string
}

/** `verification.json`: what bronze-verify found. Counts are rows unless said otherwise. */
export interface Verification {
  /** Whether the run goes on. */
  readonly passed: boolean
  /** Raw files whose footer and rows were read. */
  readonly files_checked: number
  /** Rows and what is counted in them; `null` and empty where a break kept the rows from being read. */
  readonly rows: number | null
  /** Size of all raw files. */
  readonly bytes: number
  /** Files that do not have the columns they must. */
  readonly breaks: readonly SchemaBreak[]
  /** Gates that were set and not met. */
  readonly gate_failures: readonly {
    /** Key of the gate in the config. */
    readonly gate: string
    /** Share that the config allows. */
    readonly limit: number
    /** Share that was found. */
    readonly actual: number
  }[]
  /** Columns that the workload does not know, with their files. */
  readonly extra_columns: readonly {
    /** File key relative to the storage root. */
    readonly file: string
    /** Names of the columns. */
    readonly columns: readonly string[]
  }[]
  /** Files of no bytes, and Parquet files without rows. */
  readonly empty_files: readonly string[]
  /** Files beside the raw data that are not Parquet by their names; nobody reads them. */
  readonly other_files: readonly string[]
  /** Nulls per raw column; `null` where no footer says and the column was not read. */
  readonly null_counts: Readonly<Record<string, number | null>>
  /** Nulls in columns where the schema says never. */
  readonly null_violations: Readonly<Record<string, number>>
  /**
   * Values that have no place in their column and count as NULL, by file and column: numbers beyond its width, times outside the
   * years 1 to 9999.
   */
  readonly unfit_values: readonly {
    /** File key relative to the storage root. */
    readonly file: string
    /** Name of the column. */
    readonly column: string
    /** Rows with such a value. */
    readonly rows: number
  }[]
  /** NaN values by column. */
  readonly nan_counts: Readonly<Record<string, number>>
  /** Infinite values by column. */
  readonly infinite_counts: Readonly<Record<string, number>>
  /** Negative values by column where none belong. */
  readonly negative_counts: Readonly<Record<string, number>>
  /** Rows per finding, e.g. `email_missing_at`; names come from the workload. */
  readonly format_findings: Readonly<Record<string, number>>
  /** Rows whose event id is on an earlier row; `null` where that was not counted. */
  readonly duplicate_event_ids: number | null
  /** Rows whose address carries the generator's `.duplicate`; `null` where the column is missing. */
  readonly duplicate_markers: number | null
  /** Rows by kind of dirt. */
  readonly quality_flags: Readonly<Record<string, number>>
  /** Range of the event times. */
  readonly timestamp: {
    /** Earliest, ISO-8601; `null` where there is none. */
    readonly min: string | null
    /** Latest, ISO-8601; `null` where there is none. */
    readonly max: string | null
    /** Rows outside the generator's window; `null` for a foreign corpus. */
    readonly outside_window: number | null
  }
  /** Dirt that the generator says it injected, beside what was found; `null` for a foreign corpus. */
  readonly injected_dirt: Readonly<Record<string, number>> | null
}

/** Facts of raw data before it is read. Of foreign data its place, and the rest `null`. */
export interface CorpusFacts {
  /** Prefix of the raw files, below the storage root. */
  readonly prefix: string
  /** The files that the generator's manifest promises. */
  readonly files: readonly { readonly key: string; readonly bytes: number }[] | null
  /** Files that have other bytes than the generator wrote, and what is wrong with each. */
  readonly changed: readonly { readonly key: string; readonly message: string }[]
  /** Rows by kind. */
  readonly injected_dirt: Readonly<Record<string, number>> | null
  /** ISO-8601 UTC; events lie in [start, end). */
  readonly window: { readonly start: string; readonly end: string } | null
}

/** Real progress: units are the job's own, e.g. rows of files read, bytes of files written. */
export interface JobProgress {
  /** Rows done. */
  readonly rows: number | null
  /** Rows that there are to do. */
  readonly rows_total: number | null
  /** Bytes done. */
  readonly bytes: number | null
  /** Bytes that there are to do. */
  readonly bytes_total: number | null
  /** 0..1 where the engine knows it. */
  readonly fraction: number | null
  /** Phase of the job, e.g. `reading`, `writing`, `committing`; the numbers are of this phase. Left out: of the whole job. */
  readonly phase?: string
}

/** Progress of which nothing can be counted. */
export const UNCOUNTED: JobProgress = {
  rows: null,
  rows_total: null,
  bytes: null,
  bytes_total: null,
  fraction: null,
}
