import { JobFailedError } from './errors'
import type { LineageRecord } from './table-metrics'

/**
 * What each commit of bronze, silver and gold says in its snapshot's summary of where the table's rows came from. Whoever writes a
 * table writes these, whatever the engine; `layout()` reads them into the record, where the rules of validity judge them.
 */

/** The run that made the rows. */
export const RUN_ID = 'lakebench.run-id'
/**
 * Digest of the raw data that the rows were made from, as in `corpus.digest` of the record; of streams, whose corpus still grows, its
 * identity. A batch writes the one that it looked at when it read; gold repeats silver's.
 */
export const CORPUS = 'lakebench.corpus'
/** The silver snapshot that gold's rows were made from (`rowsSnapshot`). */
export const SILVER_SNAPSHOT = 'lakebench.silver-snapshot'
/** The bronze snapshot up to which a stream's silver holds the rows. */
export const BRONZE_SNAPSHOT = 'lakebench.bronze-snapshot'
/** The snapshot that changed the rows, of a commit that changed none (a compaction, a claim). */
export const ROWS_OF = 'lakebench.rows-of'

type Summary = Readonly<Record<string, string>>

/** Id of the attempt to commit, not of the rows. */
const NOT_CARRIED = 'lakebench.commit-id'

/** The snapshot that last changed the rows which a snapshot has: itself, unless it is of a compaction. */
export const rowsSnapshot = (snapshotId: string, summary: Summary): string =>
  summary[ROWS_OF] ?? snapshotId

/** Summary of a commit that changes no rows: all that the snapshot before it said of them, and which one that was. */
export function carriedOver(snapshotId: string, summary: Summary): Summary {
  const own = Object.entries(summary).filter(
    ([key]) => key.startsWith('lakebench.') && key !== NOT_CARRIED,
  )
  return { ...Object.fromEntries(own), [ROWS_OF]: rowsSnapshot(snapshotId, summary) }
}

/** As `TableLayout` has it. */
export interface Lineage {
  readonly run_id: string | null
  readonly corpus: string | null
  readonly source_snapshot_id: string | null
  readonly rows_snapshot_id: string | null
}

/** Where a snapshot says that its rows came from; `null` where it does not say. */
export function lineageOf(snapshotId: string | null, summary: Summary): Lineage {
  return {
    run_id: summary[RUN_ID] ?? null,
    corpus: summary[CORPUS] ?? null,
    source_snapshot_id: summary[SILVER_SNAPSHOT] ?? summary[BRONZE_SNAPSHOT] ?? null,
    rows_snapshot_id: snapshotId === null ? null : rowsSnapshot(snapshotId, summary),
  }
}

/** Counts of a run in its tables at its end, or why there are none. */
export type TableCounts = Omit<LineageRecord, 'corpus_at_end'>

/** How the tables of a run are counted. */
export interface CountOptions {
  /** Ends the counting. */
  readonly signal: AbortSignal
  /** Also the dirt in the bronze table. */
  readonly findings: boolean
}

/** The raw data as it lies at one moment, for whoever is about to read it, and again when it has. */
export interface CorpusLook {
  /**
   * As in `corpus.digest` of the record where the files are just those of the manifest; else of keys, sizes and footers, which is
   * no generated corpus. `null`: there are no files.
   */
  readonly digest: string | null
  /** Files among the raw data that nothing reads, as they are not named `*.parquet`. */
  readonly others: readonly string[]
  /** Another one as soon as a file came, went or was written, or the manifest was. */
  readonly state: string
}

/** Read raw data that is the same from before its first file is opened until `check`, which throws JobFailedError where it is not. */
export async function readUnchanged<T>(
  look: () => Promise<CorpusLook>,
  read: (corpus: string | null, check: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const before = await look()
  return read(before.digest, async () => {
    const after = await look()
    if (after.state === before.state) return
    throw new JobFailedError(
      'The raw data changed while it was read, so nobody can say what was made of it. Let nothing write to it, and run again.',
    )
  })
}
