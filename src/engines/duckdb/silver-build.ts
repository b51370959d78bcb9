import type { PartitionGranularity } from '../../contracts/choices'
import { JobFailedError, LakebenchError } from '../../contracts/errors'
import type { SilverBuildJob, SilverBuildResult } from '../../contracts/jobs'
import { CORPUS, RUN_ID } from '../../contracts/lineage'
import { type EmbeddedResources, ISO_DATE } from '../../contracts/plan'
import type { RunJobOptions } from '../../contracts/ports'
import type { PartitionBy } from '../../contracts/tables'
import { GIB } from '../../shared/format'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { rawInput } from '../../workload/raw-files'
import { renderSilver } from '../../workload/render'
import { SILVER_COLUMNS } from '../../workload/silver-columns'
import { chunkCount, dateChunks, SALT_BUCKETS } from '../../workload/write-cuts'
import { startMeter } from './meter'
import type { RawFile, RawInspection } from './raw-files'
import { findDamaged, type ReadableFile, rawRelation } from './raw-relation'
import { type DuckDbSession, fileList, quoted } from './session'
import { type CopyStep, type WriteLayout, writeTable } from './write-table'

/** Rows per row group: large enough to compress and skip well, small enough that open partitions fit in memory. */
const ROW_GROUP_ROWS = 8192
const SMALLEST_ROW_GROUP = 512
/** Bytes of a silver row while it waits to be written. */
const ROW_BYTES = 5 * 1024
/** Shares of the memory for open row groups, and for rows that wait to be sorted into partitions. */
const ROW_GROUP_SHARE = 0.4
const WAITING_SHARE = 0.25

/** The raw data that silver is made from. */
export interface RawSource {
  /** Its digest before the first file was opened. */
  readonly corpus: string | null
  inspect(): Promise<RawInspection>
  /** @throws JobFailedError where it is not the same any more */
  check(): Promise<void>
}

export async function silverBuild(
  session: DuckDbSession,
  source: RawSource,
  location: string,
  job: SilverBuildJob,
  resources: EmbeddedResources | null,
  options: RunJobOptions,
): Promise<SilverBuildResult> {
  const stop = startMeter()
  const raw = await source.inspect()
  const files =
    job.strategy.strategy === 'chunked'
      ? await dated(session, raw.files, options.signal)
      : raw.files.map(undated)
  const select = (chosen: readonly DatedFile[], where: string | null) =>
    renderSilver(
      DUCKDB,
      { dataClock: job.data_clock, processedAt: job.processed_at },
      { source: rawRelation(chosen), where },
    )
  const partitionBy = silverPartition(job.partitioning.granularity)
  const written = await writeTable(
    session,
    {
      location,
      columns: SILVER_COLUMNS,
      partitionBy,
      targetFileSize: job.target_file_size,
      layout: silverLayout(job.partitioning.granularity, job.profile.dates, resources),
      properties: {
        'write.parquet.compression-codec': 'zstd',
        'write.target-file-size-bytes': String(job.target_file_size),
      },
    },
    silverSteps(job, files, select),
    {
      mode: 'replace',
      beforeCommit: source.check,
      summary: {
        [RUN_ID]: job.run_id,
        ...(source.corpus !== null && { [CORPUS]: source.corpus }),
        'lakebench.ingested-at': job.processed_at,
        'lakebench.data-clock': job.data_clock,
        'lakebench.strategy': job.strategy.strategy,
      },
    },
    // By date ranges, files are read again for each range that touches them.
    { ...options, ...(job.strategy.strategy !== 'chunked' && { inputBytes: bytesOf(raw.files) }) },
  ).catch(async error => {
    options.signal.throwIfAborted()
    if (error instanceof LakebenchError) throw error
    // Columns that verification does not look into are decoded here first.
    const [damaged] = await findDamaged(session, raw.files, options.signal)
    throw damaged
      ? new JobFailedError(`${damaged.file.key}: ${damaged.message}`, { cause: error })
      : error
  })
  const rows = raw.files.reduce((sum, f) => sum + f.rows, 0)
  return {
    ...stop(),
    input_rows: rows,
    output_rows: written.files.reduce((sum, f) => sum + f.rows, 0),
    input_bytes: bytesOf(raw.files),
    output_bytes: bytesOf(written.files),
    output_files: written.files.length,
    corpus: source.corpus,
    raw_input: rawInput(raw.files, rows),
    strategy: job.strategy.strategy,
    snapshot_id: written.snapshotId,
    partitions: new Set(written.files.map(f => f.partition)).size,
  }
}

export function silverPartition(granularity: PartitionGranularity): PartitionBy | null {
  return granularity === 'none' ? null : { column: 'interaction_date', transform: granularity }
}

/** A writer holds a row group per open partition and each thread a batch of rows on their way there; both must fit. */
export function silverLayout(
  granularity: PartitionGranularity,
  dates: number,
  resources: EmbeddedResources | null,
): WriteLayout {
  if (!resources || granularity === 'none')
    return { rowGroupRows: ROW_GROUP_ROWS, partitions: 1, waitingRows: null }
  const partitions = Math.max(1, granularity === 'day' ? dates : Math.ceil(dates / 28))
  const fitting = Math.floor((resources.memory * ROW_GROUP_SHARE) / (partitions * ROW_BYTES))
  return {
    rowGroupRows: Math.max(SMALLEST_ROW_GROUP, Math.min(ROW_GROUP_ROWS, fitting)),
    partitions,
    waitingRows: Math.floor((resources.memory * WAITING_SHARE) / (resources.threads * ROW_BYTES)),
  }
}

const bytesOf = (files: readonly { readonly bytes: number }[]) =>
  files.reduce((sum, f) => sum + f.bytes, 0)

const undated = (file: RawFile): DatedFile => ({ ...file, min_date: null, max_date: null })

/** Event date ranges from the footers; a file with a silent row group may hold any date. */
async function dated(
  session: DuckDbSession,
  files: readonly RawFile[],
  signal: AbortSignal,
): Promise<DatedFile[]> {
  const sql = `SELECT file_name, CAST(CAST(min(stats_min_value) AS TIMESTAMP) AS DATE) AS lo, CAST(CAST(max(stats_max_value) AS TIMESTAMP) AS DATE) AS hi,
      bool_or(stats_min_value IS NULL OR stats_max_value IS NULL) AS silent
    FROM parquet_metadata(${fileList(files.map(f => f.path))}) WHERE path_in_schema = 'event_timestamp' GROUP BY 1`
  const rows = await session.rows(sql, { signal }).catch(() => {
    signal.throwIfAborted()
    return [] // A bound that DuckDB cannot print fails the whole statement.
  })
  const ranges = new Map(rows.map(r => [String(r.file_name), r]))
  return files.map(file => {
    const range = ranges.get(file.path)
    if (!range || range.silent) return undated(file)
    const [min_date, max_date] = [String(range.lo), String(range.hi)]
    return [min_date, max_date].every(d => ISO_DATE.test(d))
      ? { ...file, min_date, max_date }
      : undated(file)
  })
}

/** A raw file with the range of event dates its footer gives; `null` where the footer is silent, so it may hold any. */
export interface DatedFile extends ReadableFile {
  readonly bytes: number
  readonly min_date: string | null
  readonly max_date: string | null
}

/** SELECT text of the silver rows of some files, optionally only those that `where` (over raw columns) keeps. */
export type SilverSelect = (files: readonly DatedFile[], where: string | null) => string

/** Bytes that one pass may read at the most, so that memory and open files stay bounded whatever the corpus. */
const STREAM_BYTES = 2 * GIB
const EVENT_DATE = 'CAST(event_timestamp AS DATE)'

/**
 * The four ways to write silver. All give the same rows; they differ in how much is held at once and in how many files.
 *
 * - simple: one clustered write of everything.
 * - streaming: no shuffle; file group after file group, each written as it comes.
 * - chunked: date range after date range, each reading only the files whose range touches it; bounds inclusive.
 * - salted: the hot dates are split over several files and tasks.
 */
export function silverSteps(
  job: SilverBuildJob,
  files: readonly DatedFile[],
  select: SilverSelect,
): readonly CopyStep[] {
  switch (job.strategy.strategy) {
    case 'simple':
      return [{ select: select(files, null) }]
    case 'streaming':
      return fileGroups(files).map(group => ({ select: select(group, null) }))
    case 'chunked':
      return chunkSteps(job, files, select)
    case 'salted':
      return [{ select: select(files, null), splitBy: salt(job.profile.hot_dates) }]
  }
}

function fileGroups(files: readonly DatedFile[]): DatedFile[][] {
  const groups: DatedFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of files) {
    if (bytes + file.bytes > STREAM_BYTES) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)!.push(file)
    bytes += file.bytes
  }
  return groups
}

function chunkSteps(
  job: SilverBuildJob,
  files: readonly DatedFile[],
  select: SilverSelect,
): CopyStep[] {
  const { min_date, max_date, bytes } = job.profile
  // Rows without a date belong to no range; they must not be lost.
  const undated: CopyStep = { select: select(files, 'event_timestamp IS NULL') }
  if (!min_date || !max_date) return [undated]
  const chunks = dateChunks(min_date, max_date, chunkCount(bytes))
  const dated = chunks.flatMap(({ from, to }) => {
    const touched = files.filter(
      f => f.min_date === null || f.max_date === null || (f.min_date <= to && f.max_date >= from),
    )
    if (touched.length === 0) return []
    const where = `${EVENT_DATE} BETWEEN DATE ${quoted(from)} AND DATE ${quoted(to)}`
    return [{ select: select(touched, where) }]
  })
  return [...dated, undated]
}

function salt(hotDates: readonly string[]): { name: string; sql: string } {
  if (hotDates.length === 0) return { name: '_salt', sql: '0' }
  const hot = `interaction_date IN (${hotDates.map(d => `DATE ${quoted(d)}`).join(', ')})`
  return {
    name: '_salt',
    sql: `CASE WHEN ${hot} THEN 1 + abs(coalesce(id, 0) % ${SALT_BUCKETS}) ELSE 0 END`,
  }
}
