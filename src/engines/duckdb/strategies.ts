import type { SilverBuildJob } from '../../contracts/jobs'
import { chunkCount, dateChunks, SALT_BUCKETS } from '../../workload/write-cuts'
import type { ReadableFile } from './raw-relation'
import { quoted } from './session'
import type { CopyStep } from './write-table'

/** A raw file with the range of event dates its footer gives; `null` where the footer is silent, so it may hold any. */
export interface DatedFile extends ReadableFile {
  readonly bytes: number
  readonly min_date: string | null
  readonly max_date: string | null
}

/** SELECT text of the silver rows of some files, optionally only those that `where` (over raw columns) keeps. */
export type SilverSelect = (files: readonly DatedFile[], where: string | null) => string

/** Bytes that one pass may read at the most, so that memory and open files stay bounded whatever the corpus. */
const STREAM_BYTES = 2 * 2 ** 30
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
