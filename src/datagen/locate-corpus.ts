import type { ObjectStore } from '../contracts/ports'
import { type CorpusLocation, ownLocation, PAGE_LOCATION } from './location'
import { readManifest } from './manifest'
import { type CorpusParameters, corpusIdentity } from './plan'

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
