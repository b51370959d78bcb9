import type { ObjectStore } from '../contracts/ports'
import { CORPUS_MANIFEST_KEY } from '../workload/raw-columns'
import { presentFiles } from './admission'
import { buildManifest, type Manifest, type ManifestFile, readManifest, writeManifest } from './manifest'
import type { CorpusPlace } from './place'
import type { CorpusParameters } from './plan'

/** Every `count`-th file of a corpus, from file `index` on: what one of several processes makes. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** Accounts of shards lie beside the corpus's own, which one process alone writes. */
const SHARDS = 'bronze/_lakebench/shards/'

/** The same place for one of several processes: its account is its own, and what others have not finished is not its to remove. */
export function shardPlace(place: CorpusPlace, { index, count }: Shard): CorpusPlace {
  const key = `${SHARDS}${String(index).padStart(5, '0')}-of-${count}.json`
  return {
    store: withManifestAt(place.store, key),
    name: place.name,
    setting: place.setting,
    storage: place.storage,
    get retries() {
      return place.retries
    },
    requireSpace: bytes => place.requireSpace(bytes),
    removeUnfinished: async () => {},
  }
}

export const belongsTo = ({ index, count }: Shard, file: number): boolean => file % count === index

/** What shards have made so far, by their own accounts. */
export async function shardFiles(store: ObjectStore): Promise<ManifestFile[]> {
  const accounts = await readAccounts(store)
  return accounts.flatMap(({ manifest }) => [...manifest.files])
}

/** Take what shards have made into the corpus's account, and remove theirs. */
export async function collectShards(store: ObjectStore, parameters: CorpusParameters): Promise<Manifest> {
  const accounts = await readAccounts(store)
  const files = await presentFiles(store, await readManifest(store))
  for (const { manifest } of accounts)
    for (const [index, file] of await presentFiles(store, manifest)) files.set(index, file)
  const whole = buildManifest(parameters, files.values())
  await writeManifest(store, whole)
  for (const { key } of accounts) await store.delete(key)
  return whole
}

async function readAccounts(store: ObjectStore): Promise<{ key: string; manifest: Manifest }[]> {
  const keys = (await store.list(SHARDS)).map(object => object.key)
  const read = await Promise.all(
    keys.map(async key => ({ key, manifest: await readManifest(withManifestAt(store, key)) })),
  )
  return read.filter((account): account is { key: string; manifest: Manifest } => account.manifest !== null)
}

/** A store in which the account of the corpus lies under another key. */
function withManifestAt(store: ObjectStore, key: string): ObjectStore {
  const moved = (asked: string) => (asked === CORPUS_MANIFEST_KEY ? key : asked)
  return {
    list: prefix => store.list(prefix),
    get: (asked, range) => store.get(moved(asked), range),
    put: (asked, body, options) => store.put(moved(asked), body, options),
    delete: asked => store.delete(moved(asked)),
    location: asked => store.location(moved(asked)),
  }
}
