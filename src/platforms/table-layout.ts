import { lineageOf } from '../contracts/lineage'
import type { TableLayout, TablePruning } from '../contracts/table-metrics'
import type { TableFiles, TableRole } from '../contracts/tables'
import { inspectTable } from '../iceberg/table'
import type { DataFile } from '../iceberg/types'
import { medianOrNull } from '../results/statistics/moments'
import { QUERIES, type WorkloadQuery } from '../workload/queries'

const DAY_MS = 86_400_000

export interface LayoutRecord {
  readonly tables: Record<string, TableLayout>
  readonly pruning: TablePruning[]
}

/** Files, partitions and what queries may leave unread of the tables that are there, with a look at every data file's end. */
export async function readLayout(
  locations: Readonly<Partial<Record<TableRole, string>>>,
): Promise<LayoutRecord> {
  const found = await Promise.all(
    Object.entries(locations).map(async ([role, location]) => {
      const table = await inspectTable(location)
      return table ? { [role]: filesOf(table) } : {}
    }),
  )
  return layoutRecord(Object.assign({}, ...found))
}

/** The same from files that an engine told of. Pure. */
export function layoutRecord(
  tables: Readonly<Partial<Record<TableRole, TableFiles>>>,
): LayoutRecord {
  const { silver } = tables
  return {
    tables: Object.fromEntries(
      Object.entries(tables).map(([role, table]) => [role, layoutOf(table)]),
    ),
    pruning: silver ? QUERIES.flatMap(query => pruningOf(silver, query) ?? []) : [],
  }
}

function filesOf(table: NonNullable<Awaited<ReturnType<typeof inspectTable>>>): TableFiles {
  const { partitionBy, snapshotId, summary, files, faults } = table
  return {
    snapshot_id: snapshotId,
    summary,
    faults,
    partitioned_by: partitionBy ? `${partitionBy.transform}(${partitionBy.column})` : null,
    files: files.map(file => ({
      bytes: file.bytes,
      rows: file.rows,
      partition: file.partition,
      ...daysOf(file),
    })),
  }
}

function layoutOf({
  snapshot_id,
  summary,
  faults,
  partitioned_by,
  files,
}: TableFiles): TableLayout {
  const sizes = files.map(file => file.bytes).sort((a, b) => a - b)
  return {
    snapshot_id,
    ...lineageOf(snapshot_id, summary),
    faults: faults && [...faults],
    files: files.length,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: sumOf(files),
    partitioned_by,
    partitions: partitioned_by === null ? null : new Set(files.map(file => file.partition)).size,
    smallest_file_bytes: sizes[0] ?? null,
    median_file_bytes: medianOrNull(sizes),
    largest_file_bytes: sizes.at(-1) ?? null,
  }
}

/** Files that a query with a window of dates reads: those whose bounds touch it. Files without bounds must be read. */
function pruningOf(
  { files }: TableFiles,
  { id, first_months }: WorkloadQuery,
): TablePruning | null {
  if (first_months === null) return null
  const first = Math.min(
    ...files.flatMap(({ lower_day }) => (lower_day === null ? [] : [lower_day])),
  )
  if (!Number.isFinite(first)) return null
  const end = monthsLater(first, first_months)
  const needed = files.filter(
    ({ lower_day, upper_day }) =>
      (lower_day === null || lower_day < end) && (upper_day === null || upper_day >= first),
  )
  return {
    query: id,
    table: 'silver',
    files: files.length,
    files_needed: needed.length,
    bytes: sumOf(files),
    bytes_needed: sumOf(needed),
  }
}

function daysOf({ columns }: DataFile): { lower_day: number | null; upper_day: number | null } {
  const { lower = null, upper = null } = columns.interaction_date ?? {}
  return {
    lower_day: typeof lower === 'number' ? lower : null,
    upper_day: typeof upper === 'number' ? upper : null,
  }
}

function monthsLater(day: number, months: number): number {
  const date = new Date(day * DAY_MS)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  // Engines stay in the month: three months after 30 November is the last of February.
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(date.getUTCDate(), last)) / DAY_MS
}

const sumOf = (files: readonly { readonly bytes: number }[]) =>
  files.reduce((sum, file) => sum + file.bytes, 0)
