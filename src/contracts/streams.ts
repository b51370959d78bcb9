import type { PartitionGranularity } from './choices'

/** Name of a stream of continuous mode. */
export type StreamName = 'bronze-ingest' | 'silver-stream' | 'gold-refresh'
export const STREAM_NAMES: readonly StreamName[] = [
  'bronze-ingest',
  'silver-stream',
  'gold-refresh',
]

/** Pace and file size of a stream. */
export interface StreamSettings {
  /** At most so long between two looks, seconds. */
  readonly trigger_seconds: number
  /** Bytes a data file should have. */
  readonly target_file_size: number
}

/** The raw data of a run's streams. */
export type RawSource = Pick<StreamJob, 'raw_prefix' | 'corpus'>

/** The three streams of a run as one document: what any engine needs, and nothing about how it does it. */
export interface StreamJob {
  /** Id of the run, written to every snapshot. */
  readonly run_id: string
  /** Identity of the corpus, which grows meanwhile, or digest of one that lies there; `null` where nothing lies there yet. Every commit says it (`lineage.ts`). */
  readonly corpus: string | null
  /** Prefix of the raw files, below the storage root. */
  readonly raw_prefix: string
  /** Pace of bronze-ingest, and how many raw files a batch may take. */
  readonly bronze: StreamSettings & {
    /** Raw files that a batch takes at most. */
    readonly max_files_per_trigger: number
  }
  /** Pace of silver-stream, and how its table is cut. */
  readonly silver: StreamSettings & {
    /** Content of one partition. */
    readonly partitioning: PartitionGranularity
  }
  /** Pace of gold-refresh, and how its table is cut. */
  readonly gold: StreamSettings & {
    /** Content of one partition. */
    readonly partitioning: Exclude<PartitionGranularity, 'none'>
  }
  /** Below each layer's root. */
  readonly checkpoint_base: string
  /** `YYYY-MM-DD` that stands for today. */
  readonly data_clock: string
  /** Younger snapshots are kept for readers outside this process. */
  readonly retention_seconds: number
  /** A store that is away is waited for, so long. */
  readonly patience_seconds: number
}

/** A raw file whose rows a batch of bronze brought. */
export interface SourceFile {
  /** Below the storage root, as the store lists it. */
  readonly key: string
  /** Rows in it. */
  readonly rows: number
  /** The store's time, milliseconds since the epoch of its own clock: a label, of which no age is computed. */
  readonly modified_ms: number | null
  /** From when the stream first saw it until the commit, on the stream's own monotonic clock. */
  readonly seen_seconds: number
}

/**
 * A micro-batch, or a refresh of gold, is in its table. It tells no time of day: who listens notes when files land and commits come
 * on one monotonic clock, and follows each file from batch to batch by their numbers.
 */
export interface StreamCommit {
  /** Whose batch it is. */
  readonly stream: StreamName
  /** Counts from 1 over the whole run, resumed parts included. */
  readonly batch: number
  /** Iceberg snapshot that holds the rows. */
  readonly snapshot_id: string
  /** From the trigger to the commit. */
  readonly seconds: number
  /** Rows that the batch read. */
  readonly input_rows: number
  /** Rows that the batch wrote. */
  readonly output_rows: number
  /** Bytes of the files that it wrote. */
  readonly bytes: number
  /** Data files that it wrote. */
  readonly files: number
  /** Files of a batch of bronze; empty for the other streams. */
  readonly sources: readonly SourceFile[]
  /** The last batch of bronze that silver now holds, or of silver that gold does; `null` for bronze. */
  readonly source_batch: number | null
  /** From the commit until it is told, seconds; left out where it is told at once. Ages of `sources` are as of the commit. */
  readonly told_after_seconds?: number
}

/** Listeners of an engine while streams run. None of these may throw. */
export interface StreamHooks {
  /** A batch, or a refresh of gold, is in its table. */
  onCommit(commit: StreamCommit): void
  /** A trigger found nothing to do. */
  onEmpty(stream: StreamName): void
  /** A source file cannot be read as what it should be; the stream goes on without it. */
  onQuarantine(file: string, reason: string): void
  /** A batch will be tried again. */
  onRetry(stream: StreamName, why: string): void
  /** Small files of a table were made into fewer. */
  onCompaction(stream: StreamName, filesBefore: number, filesAfter: number): void
  /** Files of old snapshots were removed. */
  onExpired(stream: StreamName, files: number): void
  /** Something that the record should say. */
  onWarning(message: string): void
  /** The driver of a stream, or of all of them (`null`), is in another state. */
  onState(stream: StreamName | null, state: string, detail: string | null): void
}

/** The three streams of a run, under way. */
export interface RunningStreams {
  /** Never resolves; rejects when a stream cannot go on, and then all have stopped. */
  readonly failure: Promise<never>
  /** Take in everything that lies there, through to gold, and stop. Rejects with the signal's reason when that comes first. */
  drain(signal: AbortSignal): Promise<void>
  /** Stop at once; a batch under way leaves nothing. */
  stop(): Promise<void>
}

/** Runs the three streams. A stream's position is in its table, so that data and position are committed together. */
export interface StreamEngine {
  /**
   * Begin, or go on with, the streams of `job.run_id`. Tables of another run are emptied first. An engine that takes a while to
   * begin stops and rejects with the signal's reason when it is aborted meanwhile.
   */
  start(job: StreamJob, hooks: StreamHooks, signal: AbortSignal): Promise<RunningStreams>
}
