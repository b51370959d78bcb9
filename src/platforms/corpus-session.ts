import type { ResolvedConfig } from '../config/schema'
import type { JobProgress } from '../contracts/jobs'
import type { CorpusRecord } from '../contracts/metrics'
import type { RawSource } from '../contracts/streams'
import { verifyCorpus } from '../datagen/check-files'
import { generateCorpus, generateShard } from '../datagen/corpus'
import type { CorpusTarget } from '../datagen/location'
import { makeRoom, type PacedOptions, produceCorpus, wantedCorpora } from '../datagen/paced'
import { locateData } from '../datagen/read-corpus'
import type { Shard } from '../datagen/shards'
import type { CorpusFindings, DatagenOutcome } from '../pipeline/stages/datagen'
import { openS3Store } from '../storage/s3/s3-store'
import { localPlace, s3Place } from './corpus-target'
import { localRoot } from './storage-place'

/** How a stage that makes or checks raw data is carried out. */
export interface CorpusStageOptions {
  readonly signal: AbortSignal
  readonly onProgress: (progress: JobProgress) => void
}

/** Data generation as a stage of a run that already holds the storage. */
export async function generateInto(
  config: ResolvedConfig,
  options: CorpusStageOptions & { regenerate: boolean },
): Promise<DatagenOutcome> {
  const made = await atPlace(config, place =>
    generateCorpus({ place, config: config.architecture.workload.datagen, ...options }),
  )
  const { corpus, reused_files, generated_files, changed_files, workers, storage_retries } = made
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
    details: {
      reused_files,
      generated_files,
      ...(changed_files.length > 0 && { changed_files }),
      workers,
      ...(config.platform.storage.type === 's3' && { storage_retries }),
    },
  }
}

/** Before the streams of a continuous run begin: where its raw files will lie is empty, or holds its own. */
export async function makeRoomInto(
  config: ResolvedConfig,
  options: Pick<PacedOptions, 'plan' | 'resume'>,
): Promise<RawSource> {
  const { datagen } = config.architecture.workload
  return atPlace(config, place => makeRoom({ ...options, place, config: datagen }))
}

/** Data generation at its offered pace, beside the streams of a continuous run. */
export async function produceInto(
  config: ResolvedConfig,
  options: Omit<PacedOptions, 'place' | 'config' | 'isService'>,
): Promise<CorpusRecord> {
  return atPlace(config, place =>
    produceCorpus({
      ...options,
      place,
      config: config.architecture.workload.datagen,
      isService: config.platform.storage.type !== 'local',
    }),
  )
}

/** One shard of a corpus, in a process of its own that another one started. */
export async function generateShardInto(
  config: ResolvedConfig,
  options: CorpusStageOptions & { readonly shard: Shard },
): Promise<{ readonly reused_files: number; readonly generated_files: number }> {
  return atPlace(config, place =>
    generateShard({ place, config: config.architecture.workload.datagen, ...options }),
  )
}

/** Compare the raw files with the manifest, as a stage of a run that already holds the storage. */
export async function verifyInto(
  config: ResolvedConfig,
  options: CorpusStageOptions,
): Promise<CorpusFindings> {
  const { files_checked, findings } = await atPlace(config, async ({ store }) =>
    verifyCorpus(store, await locateData(store, wantedCorpora(config)), options),
  )
  return { files_checked, findings: findings.map(f => f.message) }
}

/** Open the place of a config's raw data for one piece of work. */
export async function atPlace<T>(
  config: ResolvedConfig,
  work: (place: CorpusTarget) => Promise<T>,
): Promise<T> {
  const { storage } = config.platform
  if (storage.type === 'local') return work(localPlace(localRoot(config)))
  const store = await openS3Store(storage.s3)
  try {
    await store.ensureBuckets()
    return await work(s3Place(store, storage))
  } finally {
    store.close()
  }
}
