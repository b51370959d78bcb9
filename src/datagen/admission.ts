import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { explainDiskError } from '../disk-error'
import { RAW_PREFIX } from '../workload/raw-columns'
import { buildManifest, type Manifest, type ManifestFile, readManifest, writeManifest } from './manifest'
import { type CorpusParameters, fileCount, identityDifferences, partPlan } from './plan'
import { listRaw } from './raw-listing'

/** The manifest to go on with, `null` for an empty place; everything else is refused before a byte is written. */
export async function admit(root: string, wanted: CorpusParameters, regenerate: boolean): Promise<Manifest | null> {
  const manifest = await readManifest(root)
  if (manifest === null) {
    const [foreign] = await listRaw(root)
    if (foreign === undefined) return null
    throw new PrerequisiteError(
      `${join(root, RAW_PREFIX)} holds raw files that lakebench did not generate (${foreign.key}, …). They are never written to: choose another platform.storage.path, or run without generating.`,
    )
  }
  const unknown = await strangers(root, manifest)
  if (unknown.length > 0) {
    throw new PrerequisiteError(
      `${join(root, RAW_PREFIX)} holds ${unknown.length === 1 ? 'a file' : `${unknown.length} files`} besides the generated corpus (${unknown[0]}). Move them away or choose another platform.storage.path.`,
    )
  }
  const differences = identityDifferences(manifest, wanted)
  if (differences.length === 0) return manifest
  if (!regenerate) {
    throw new PrerequisiteError(
      `${root} holds another corpus (${differences.join('; ')}). Choose another platform.storage.path, ask for the corpus that is there, or delete it with --regenerate (regenerate: true).`,
    )
  }
  await deleteCorpus(root, manifest)
  return null
}

/** Files first, the manifest last and emptied before: what a kill leaves is still known as a generated corpus. */
async function deleteCorpus(root: string, manifest: Manifest): Promise<void> {
  await writeManifest(root, {
    ...buildManifest(manifest.parameters, []),
    generator_version: manifest.generator_version,
  })
  try {
    for (const { key } of await listRaw(root)) await rm(join(root, key))
  } catch (error) {
    throw explainDiskError(error, `delete the earlier corpus in ${root}`)
  }
}

/** Files of the manifest that are in their places with their sizes, by index. */
export async function presentFiles(root: string, manifest: Manifest | null): Promise<Map<number, ManifestFile>> {
  if (manifest === null) return new Map()
  const sizes = new Map((await listRaw(root)).map(object => [object.key, object.bytes]))
  const present = manifest.files.filter(file => sizes.get(file.key) === file.bytes)
  return new Map(present.map(file => [file.index, file]))
}

/** Raw files that are no part of the manifest's corpus. */
export async function strangers(root: string, { parameters }: Pick<Manifest, 'parameters'>): Promise<string[]> {
  const own = new Set(Array.from({ length: fileCount(parameters) }, (_, index) => partPlan(parameters, index).key))
  return (await listRaw(root)).map(object => object.key).filter(key => !own.has(key))
}
