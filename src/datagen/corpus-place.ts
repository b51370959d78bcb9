import type { StorageConfig } from '../contracts/config'
import type { ByteRange } from '../contracts/ports'

export interface RawObject {
  /** Below the storage root, `/` between parts. */
  readonly key: string
  readonly bytes: number
}

/** Where a corpus lies: its raw files and its manifest, on whatever storage. Files themselves are written by worker threads. */
export interface CorpusPlace {
  /** For messages: a folder, or a bucket and its service. */
  readonly name: string
  /** For messages: a path or URI. */
  readonly rawFolder: string
  readonly manifestPath: string
  /** The setting that chooses another place, e.g. `platform.storage.path`. */
  readonly setting: string
  /** From which a worker thread opens the same place. May hold keys: it goes to threads of this process only. */
  readonly storage: StorageConfig
  /** Requests to a service that were repeated so far; 0 where there is none. */
  readonly retries: number
  /** Every raw file there is, sorted by key; none where the folder is missing. */
  listRaw(): Promise<RawObject[]>
  /** `null` where there is none. */
  readManifest(): Promise<string | null>
  /** Replace the manifest, whole or not at all, on stable storage. */
  writeManifest(text: string): Promise<void>
  /** Bytes of a raw file, fewer where it ends before. */
  readRange(key: string, range: ByteRange): Promise<Uint8Array>
  /** A raw file's bytes in order. A piece is valid until the next is asked for. */
  read(key: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  deleteRaw(key: string): Promise<void>
  /** @throws PrerequisiteError where so many bytes will not fit */
  requireSpace(bytes: number): Promise<void>
  /** Remove what ended workers left half-written. A service that does not answer is given up with the signal. */
  removeUnfinished(signal?: AbortSignal): Promise<void>
}
