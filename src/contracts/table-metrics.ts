import { z } from 'zod'
import { object } from './document-schema'

const count = z.number().nonnegative().nullable()

/** A table as it lies after the run. */
export const TableLayoutSchema = object({
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
  files: z.number().nonnegative(),
  /** In the data files themselves where `faults` is known, else as the table's metadata counts them. */
  rows: z.number().nonnegative(),
  bytes: z.number().nonnegative(),
  /** e.g. `month(interaction_date)`; `null`: not partitioned. */
  partitioned_by: z.string().nullable(),
  partitions: count,
  smallest_file_bytes: count,
  median_file_bytes: count,
  largest_file_bytes: count,
})
export type TableLayout = z.infer<typeof TableLayoutSchema>

/** Files and bytes of a table that a query with a window of dates has to read, by the bounds of the files. */
export const TablePruningSchema = object({
  query: z.string(),
  table: z.string(),
  files: z.number().nonnegative(),
  files_needed: z.number().nonnegative(),
  bytes: z.number().nonnegative(),
  bytes_needed: z.number().nonnegative(),
})
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
  format_findings: z.record(z.string(), z.number().nonnegative()),
  quality_flags: z.record(z.string(), z.number().nonnegative()),
})
export type FoundDirt = z.infer<typeof FoundDirtSchema>
