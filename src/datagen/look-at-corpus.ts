import { createHash } from 'node:crypto'
import type { CorpusLook } from '../contracts/lineage'
import type { ObjectInfo, ObjectStore } from '../contracts/ports'
import { listRaw, rawObject } from '../workload/raw-files'
import type { CorpusLocation } from './location'
import { type Manifest, readManifest } from './manifest'
import { foreignCorpus } from './read-corpus'

/**
 * What raw data lies there now. It is the corpus of a manifest only where the files are just those that the manifest names, with
 * their sizes; anything else is what its keys, sizes and footers say, so that no table is said to be of rows that were not there.
 */
export async function lookAtCorpus(
  store: ObjectStore,
  location: CorpusLocation,
): Promise<CorpusLook> {
  const manifest = await readManifest(store, location)
  const { files: objects, others } = await listRaw(store, location.prefix)
  const lying = objects.map(({ key, size, modified }) => [key, size, modified])
  return {
    digest: await digestOf(store, location, manifest, objects),
    others,
    state: createHash('sha256')
      .update(JSON.stringify([manifest?.digest ?? null, lying]))
      .digest('hex'),
  }
}

async function digestOf(
  store: ObjectStore,
  location: CorpusLocation,
  manifest: Manifest | null,
  objects: readonly ObjectInfo[],
): Promise<string | null> {
  if (objects.length === 0) return null
  if (manifest && isWhole(manifest, objects)) return manifest.digest
  return (await foreignCorpus(store, location, objects.map(rawObject))).digest
}

function isWhole({ complete, files }: Manifest, objects: readonly ObjectInfo[]): boolean {
  const sizes = new Map(objects.map(o => [o.key, o.size]))
  return (
    complete &&
    files.length === objects.length &&
    files.every(({ key, bytes }) => sizes.get(key) === bytes)
  )
}
