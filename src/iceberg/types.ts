import type { PartitionBy, TableColumn } from '../contracts/tables'

/**
 * A smallest or largest value. date: days since 1970 (number); timestamp: microseconds since 1970 (bigint); long: bigint or
 * number in, bigint out; int and double: number.
 */
export type Bound = string | number | bigint | boolean

/** Statistics of one column in one file; `null` = not known. Keyed by column, and `<list>.element` for a list's element. */
export interface ColumnStats {
  /** Values, nulls and NaN included: the file's rows, but for list elements. */
  readonly values: number
  readonly nulls: number
  readonly nans: number | null
  /** Compressed bytes. */
  readonly size: number | null
  /** May be shorter than the smallest value, never above it; NaN aside. */
  readonly lower: Bound | null
  /** Never below the largest value; NaN aside. */
  readonly upper: Bound | null
}

export interface DataFile {
  /** Absolute path on disk. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** Days or months since 1970; `null` is the null partition, or an unpartitioned table. */
  readonly partition: number | null
  readonly columns: Readonly<Record<string, ColumnStats>>
}

/** A table as of its current snapshot. */
export interface TableSnapshot {
  /** N of `vN.metadata.json`. */
  readonly version: number
  readonly uuid: string
  /** Absolute folder, links resolved. */
  readonly location: string
  readonly columns: readonly TableColumn[]
  readonly partitionBy: PartitionBy | null
  /** 63-bit number as text; `null` where the table has no snapshot. */
  readonly snapshotId: string | null
  readonly sequenceNumber: number
  /** Summary of the current snapshot. */
  readonly summary: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  /** Live files, in the order of the manifests. */
  readonly files: readonly DataFile[]
  /** Time of the current snapshot, or of the last change where there is none; ms since 1970. */
  readonly timestampMs: number
}

/**
 * How a commit ended. Only after `failed` may the writer's own files be deleted; after `unknown` nobody can say whether the
 * commit is visible, and `commitId` (in the snapshot's summary as `lakebench.commit-id`) lets a later look find out.
 */
export type CommitOutcome =
  | { readonly state: 'committed'; readonly version: number; readonly snapshotId: string }
  | { readonly state: 'failed'; readonly cause: Error }
  /** The snapshot is the table's newest, should the commit be visible. */
  | {
      readonly state: 'unknown'
      readonly commitId: string
      readonly snapshotId: string
      readonly cause: Error
    }
