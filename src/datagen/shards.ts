import type { ObjectStore } from '../contracts/ports'
import { presentFiles } from './admission'
import type { CorpusLocation, CorpusTarget } from './location'
import {
  buildManifest,
  type Manifest,
  type ManifestFile,
  readManifest,
  writeManifest,
} from './manifest'
import type { CorpusParameters } from './plan'

/** Every `count`-th file of a corpus, from file `index` on: what one of several processes makes. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** The same place for one of several processes: its account is its own, and what others have not finished is not its to remove. */
export function shardOf(place: CorpusTarget, whole: CorpusLocation, { index, count }: Shard) {
  return {
    location: {
      ...whole,
      manifest: `${whole.shards}${String(index).padStart(5, '0')}-of-${count}.json`,
    },
    place: {
      store: place.store,
      name: place.name,
      setting: place.setting,
      storage: place.storage,
      get retries() {
        return place.retries
      },
      requireSpace: bytes => place.requireSpace(bytes),
      removeUnfinished: async () => {},
    } satisfies CorpusTarget,
  }
}

export const belongsTo = ({ index, count }: Shard, file: number): boolean => file % count === index

/** Reads the work of shards so far, by their own accounts. */
export async function shardFiles(
  store: ObjectStore,
  location: CorpusLocation,
): Promise<ManifestFile[]> {
  const accounts = await readAccounts(store, location)
  return accounts.flatMap(({ manifest }) => [...manifest.files])
}

/** Take what shards have made into the corpus's account, and remove theirs. */
export async function collectShards(
  store: ObjectStore,
  location: CorpusLocation,
  parameters: CorpusParameters,
): Promise<Manifest> {
  const accounts = await readAccounts(store, location)
  const files = await presentFiles(store, location, await readManifest(store, location))
  for (const { manifest } of accounts)
    for (const [index, file] of await presentFiles(store, location, manifest))
      files.set(index, file)
  const whole = buildManifest(parameters, files.values())
  await writeManifest(store, location, whole)
  for (const { key } of accounts) await store.delete(key)
  return whole
}

async function readAccounts(
  store: ObjectStore,
  location: CorpusLocation,
): Promise<{ key: string; manifest: Manifest }[]> {
  const keys = (await store.list(location.shards)).map(object => object.key)
  const read = await Promise.all(
    keys.map(async key => ({
      key,
      manifest: await readManifest(store, { ...location, manifest: key }),
    })),
  )
  return read.filter(
    (account): account is { key: string; manifest: Manifest } => account.manifest !== null,
  )
}
