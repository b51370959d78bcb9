import type { StorageConfig } from '../config/schema'
import type { ObjectStore } from '../contracts/ports'
import { RAW_PREFIX } from '../workload/raw-columns'
import { type CorpusParameters, corpusIdentity } from './plan'

/** Where a corpus lies, below the storage root. */
export interface CorpusLocation {
  /** Prefix of its raw files. */
  readonly prefix: string
  /** Key of the generator's account of it. */
  readonly manifest: string
  /** Prefix of the accounts of shards. */
  readonly shards: string
}

const FILES = 'customer/interactions/'
const below = (base: string): CorpusLocation => ({
  prefix: base + FILES,
  manifest: `${base}_lakebench/corpus.json`,
  shards: `${base}_lakebench/shards/`,
})

/** The place of foreign data, and of the first corpus that was made in a storage. */
export const PAGE_LOCATION = below(RAW_PREFIX.slice(0, -FILES.length))

/** The place of a corpus that found another one at the first place. */
export function ownLocation(parameters: CorpusParameters): CorpusLocation {
  const scale = String(Number(parameters.scale.toPrecision(4))).replace('+', '')
  const name = `scale-${scale}-seed-${parameters.seed}-${corpusIdentity(parameters).slice(0, 8)}`
  return below(`bronze/corpora/${name}/`)
}

/** Where a raw corpus lies or goes. Its files are written by worker threads, which open the same place by themselves. */
export interface CorpusTarget {
  readonly store: ObjectStore
  /** Name in messages: a folder, or the URI of a bucket. */
  readonly name: string
  /** The setting that chooses another place. */
  readonly setting: string
  /** From which a worker opens its parts. May hold keys: it goes to threads of this process only. */
  readonly storage: StorageConfig
  /** Requests to a service that were repeated so far; 0 on a disk. */
  readonly retries: number
  /** @throws PrerequisiteError where so many bytes will not fit */
  requireSpace(bytes: number): Promise<void>
  /** Remove what ended workers left half-written of the files below a prefix. A service that does not answer is given up with the signal. */
  removeUnfinished(prefix: string, signal?: AbortSignal): Promise<void>
}
