import type { SilverBuildJob } from '../../contracts/jobs'
import type { LocalSparkResources } from '../../contracts/plan'
import { MIB } from '../../shared/format'
import { SPARK } from '../../workload/dialects/spark'
import { chunkCount, dateChunks, SALT_BUCKETS } from '../../workload/write-cuts'
import type { WriteStrategy } from './job-document'

/** Resources that the tasks of a write share. */
export type TaskResources = Pick<LocalSparkResources, 'cores' | 'memory'>

const EVENT_DATE = 'CAST(event_timestamp AS DATE)'
/** A task that meets more partitions than this sorts its rows, so that only one file is open at a time. */
const MOST_OPEN_FILES = 200
const MOST_TASKS = 4000
/** Share of the heap for row groups that wait to be written. */
const ROW_GROUP_SHARE = 0.3
const LARGEST_ROW_GROUP = 32 * MIB
const SMALLEST_ROW_GROUP = 2 * MIB
/** Bytes of raw files that a task without a shuffle reads: fewer, larger tasks leave fewer files. */
const SPLIT = { least: 128 * MIB, most: 1024 * MIB }

/**
 * The four ways to write silver, for Spark. All give the same rows.
 *
 * - simple: a shuffle brings each partition to one task, which writes it.
 * - streaming: no shuffle; a task writes what it reads, with a bounded number of open files.
 * - chunked: date range after date range, bounds inclusive, each as streaming does and with only the files that touch it.
 * - salted: as simple, with hot dates split over several tasks.
 */
export function writeStrategy(job: SilverBuildJob, resources: TaskResources): WriteStrategy {
  const { strategy } = job.strategy
  const partition = partitionKey(job)
  switch (strategy) {
    case 'simple':
      return {
        name: strategy,
        cluster_by: partition ? [partition] : [],
        tasks: tasksFor(partitionsOf(job), resources),
      }
    case 'salted': {
      const keys = partitionsOf(job) + job.profile.hot_dates.length * SALT_BUCKETS
      return {
        name: strategy,
        cluster_by: [partition ?? EVENT_DATE, salt(job)],
        tasks: tasksFor(keys, resources),
      }
    }
    case 'streaming':
      return {
        name: strategy,
        sort_within_tasks: partitionsOf(job) > MOST_OPEN_FILES ? ['interaction_date'] : [],
      }
    case 'chunked':
      return { name: strategy, chunks: chunks(job) }
  }
}

/** Table properties that decide how fast and how large the Parquet files get. */
export function writeProperties(
  job: SilverBuildJob,
  { cores, memory }: TaskResources,
): Record<string, string> {
  const open =
    job.strategy.strategy === 'streaming' || job.strategy.strategy === 'chunked'
      ? partitionsOf(job)
      : 2
  const fitting = (memory * ROW_GROUP_SHARE) / (cores * Math.min(open, MOST_OPEN_FILES))
  const rowGroup = Math.floor(Math.max(SMALLEST_ROW_GROUP, Math.min(LARGEST_ROW_GROUP, fitting)))
  return {
    'write.target-file-size-bytes': String(job.target_file_size),
    'write.parquet.row-group-size-bytes': String(rowGroup),
  }
}

/** Settings of Spark SQL while silver is written. */
export function writeSettings(
  job: SilverBuildJob,
  { cores }: TaskResources,
): Record<string, string> {
  const { strategy } = job.strategy
  if (strategy === 'simple' || strategy === 'salted') return {}
  const even = Math.ceil(job.profile.bytes / cores / MIB) * MIB
  const split = Math.max(SPLIT.least, Math.min(SPLIT.most, even))
  return { 'spark.sql.files.maxPartitionBytes': String(split) }
}

/** Key that a shuffle clusters by: the table's partition, computed from the raw rows. */
function partitionKey({ partitioning }: SilverBuildJob): string | null {
  if (partitioning.granularity === 'none') return null
  return partitioning.granularity === 'day' ? EVENT_DATE : `trunc(${EVENT_DATE}, 'MM')`
}

function partitionsOf({ partitioning, profile }: SilverBuildJob): number {
  if (partitioning.granularity === 'none') return 1
  return Math.max(
    1,
    partitioning.granularity === 'day' ? profile.dates : Math.ceil(profile.dates / 28),
  )
}

/** Twice as many tasks as keys, so that few of them hash into one; empty ones cost next to nothing. */
const tasksFor = (keys: number, { cores }: TaskResources): number =>
  Math.min(MOST_TASKS, Math.max(2 * cores, 2 * keys))

function salt({ profile }: SilverBuildJob): string {
  if (profile.hot_dates.length === 0) return '0'
  const dates = profile.hot_dates.map(date => SPARK.dateLiteral(date)).join(', ')
  return `CASE WHEN ${EVENT_DATE} IN (${dates}) THEN 1 + pmod(coalesce(id, 0), ${SALT_BUCKETS}) ELSE 0 END`
}

function chunks({
  profile,
}: SilverBuildJob): Extract<WriteStrategy, { name: 'chunked' }>['chunks'] {
  const { min_date, max_date, bytes } = profile
  // Rows without a date belong to no range; they must not be lost.
  const undated = { from: null, to: null, where: 'event_timestamp IS NULL' }
  if (!min_date || !max_date) return [undated]
  const dated = dateChunks(min_date, max_date, chunkCount(bytes)).map(({ from, to }) => ({
    from,
    to,
    where: `${EVENT_DATE} BETWEEN ${SPARK.dateLiteral(from)} AND ${SPARK.dateLiteral(to)}`,
  }))
  return [...dated, undated]
}
