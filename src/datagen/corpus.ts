import type { DatagenConfig } from '../config/schema'
import type { JobProgress } from '../contracts/jobs'
import type { CorpusRecord } from '../contracts/metrics'
import { machineLimits } from '../shared/machine-limits'
import { admit, presentFiles } from './admission'
import { checkFiles } from './check-files'
import type { CorpusLocation, CorpusTarget } from './location'
import { makeMissing, missingParts } from './make-missing'
import { buildManifest, type Manifest, readManifest, writeManifest } from './manifest'
import { type CorpusParameters, corpusParameters, fileCount } from './plan'
import { corpusRecord, locateCorpus } from './read-corpus'
import { belongsTo, collectShards, type Shard, shardOf } from './shards'

export interface GenerateCorpusOptions {
  /** The caller sees to it that no other generation runs there. */
  readonly place: CorpusTarget
  readonly config: DatagenConfig
  readonly signal: AbortSignal
  readonly onProgress?: (progress: JobProgress) => void
  /** Make the files anew that are there already. */
  readonly regenerate?: boolean
  /** Worker threads; default the configuration's, else one a core. */
  readonly workers?: number
}

export interface GeneratedCorpus {
  readonly corpus: CorpusRecord
  readonly reused_files: number
  readonly generated_files: number
  /** Faults of files that were made again since they were not as the generator left them. */
  readonly changed_files: readonly string[]
  readonly elapsed_seconds: number
  /** CPU time of the process and its workers while generating, user and system. */
  readonly cpu_seconds: number
  readonly rows_written: number
  readonly bytes_written: number
  /** Threads that were used; 0 where there was nothing to do. */
  readonly workers: number
  /** Requests to a service that had to be repeated; 0 on a disk. */
  readonly storage_retries: number
}

/**
 * Make the raw corpus that a configuration describes, go on with an interrupted one, or reuse the complete one that is there.
 * One of another identity stays as it is, and this one is made beside it. A file appears whole or not at all, and the manifest
 * knows of it right after.
 *
 * @throws PrerequisiteError for a foreign corpus, files that do not belong to the generated one, a full or read-only disk, a
 *   manifest that cannot be used; the signal's reason when aborted. Finished files stay, and the next call goes on.
 */
export async function generateCorpus(options: GenerateCorpusOptions): Promise<GeneratedCorpus> {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const { place, config, signal } = options
  signal.throwIfAborted()
  const parameters = corpusParameters(config)
  let repeated = -place.retries
  const location = await locateCorpus(place.store, parameters)
  const manifest = await admit(place, location, parameters, options.regenerate ?? false)
  const check = manifest && (await checkFiles(place.store, location, manifest, signal))
  const kept = new Map(check?.unchanged.map(file => [file.index, file]))
  const todo = missingParts(parameters, location.prefix, kept)
  const workers = Math.min(todo.files, options.workers ?? config.workers ?? machineLimits().cores)
  const corpus =
    todo.files === 0 && manifest?.complete
      ? manifest
      : await makeMissing({
          place,
          location,
          parameters,
          manifest,
          kept,
          todo,
          workers,
          signal,
          onProgress: options.onProgress,
          onRetries: retries => (repeated += retries),
        })
  const fresh = corpus.files.filter(file => !kept.has(file.index))
  const { user, system } = process.cpuUsage(cpu)
  return {
    corpus: corpusRecord(corpus, location),
    changed_files:
      check?.changed.map(({ key, message }) => `${key}: ${message}; it was made again.`) ?? [],
    reused_files: kept.size,
    generated_files: fresh.length,
    elapsed_seconds: (performance.now() - started) / 1000,
    cpu_seconds: (user + system) / 1e6,
    rows_written: fresh.reduce((sum, file) => sum + file.rows, 0),
    bytes_written: fresh.reduce((sum, file) => sum + file.bytes, 0),
    workers,
    storage_retries: repeated + place.retries,
  }
}

/**
 * Make one shard's files of a corpus that another process has admitted and will collect (`admitShards`, `collectShards`). Goes on
 * where an earlier process of the same shard ended.
 */
export async function generateShard(
  options: Omit<GenerateCorpusOptions, 'regenerate'> & { readonly shard: Shard },
): Promise<{ readonly reused_files: number; readonly generated_files: number }> {
  const { config, signal, shard } = options
  const parameters = corpusParameters(config)
  const { store } = options.place
  const whole = await locateCorpus(store, parameters)
  const { place, location } = shardOf(options.place, whole, shard)
  const collected = await presentFiles(store, whole, await readManifest(store, whole))
  const manifest = await readManifest(store, location)
  const kept = await presentFiles(store, location, manifest)
  const there = new Map([...collected, ...kept].filter(([index]) => belongsTo(shard, index)))
  const todo = missingParts(parameters, location.prefix, there, shard)
  if (todo.files > 0) {
    const workers = Math.min(todo.files, options.workers ?? config.workers ?? machineLimits().cores)
    const onRetries = () => {}
    const { onProgress } = options
    await makeMissing({
      place,
      location,
      parameters,
      manifest,
      kept,
      todo,
      workers,
      signal,
      onProgress,
      onRetries,
    })
  }
  return { reused_files: kept.size, generated_files: todo.files }
}

/** Before shards begin: refuse what is not this corpus, and take up what shards of an earlier attempt made. */
export async function admitShards(
  place: CorpusTarget,
  config: DatagenConfig,
  regenerate: boolean,
): Promise<{
  readonly location: CorpusLocation
  readonly parameters: CorpusParameters
  readonly manifest: Manifest
  readonly missing: number
}> {
  const { store } = place
  const parameters = corpusParameters(config)
  const location = await locateCorpus(store, parameters)
  const admitted = await admit(place, location, parameters, regenerate)
  if (admitted === null) await writeManifest(store, location, buildManifest(parameters, []))
  await place.removeUnfinished(location.prefix)
  // What others write meanwhile is theirs; what lay there before must be as it was written.
  const collected = await collectShards(store, location, parameters)
  const { unchanged, changed } = await checkFiles(store, location, collected)
  const manifest = changed.length > 0 ? buildManifest(parameters, unchanged) : collected
  if (changed.length > 0) await writeManifest(store, location, manifest)
  return { location, parameters, manifest, missing: fileCount(parameters) - manifest.files.length }
}
