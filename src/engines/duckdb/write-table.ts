import { CommitConflictError, CommitFailedError, CommitUnknownError } from '../../contracts/errors'
import { type JobProgress, UNCOUNTED } from '../../contracts/jobs'
import type { PartitionBy, TableColumn } from '../../contracts/tables'
import {
  beginWrite,
  type CommitOptions,
  type TableWrite,
  type WriteOptions,
} from '../../iceberg/table'
import type { DataFile } from '../../iceberg/types'
import { type CopyStatsRow, dataFile, partitionColumn } from './copy-stats'
import { ioCounters } from './meter'
import { type DuckDbSession, identifier, quoted, type StatementOptions } from './session'

/** How the embedded engine lays out Parquet. Measured in `bench/`: half the bytes and two thirds of the time of snappy with default row groups. */
const COMPRESSION = 'COMPRESSION zstd, COMPRESSION_LEVEL 1'

/** DuckDB's own defaults. */
const DEFAULT_OPEN_FILES = 100
const DEFAULT_WAITING_ROWS = 524_288
const SPARE_FILES = 32

/** One COPY: its rows, and further keys it splits files by beside the table's partition (never written as columns). */
export interface CopyStep {
  readonly select: string
  readonly splitBy?: { readonly name: string; readonly sql: string }
}

/** How much is held while writing; see `silver-build.ts` for how it follows from the memory. */
export interface WriteLayout {
  readonly rowGroupRows: number
  /** Partitions that may be open at once. */
  readonly partitions: number
  /** Rows a thread gathers before it hands them to the partitions' files; `null`: the engine's default. */
  readonly waitingRows: number | null
}

export interface TableTarget {
  readonly location: string
  readonly columns: readonly TableColumn[]
  readonly partitionBy: PartitionBy | null
  readonly targetFileSize: number
  readonly layout: WriteLayout
  readonly properties: Record<string, string>
}

export interface WrittenTable {
  readonly files: readonly DataFile[]
  readonly snapshotId: string
}

/** Progress of a write, and what it is the share of. */
export interface WriteTableOptions extends StatementOptions {
  /** Bytes that all steps read, each once; left out where that is not known. */
  readonly inputBytes?: number
}

/** How the rows of a write are committed, and under which requirements; see `WriteOptions` and `CommitOptions` of the table. */
export interface WriteCommit
  extends Pick<WriteOptions, 'mode' | 'requiredProperties'>,
    Pick<CommitOptions, 'replaced'> {
  readonly summary: Readonly<Record<string, string>>
  /** Checks once the rows were written; where it throws, none of them stays. */
  beforeCommit?(): Promise<void>
  /** Told before CommitUnknownError: what is in the table, should the commit be visible. */
  onUnknown?(written: WrittenTable): void
}

/**
 * Put the rows of the steps into a table, in one snapshot. Nothing is visible before the commit; a failure or an abort
 * before it removes what was written.
 */
export async function writeTable(
  session: DuckDbSession,
  target: TableTarget,
  steps: readonly CopyStep[],
  { mode, requiredProperties, replaced, summary, beforeCommit, onUnknown }: WriteCommit,
  options: WriteTableOptions,
): Promise<WrittenTable> {
  const { location, columns, partitionBy, targetFileSize, properties } = target
  const write = await beginWrite(location, {
    columns,
    partitionBy,
    mode,
    properties,
    targetFileSize,
    requiredProperties,
  })
  let files: DataFile[]
  try {
    files = await copySteps(session, target, steps, write, options)
    await beforeCommit?.()
  } catch (error) {
    await write.discard()
    throw error
  }
  options.onProgress?.({ ...UNCOUNTED, phase: 'committing' })
  const outcome = await write.commit(files, { summary, signal: options.signal, replaced })
  if (outcome.state === 'committed') return { files, snapshotId: outcome.snapshotId }
  if (outcome.state === 'unknown') {
    onUnknown?.({ files, snapshotId: outcome.snapshotId })
    throw new CommitUnknownError(
      outcome.commitId,
      `Nobody can say whether the commit to ${location} is visible (${outcome.cause.message}). Nothing was deleted, and the table is whole either way. Run again: the next run starts from what is visible.`,
      { cause: outcome.cause },
    )
  }
  await write.discard()
  options.signal.throwIfAborted()
  if (outcome.cause instanceof CommitConflictError) throw outcome.cause
  throw new CommitFailedError(
    `The commit to ${location} failed: ${outcome.cause.message}. The table is as it was.`,
    {
      cause: outcome.cause,
    },
  )
}

async function copySteps(
  session: DuckDbSession,
  target: TableTarget,
  steps: readonly CopyStep[],
  write: TableWrite,
  { signal, onProgress, inputBytes }: WriteTableOptions,
): Promise<DataFile[]> {
  const { partitions, waitingRows } = target.layout
  // Of this statement alone: other tables are written beside it.
  const settings = {
    // A file that is closed early and opened again would be two files, so every partition stays open.
    partitioned_write_max_open_files: Math.max(DEFAULT_OPEN_FILES, partitions + SPARE_FILES),
    partitioned_write_flush_threshold: waitingRows ?? DEFAULT_WAITING_ROWS,
  }
  const files: DataFile[] = []
  const progress = onProgress && copyProgress(steps.length, inputBytes ?? null, onProgress)
  for (const [index, step] of steps.entries()) {
    const rows = await session.rows(copyStatement(target, step, write, index), {
      signal,
      settings,
      ...(progress && { onProgress: progress(index) }),
    })
    for (const row of rows as unknown as CopyStatsRow[]) {
      if (Number(row.count) > 0) files.push(dataFile(row, target.columns, target.partitionBy))
    }
  }
  return files
}

function copyStatement(
  target: TableTarget,
  step: CopyStep,
  write: TableWrite,
  index: number,
): string {
  const { partitionBy, columns } = target
  const keys: { name: string; sql: string }[] = []
  if (partitionBy)
    keys.push({ name: partitionColumn(partitionBy), sql: partitionText(partitionBy) })
  if (step.splitBy) keys.push(step.splitBy)
  const options = [
    'FORMAT parquet',
    COMPRESSION,
    `ROW_GROUP_SIZE ${target.layout.rowGroupRows}`,
    `FIELD_IDS ${fieldIds(columns, write.fieldIds)}`,
    `FILENAME_PATTERN ${quoted(`${write.writer}-${index}-{i}`)}`,
    'OVERWRITE_OR_IGNORE true',
    'RETURN_STATS true',
    ...(keys.length > 0
      ? [
          `PARTITION_BY (${keys.map(k => identifier(k.name)).join(', ')})`,
          'WRITE_PARTITION_COLUMNS false',
        ]
      : [`FILE_SIZE_BYTES ${target.targetFileSize}`]),
  ]
  const helpers = keys.map(k => `, ${k.sql} AS ${identifier(k.name)}`).join('')
  const select = `SELECT ${columns.map(c => identifier(c.name)).join(', ')}${helpers} FROM (${step.select})`
  return `COPY (${select}) TO ${quoted(write.dataDir)} (${options.join(', ')})`
}

const partitionText = ({ column, transform }: PartitionBy): string =>
  // An infinite date belongs to no month; it goes to the partition of the NULLs.
  `CASE WHEN isfinite(${identifier(column)}) THEN strftime(${identifier(column)}, ${quoted(transform === 'month' ? '%Y-%m' : '%Y-%m-%d')}) END`

function fieldIds(columns: readonly TableColumn[], ids: Readonly<Record<string, number>>): string {
  const one = (c: TableColumn) =>
    c.type === 'string_list'
      ? `${identifier(c.name)}: {__duckdb_field_id: ${ids[c.name]}, element: ${ids[`${c.name}.element`]}}`
      : `${identifier(c.name)}: ${ids[c.name]}`
  return `{${columns.map(one).join(', ')}}`
}

/** From this share on, what is left to read is no part of the time that is left. */
const ALL_READ = 0.999

type Report = (progress: JobProgress) => void

/**
 * Progress of the COPY statements that write a table: the share of the input that is read, then the bytes that are written so far.
 * How much there will be to write is known to nobody before it is written, so writing has no share.
 *
 * @param inputBytes what all statements together read; `null` where that is not known
 */
function copyProgress(
  statements: number,
  inputBytes: number | null,
  report: Report,
): (index: number) => Report {
  const before = ioCounters()
  return index => progress => {
    const now = ioCounters()
    const scanned = progress.fraction === null ? null : (index + progress.fraction) / statements
    // DuckDB's share of a COPY moves by whole files; the bytes that went through read calls move all the time.
    const bytes =
      inputBytes && before && now ? Math.min(inputBytes, now.rchar - before.rchar) : null
    const share = bytes === null ? scanned : bytes / inputBytes!
    if ((share ?? 0) >= ALL_READ || (scanned ?? 0) >= ALL_READ)
      report({
        ...UNCOUNTED,
        bytes: before && now ? now.wchar - before.wchar : null,
        phase: 'writing',
      })
    else
      report({
        ...UNCOUNTED,
        bytes,
        bytes_total: bytes && inputBytes,
        fraction: share,
        phase: 'reading',
      })
  }
}
