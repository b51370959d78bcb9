import type { ObjectStore } from '../contracts/ports'
import type { CorpusLocation } from './location'

export interface RawObject {
  /** Below the storage root, `/` between parts. */
  readonly key: string
  readonly bytes: number
}

/** Every raw file there is, sorted by key. */
export async function listRaw(store: ObjectStore, { prefix }: CorpusLocation): Promise<RawObject[]> {
  const objects = await store.list(prefix)
  return objects.filter(o => o.key.endsWith('.parquet')).map(o => ({ key: o.key, bytes: o.size }))
}
