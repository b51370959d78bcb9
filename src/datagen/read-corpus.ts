import { createHash } from 'node:crypto'
import { PrerequisiteError } from '../contracts/errors'
import type { CorpusFacts } from '../contracts/jobs'
import type { CorpusLook } from '../contracts/lineage'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectInfo, ObjectStore } from '../contracts/ports'
import { listRaw, listRawObjects, type RawObject, rawObject } from '../workload/raw-files'
import { type ChangedFile, checkFiles } from './check-files'
import { readFooterDigest } from './footer'
import { type CorpusLocation, ownLocation, PAGE_LOCATION } from './location'
import { type Manifest, readManifest } from './manifest'
import { type CorpusParameters, corpusIdentity, fileCount } from './plan'

/** Where the corpus of these parameters lies; where there is none, the place to make it. */
export async function locateCorpus(
  store: ObjectStore,
  wanted: CorpusParameters,
): Promise<CorpusLocation> {
  return (
    (await findCorpus(store, wanted)) ??
    ((await readManifest(store, PAGE_LOCATION)) ? ownLocation(wanted) : PAGE_LOCATION)
  )
}

/**
 * The raw data that a run reads: the first of the corpora that is there, finished or not, else what lies at the first place.
 *
 * @param wanted what the config may mean, in order
 */
export async function locateData(
  store: ObjectStore,
  wanted: readonly CorpusParameters[],
): Promise<CorpusLocation> {
  for (const parameters of wanted) {
    const location = await findCorpus(store, parameters)
    if (location) return location
  }
  return PAGE_LOCATION
}

async function findCorpus(
  store: ObjectStore,
  wanted: CorpusParameters,
): Promise<CorpusLocation | null> {
  for (const location of [PAGE_LOCATION, ownLocation(wanted)]) {
    const manifest = await readManifest(store, location)
    if (
      manifest &&
      corpusIdentity(manifest.parameters, manifest.generator_version) === corpusIdentity(wanted)
    )
      return location
  }
  return null
}

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

const AT_ONCE = 16

/** Files that somebody else wrote, by their keys, sizes and footers; never written to. */
export async function foreignCorpus(
  store: ObjectStore,
  { prefix }: CorpusLocation,
  objects: readonly RawObject[],
): Promise<CorpusRecord> {
  const digest = createHash('sha256')
  for (let i = 0; i < objects.length; i += AT_ONCE) {
    const some = objects.slice(i, i + AT_ONCE)
    const footers = await Promise.all(some.map(object => readFooterDigest(store, object)))
    for (const [j, { key, bytes }] of some.entries())
      digest.update(`${key}\n${bytes}\n${footers[j]}\n`)
  }
  return {
    kind: 'foreign',
    generator_version: null,
    seed: null,
    scale: null,
    rows: null,
    files: objects.length,
    bytes: objects.reduce((sum, object) => sum + object.bytes, 0),
    digest: digest.digest('hex').slice(0, 32),
    identity: null,
    prefix,
    changed_files: null,
    injected_dirt: null,
    parameters: {},
  }
}

/** A manifest as runs record it. */
export function corpusRecord(
  manifest: Manifest,
  { prefix }: CorpusLocation,
  changed: readonly ChangedFile[] = [],
): CorpusRecord {
  const { generator_version, parameters, complete, totals, digest } = manifest
  return {
    kind: 'generated',
    generator_version,
    seed: parameters.seed,
    scale: parameters.scale,
    rows: totals.rows,
    files: totals.files,
    bytes: totals.bytes,
    digest,
    identity: corpusIdentity(parameters, generator_version),
    prefix,
    changed_files: changed.map(({ key, message }) => `${key}: ${message}`),
    injected_dirt: totals.dirt,
    parameters: { ...parameters, complete },
  }
}

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
