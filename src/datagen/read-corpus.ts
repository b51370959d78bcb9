import { PrerequisiteError } from '../contracts/errors'
import type { CorpusFacts } from '../contracts/jobs'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import { listRawObjects } from '../workload/raw-files'
import { checkFiles } from './check-files'
import { corpusRecord } from './corpus-record'
import { foreignCorpus } from './foreign-corpus'
import type { CorpusLocation } from './location'
import { readManifest } from './manifest'
import { fileCount } from './plan'

/**
 * The raw data at a place: a generated corpus, finished or not (`parameters.complete`), a foreign one, or `null`
 * where there is none.
 *
 * @throws PrerequisiteError where the manifest cannot be used
 */
export async function readCorpus(
  store: ObjectStore,
  location: CorpusLocation,
): Promise<CorpusRecord | null> {
  const manifest = await readManifest(store, location)
  if (manifest)
    return corpusRecord(manifest, location, (await checkFiles(store, location, manifest)).changed)
  const objects = await listRawObjects(store, location.prefix)
  return objects.length === 0 ? null : foreignCorpus(store, location, objects)
}

/**
 * What the generator promises of its corpus.
 *
 * @throws PrerequisiteError where the corpus is not finished, or its manifest cannot be used
 */
export async function corpusFacts(
  store: ObjectStore,
  location: CorpusLocation,
): Promise<CorpusFacts> {
  const { prefix } = location
  const manifest = await readManifest(store, location)
  if (manifest === null)
    return { prefix, files: null, changed: [], injected_dirt: null, window: null }
  const { parameters, files, totals } = manifest
  if (!manifest.complete) {
    throw new PrerequisiteError(
      `The corpus of ${store.location(location.manifest)} is not finished: ${files.length} of ${fileCount(parameters)} files. \`lakebench generate\` goes on with it.`,
    )
  }
  return {
    prefix,
    files: files.map(({ key, bytes }) => ({ key, bytes })),
    changed: (await checkFiles(store, location, manifest)).changed,
    injected_dirt: totals.dirt,
    window: { start: parameters.timestamp_start, end: parameters.timestamp_end },
  }
}
