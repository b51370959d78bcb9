import type { StorageConfig } from '../contracts/config'
import type { ObjectStore } from '../contracts/ports'

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
