import { CORPUS, RUN_ID } from '../../../contracts/lineage'
import type { StreamJob, StreamName } from '../../../contracts/streams'
import type { TableRole } from '../../../contracts/tables'
import { SPARK } from '../../../workload/dialects/spark'
import { renderSilver } from '../../../workload/render'
import type { JobDocument, JobHead } from '../job-document'
import { RAW_COLUMN_TYPES } from '../raw-types'
import {
  goldSelects,
  PARQUET,
  partitionOf,
  reference,
  type SparkTable,
  WIDE_PARQUET,
  WRITE_OPTIONS,
} from '../render-job'

export type StreamTables = Readonly<Record<'bronze' | 'silver' | 'gold', SparkTable>>
export type StreamDocument = Extract<JobDocument, { job: StreamName }>

/** Where the streams of a run find what is theirs. */
export interface StreamPlaces {
  readonly tables: StreamTables
  /** Folder of progress, batches and commands. */
  readonly documents: string
  /** Names an object as Hadoop's file systems open it. */
  uri(key: string): string
}

/** Small files of a partition that are worth a rewrite, and snapshots that stay whatever their age. */
const MAINTENANCE = { fewest_files: 8, keep_last: 5 }
/** Queries come from other processes, and nobody knows when they end: what they read stays at least so long. Seconds. */
const READERS_SECONDS = 30
/** Metadata files, one a commit, of which Iceberg keeps the last hundred. */
const METADATA_EXPIRY = {
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '100',
}
const INGESTED_AT = '_ingested_at'

/** The documents of the three streams, in the order of the data. */
export function streamDocuments(
  head: JobHead,
  job: StreamJob,
  places: StreamPlaces,
  resume: boolean,
): StreamDocument[] {
  const { bronze, silver, gold } = places.tables
  // Which snapshot of the table before a batch read, it says itself.
  const lineage = { [RUN_ID]: job.run_id, ...(job.corpus !== null && { [CORPUS]: job.corpus }) }
  const common = (
    stream: StreamName,
    { trigger_seconds, target_file_size }: StreamJob['bronze' | 'silver' | 'gold'],
  ) => ({
    ...head,
    stream_run: job.run_id,
    trigger_seconds,
    checkpoint: places.uri(checkpointOf(job, stream)),
    documents: places.documents,
    resume,
    maintenance: {
      ...MAINTENANCE,
      target_file_size,
      retention_seconds: Math.max(READERS_SECONDS, job.retention_seconds),
    },
    retry_seconds: job.patience_seconds,
    write_options: WRITE_OPTIONS,
    snapshot_properties: lineage,
  })
  const properties = (parquet: Readonly<Record<string, string>>, bytes: number) => ({
    ...parquet,
    ...METADATA_EXPIRY,
    'write.target-file-size-bytes': String(bytes),
  })
  const silverPartition = partitionOf(job.silver.partitioning)
  return [
    {
      ...common('bronze-ingest', job.bronze),
      job: 'bronze-ingest',
      raw: {
        uri: places.uri(job.raw_prefix.slice(0, -1)),
        prefix: job.raw_prefix,
        columns: [...RAW_COLUMN_TYPES],
      },
      max_files_per_trigger: job.bronze.max_files_per_trigger,
      upstream: null,
      reader: reference(silver),
      target: {
        ...bronze,
        partition: null,
        properties: properties(WIDE_PARQUET, job.bronze.target_file_size),
      },
    },
    {
      ...common('silver-stream', job.silver),
      job: 'silver-stream',
      source: reference(bronze),
      select: renderSilver(
        SPARK,
        {
          dataClock: job.data_clock,
          processedAt: '',
          processedFrom: 'localtimestamp()',
          ingestedFrom: INGESTED_AT,
        },
        { source: '{raw}' },
      ),
      upstream: 'bronze-ingest',
      reader: reference(gold),
      target: {
        ...silver,
        partition: silverPartition,
        properties: properties(WIDE_PARQUET, job.silver.target_file_size),
      },
      // A batch leaves one file a partition that it touches, not one a task and partition.
      write_options: { ...WRITE_OPTIONS, ...(silverPartition && { 'distribution-mode': 'hash' }) },
      snapshot_properties: { ...lineage, 'lakebench.data-clock': job.data_clock },
    },
    {
      ...common('gold-refresh', job.gold),
      job: 'gold-refresh',
      source: reference(silver),
      ...goldSelects(),
      upstream: 'silver-stream',
      reader: null,
      target: {
        ...gold,
        partition: partitionOf(job.gold.partitioning),
        properties: properties(PARQUET, job.gold.target_file_size),
      },
    },
  ]
}

/** The table that each stream writes; also the layer below which its checkpoint lies. */
export const ROLES: Readonly<Record<StreamName, TableRole>> = {
  'bronze-ingest': 'bronze',
  'silver-stream': 'silver',
  'gold-refresh': 'gold',
}

/** Folder of Spark's checkpoint of a stream, below the store's root. */
export const checkpointOf = (job: StreamJob, stream: StreamName): string =>
  `${ROLES[stream]}/${job.checkpoint_base}/${job.run_id}/${stream}`
