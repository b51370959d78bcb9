import { z } from 'zod'
import { object } from './documents'

const count = z.number().nonnegative().nullable()

/** A table as it lies after the run. */
export const TableLayoutSchema = object({
  /** Current snapshot; null for a table without one. */
  snapshot_id: z.string().nullable(),
  /** The snapshot that last changed the rows: an earlier one where compactions came after it. */
  rows_snapshot_id: z.string().nullable(),
  /** The run that made the rows, as the snapshot says; null where it does not. */
  run_id: z.string().nullable(),
  /** Digest of the raw data that the rows were made from, as the snapshot says; of streams the identity of their corpus. */
  corpus: z.string().nullable(),
  /** The snapshot that it was made from: of gold silver's, of a stream's silver bronze's. */
  source_snapshot_id: z.string().nullable(),
  /** Data files that are not as the table's metadata says, a sentence each; null where nobody looked. */
  faults: z.array(z.string()).nullable(),
  /** Data files. */
  files: z.number().nonnegative(),
  /** In the data files themselves where `faults` is known, else as the table's metadata counts them. */
  rows: z.number().nonnegative(),
  /** Size of the data files, bytes. */
  bytes: z.number().nonnegative(),
  /** e.g. `month(interaction_date)`; `null`: not partitioned. */
  partitioned_by: z.string().nullable(),
  /** Partitions that hold data; null where it has none. */
  partitions: count,
  /** Smallest data file, bytes; null without files. */
  smallest_file_bytes: count,
  /** Median data file, bytes; null without files. */
  median_file_bytes: count,
  /** Largest data file, bytes; null without files. */
  largest_file_bytes: count,
})
/** Files and partitions of a table at the end of a run. */
export type TableLayout = z.infer<typeof TableLayoutSchema>

/** Files and bytes of a table that a query with a window of dates has to read, by the bounds of the files. */
export const TablePruningSchema = object({
  /** Name of the query. */
  query: z.string(),
  /** Table that it reads. */
  table: z.string(),
  /** Data files of the table. */
  files: z.number().nonnegative(),
  /** Those of them that its dates fall in. */
  files_needed: z.number().nonnegative(),
  /** Size of the table's files, bytes. */
  bytes: z.number().nonnegative(),
  /** Size of the files needed, bytes. */
  bytes_needed: z.number().nonnegative(),
})
/** Files that a query of some months may leave unread. */
export type TablePruning = z.infer<typeof TablePruningSchema>

/** Sums over a table, counted in its rows. */
export const TableSumsSchema = object({
  /** Rows of the table; of gold one a date. */
  rows: z.number().nonnegative(),
  /** Distinct event dates; rows without one are a date more. */
  dates: z.number().nonnegative(),
  /** Sum of the transaction amounts; null where the sum is no finite number. */
  revenue: z.number().nullable(),
})
export type TableSums = z.infer<typeof TableSumsSchema>

/** Rows by kind of dirt, counted in the bronze table, under the names of bronze-verify's measurements. */
export const FoundDirtSchema = object({
  /** Rows with a value that is not as its format says, by kind. */
  format_findings: z.record(z.string(), z.number().nonnegative()),
  /** Rows by the flag that the source set. */
  quality_flags: z.record(z.string(), z.number().nonnegative()),
})
export type FoundDirt = z.infer<typeof FoundDirtSchema>

/** Facts of the run's data when its stages were over, outside every measured time. */
export const LineageSchema = object({
  /** Digest of the raw data as it lay then; null where there was none. */
  corpus_at_end: z.string().nullable(),
  /** Sums over the run's tables, to be held against each other. */
  sums: object({
    /** Sums over the rows that silver keeps; of the raw files, or of the bronze table in continuous mode. */
    bronze: TableSumsSchema.nullable(),
    /** Sums over silver; null where they are not known. */
    silver: TableSumsSchema.nullable(),
    /** Sums over gold; null where they are not known. */
    gold: TableSumsSchema.nullable(),
  }),
  /** Dirt of a drained continuous run over a generated corpus; null elsewhere, as in a batch, where bronze-verify counts, or where `unknown` says why. */
  found: FoundDirtSchema.nullable(),
  /** Why a sum, or what was found, is null, a sentence each. */
  unknown: z.array(z.string()),
})
/** Counts of the tables at the end of a run, and where their rows came from. */
export type LineageRecord = z.infer<typeof LineageSchema>
