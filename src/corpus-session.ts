import type { DatagenConfig, StorageConfig } from './contracts/config'
import type { JobProgress } from './contracts/jobs'
import { generateCorpus } from './datagen/corpus'
import type { CorpusPlace } from './datagen/corpus-place'
import { storePlace } from './datagen/store-place'
import { verifyCorpus } from './datagen/verify-corpus'
import type { S3Store } from './lakehouse/s3/s3-store'
import type { CorpusFindings, DatagenOutcome } from './pipeline/stages/datagen'

/** The corpus of an S3 store, whose keys lead to the buckets of `storage`. The store stays the caller's to close. */
export function s3Corpus(store: S3Store, storage: Extract<StorageConfig, { type: 's3' }>): CorpusPlace {
  return storePlace(store, 'platform.storage.s3.buckets.bronze', storage)
}

/** Data generation as a stage of a run that has the place to itself. */
export async function generateIn(
  place: CorpusPlace,
  config: DatagenConfig,
  options: { signal: AbortSignal; onProgress: (progress: JobProgress) => void; regenerate: boolean },
): Promise<DatagenOutcome> {
  const made = await generateCorpus({ place, config, ...options })
  const { corpus, reused_files, generated_files, workers, storage_retries } = made
  return {
    corpus,
    measurement: {
      elapsed_seconds: made.elapsed_seconds,
      input_rows: null,
      output_rows: made.rows_written,
      input_bytes: null,
      output_bytes: corpus.bytes,
      bytes_read: null,
      bytes_written: made.bytes_written,
      cpu_seconds: made.cpu_seconds,
      peak_memory_bytes: null,
      output_files: generated_files,
    },
    details: { reused_files, generated_files, workers, ...(place.storage.type === 's3' && { storage_retries }) },
  }
}

/** Compare the raw files with the manifest, as a stage of a run that has the place to itself. */
export async function verifyIn(
  place: CorpusPlace,
  options: { signal: AbortSignal; onProgress: (progress: JobProgress) => void },
): Promise<CorpusFindings> {
  const { files_checked, findings } = await verifyCorpus(place, options)
  return { files_checked, findings: findings.map(f => f.message) }
}
