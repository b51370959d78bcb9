import { availableParallelism } from 'node:os'
import type { DatagenConfig } from '../contracts/config'
import { PrerequisiteError } from '../contracts/errors'
import type { JobProgress } from '../contracts/jobs'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import { CORPUS_MANIFEST_KEY } from '../workload/raw-columns'
import { admit, presentFiles } from './admission'
import { corpusRecord } from './corpus-record'
import { foreignCorpus } from './foreign-corpus'
import { makeMissing } from './make-missing'
import { buildManifest, type Manifest, readManifest, writeManifest } from './manifest'
import type { CorpusPlace } from './place'
import { type CorpusParameters, corpusParameters, fileCount, type PartPlan, partPlan } from './plan'
import { listRaw } from './raw-listing'
import { belongsTo, collectShards, type Shard, shardPlace } from './shards'

export interface GenerateCorpusOptions {
  /** The caller sees to it that no other generation runs there. */
  readonly place: CorpusPlace
  readonly config: DatagenConfig
  readonly signal: AbortSignal
  readonly onProgress?: (progress: JobProgress) => void
  /** Delete a generated corpus of another identity instead of refusing it. Foreign files are never deleted. */
  readonly regenerate?: boolean
  /** Worker threads; default the configuration's, else one a core. */
  readonly workers?: number
}

export interface GeneratedCorpus {
  readonly corpus: CorpusRecord
  readonly reused_files: number
  readonly generated_files: number
  readonly elapsed_seconds: number
  /** Of the process and its workers while generating, user and system. */
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
 * A file appears whole or not at all, and the manifest knows of it right after.
 *
 * @throws PrerequisiteError for a foreign corpus, one of another identity, files that belong to neither, a full or read-only
 *   disk, a manifest that cannot be used; the signal's reason when aborted. Finished files stay, and the next call goes on.
 */
export async function generateCorpus(options: GenerateCorpusOptions): Promise<GeneratedCorpus> {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const { place, config, signal } = options
  signal.throwIfAborted()
  const parameters = corpusParameters(config)
  let repeated = -place.retries
  const manifest = await admit(place, parameters, options.regenerate ?? false)
  const kept = await presentFiles(place.store, manifest)
  const todo: PartPlan[] = []
  for (let index = 0; index < fileCount(parameters); index++) {
    if (!kept.has(index)) todo.push(partPlan(parameters, index))
  }
  const workers = Math.min(todo.length, options.workers ?? config.workers ?? availableParallelism())
  const corpus =
    todo.length === 0 && manifest?.complete
      ? manifest
      : await makeMissing({
          place,
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
    corpus: corpusRecord(corpus),
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
  const place = shardPlace(options.place, shard)
  const collected = await presentFiles(options.place.store, await readManifest(options.place.store))
  const own = await readManifest(place.store)
  const kept = await presentFiles(place.store, own)
  const todo: PartPlan[] = []
  for (let index = 0; index < fileCount(parameters); index++) {
    if (belongsTo(shard, index) && !kept.has(index) && !collected.has(index)) todo.push(partPlan(parameters, index))
  }
  if (todo.length > 0) {
    const workers = Math.min(todo.length, options.workers ?? config.workers ?? availableParallelism())
    const onRetries = () => {}
    const { onProgress } = options
    await makeMissing({ place, parameters, manifest: own, kept, todo, workers, signal, onProgress, onRetries })
  }
  return { reused_files: kept.size, generated_files: todo.length }
}

/** Before shards begin: refuse what is not this corpus, and take up what shards of an earlier attempt made. */
export async function admitShards(
  place: CorpusPlace,
  config: DatagenConfig,
  regenerate: boolean,
): Promise<{ readonly parameters: CorpusParameters; readonly manifest: Manifest; readonly missing: number }> {
  const parameters = corpusParameters(config)
  const admitted = await admit(place, parameters, regenerate)
  if (admitted === null) await writeManifest(place.store, buildManifest(parameters, []))
  await place.removeUnfinished()
  const manifest = await collectShards(place.store, parameters)
  return { parameters, manifest, missing: fileCount(parameters) - manifest.files.length }
}

/** What a generated corpus promises of its files and rows. */
export interface CorpusFacts {
  readonly files: readonly { readonly key: string; readonly bytes: number }[]
  /** Rows by kind. */
  readonly injected_dirt: Readonly<Record<string, number>>
  /** ISO-8601 UTC; events lie in [start, end). */
  readonly window: { readonly start: string; readonly end: string }
}

/**
 * The raw data in a store: a generated corpus, finished or not (`parameters.complete`), a foreign one, or `null`
 * where there is none.
 *
 * @throws PrerequisiteError where the manifest cannot be used
 */
export async function readCorpus(store: ObjectStore): Promise<CorpusRecord | null> {
  const manifest = await readManifest(store)
  if (manifest) return corpusRecord(manifest)
  const objects = await listRaw(store)
  return objects.length === 0 ? null : foreignCorpus(store, objects)
}

/**
 * What the generator promises of the corpus; `null` for a foreign one or none.
 *
 * @throws PrerequisiteError where the corpus is not finished, or its manifest cannot be used
 */
export async function corpusFacts(store: ObjectStore): Promise<CorpusFacts | null> {
  const manifest = await readManifest(store)
  if (manifest === null) return null
  const { parameters, files, totals } = manifest
  if (!manifest.complete) {
    throw new PrerequisiteError(
      `The corpus of ${store.location(CORPUS_MANIFEST_KEY)} is not finished: ${files.length} of ${fileCount(parameters)} files. \`lakebench generate\` goes on with it.`,
    )
  }
  return {
    files: files.map(({ key, bytes }) => ({ key, bytes })),
    injected_dirt: totals.dirt,
    window: { start: parameters.timestamp_start, end: parameters.timestamp_end },
  }
}
