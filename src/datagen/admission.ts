import { PrerequisiteError } from '../contracts/errors'
import type { ObjectStore } from '../contracts/ports'
import { RAW_PREFIX } from '../workload/raw-columns'
import { buildManifest, type Manifest, type ManifestFile, readManifest, writeManifest } from './manifest'
import type { CorpusPlace } from './place'
import { type CorpusParameters, fileCount, identityDifferences, partPlan } from './plan'
import { listRaw } from './raw-listing'

const DELETED_AT_ONCE = 16

/** The manifest to go on with, `null` for an empty place; everything else is refused before a byte is written. */
export async function admit(
  { store, name, setting }: CorpusPlace,
  wanted: CorpusParameters,
  regenerate: boolean,
): Promise<Manifest | null> {
  const manifest = await readManifest(store)
  if (manifest === null) {
    const [foreign] = await listRaw(store)
    if (foreign === undefined) return null
    throw new PrerequisiteError(
      `${rawPlace(name)} holds raw files that lakebench did not generate (${foreign.key}, …). They are never written to: choose another ${setting}, or run without generating.`,
    )
  }
  const unknown = await strangers(store, manifest)
  if (unknown.length > 0) {
    throw new PrerequisiteError(
      `${rawPlace(name)} holds ${unknown.length === 1 ? 'a file' : `${unknown.length} files`} besides the generated corpus (${unknown[0]}). Move them away or choose another ${setting}.`,
    )
  }
  const differences = identityDifferences(manifest, wanted)
  if (differences.length === 0) return manifest
  if (!regenerate) {
    throw new PrerequisiteError(
      `${name} holds another corpus (${differences.join('; ')}). Choose another ${setting}, ask for the corpus that is there, or delete it with --regenerate (regenerate: true).`,
    )
  }
  await deleteCorpus(store, manifest)
  return null
}

/** Files first, the manifest last and emptied before: what a kill leaves is still known as a generated corpus. */
export async function deleteCorpus(store: ObjectStore, manifest: Manifest): Promise<void> {
  await writeManifest(store, {
    ...buildManifest(manifest.parameters, []),
    generator_version: manifest.generator_version,
  })
  const keys = (await listRaw(store)).map(({ key }) => key)
  for (let i = 0; i < keys.length; i += DELETED_AT_ONCE) {
    await Promise.all(keys.slice(i, i + DELETED_AT_ONCE).map(key => store.delete(key)))
  }
}

const rawPlace = (name: string) => `${name.replace(/\/$/, '')}/${RAW_PREFIX}`

/** Files of the manifest that are in their places with their sizes, by index. */
export async function presentFiles(store: ObjectStore, manifest: Manifest | null): Promise<Map<number, ManifestFile>> {
  if (manifest === null) return new Map()
  const sizes = new Map((await listRaw(store)).map(object => [object.key, object.bytes]))
  const present = manifest.files.filter(file => sizes.get(file.key) === file.bytes)
  return new Map(present.map(file => [file.index, file]))
}

/** Raw files that are no part of the manifest's corpus. */
export async function strangers(store: ObjectStore, { parameters }: Pick<Manifest, 'parameters'>): Promise<string[]> {
  const own = new Set(Array.from({ length: fileCount(parameters) }, (_, index) => partPlan(parameters, index).key))
  return (await listRaw(store)).map(object => object.key).filter(key => !own.has(key))
}
