import type { ObjectStore } from '../contracts/ports'

/** Where a raw corpus lies or goes. */
export interface CorpusPlace {
  readonly store: ObjectStore
  /** What messages call it: a folder, or the URI of a bucket. */
  readonly name: string
  /** The setting that chooses another place. */
  readonly setting: string
  /** Local folder in which files are made: the store's own, or a temporary one that `deliver` takes them from. */
  readonly folder: string
  /**
   * Put a finished file into the store, where it appears whole or not at all; `null` where it is made in its place. The local
   * copy is the caller's to remove.
   */
  readonly deliver: ((key: string, path: string, signal: AbortSignal) => Promise<void>) | null
  /** Remove what writers that died left in the store beside whole files. */
  readonly removeLeftovers: (() => Promise<void>) | null
}
