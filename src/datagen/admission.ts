import { PrerequisiteError } from '../contracts/errors'
import type { ObjectStore } from '../contracts/ports'
import { listRawObjects } from '../workload/raw-files'
import type { CorpusLocation, CorpusTarget } from './location'
import {
  buildManifest,
  type Manifest,
  type ManifestFile,
  readManifest,
  writeManifest,
} from './manifest'
import { type CorpusParameters, fileCount, identityDifferences, partKey } from './plan'

const DELETED_AT_ONCE = 16

/**
 * The manifest to go on with, `null` for an empty place; everything else is refused before a byte is written.
 *
 * @param regenerate delete the corpus of these parameters
 */
export async function admit(
  { store, name, setting }: CorpusTarget,
  location: CorpusLocation,
  wanted: CorpusParameters,
  regenerate: boolean,
): Promise<Manifest | null> {
  const manifest = await readManifest(store, location)
  const place = `${name.replace(/\/$/, '')}/${location.prefix}`
  if (manifest === null) {
    const [foreign] = await listRawObjects(store, location.prefix)
    if (foreign === undefined) return null
    throw new PrerequisiteError(
      `${place} holds raw files that lakebench did not generate (${foreign.key}, …). They are never written to: choose another ${setting}, or run without generating.`,
    )
  }
  const unknown = await strangers(store, location, manifest)
  if (unknown.length > 0) {
    throw new PrerequisiteError(
      `${place} holds ${unknown.length === 1 ? 'a file' : `${unknown.length} files`} besides the generated corpus (${unknown[0]}). Move them away or choose another ${setting}.`,
    )
  }
  const differences = identityDifferences(manifest, wanted)
  if (differences.length > 0) {
    throw new PrerequisiteError(
      `${place} holds another corpus than its folder is named for (${differences.join('; ')}). Move it away or choose another ${setting}.`,
    )
  }
  if (!regenerate) return manifest
  await deleteCorpus(store, location, manifest)
  return null
}

/** Files first, the manifest last and emptied before: what a kill leaves is still known as a generated corpus. */
export async function deleteCorpus(
  store: ObjectStore,
  location: CorpusLocation,
  manifest: Manifest,
): Promise<void> {
  await writeManifest(store, location, {
    ...buildManifest(manifest.parameters, []),
    generator_version: manifest.generator_version,
  })
  const keys = (await listRawObjects(store, location.prefix)).map(({ key }) => key)
  for (let i = 0; i < keys.length; i += DELETED_AT_ONCE) {
    await Promise.all(keys.slice(i, i + DELETED_AT_ONCE).map(key => store.delete(key)))
  }
}

/** Files of the manifest that are in their places with their sizes, by index; whether they are as they were written, `checkFiles` says. */
export async function presentFiles(
  store: ObjectStore,
  location: CorpusLocation,
  manifest: Manifest | null,
): Promise<Map<number, ManifestFile>> {
  if (manifest === null) return new Map()
  const sizes = new Map(
    (await listRawObjects(store, location.prefix)).map(object => [object.key, object.bytes]),
  )
  const present = manifest.files.filter(file => sizes.get(file.key) === file.bytes)
  return new Map(present.map(file => [file.index, file]))
}

/** Raw files that are no part of the manifest's corpus. */
export async function strangers(
  store: ObjectStore,
  location: CorpusLocation,
  { parameters }: Pick<Manifest, 'parameters'>,
): Promise<string[]> {
  const { prefix } = location
  const files = fileCount(parameters)
  const belongs = (key: string) => {
    const index = Number(/part-(\d+)\.parquet$/.exec(key)?.[1])
    return index < files && key === partKey(prefix, index)
  }
  return (await listRawObjects(store, location.prefix))
    .map(object => object.key)
    .filter(key => !belongs(key))
}
