import { createHash } from 'node:crypto'
import type { StorageConfig } from '../contracts/config'
import { PrerequisiteError } from '../contracts/errors'
import type { ObjectStore } from '../contracts/ports'
import { CORPUS_MANIFEST_KEY, RAW_PREFIX } from '../workload/raw-columns'
import type { CorpusPlace } from './corpus-place'
import type { OpenPart } from './part-sink'

/** What a corpus needs of an object store on a service. */
export interface CorpusStore extends ObjectStore {
  /** The service, for messages. */
  readonly address: string
  readonly retries: number
  read(key: string, options: { readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>
  /** Remove what unfinished uploads below a prefix left. */
  abortUploads(prefix: string, options?: { readonly signal?: AbortSignal }): Promise<unknown>
}

/** What parts need of it. */
export interface UploadStore {
  openUpload(key: string): {
    /** Takes bytes at once; they are copied. */
    push(bytes: Uint8Array): void
    /** Resolves when so little is under way that memory is bounded. */
    room(): Promise<void>
    /** The object appears, whole. */
    finish(): Promise<{ readonly bytes: number }>
    abort(): Promise<void>
  }
}

/** A corpus in an object store. `setting` chooses another one; from `storage` a worker opens the same. */
export function storePlace(store: CorpusStore, setting: string, storage: StorageConfig): CorpusPlace {
  const rawFolder = `${store.location(RAW_PREFIX.slice(0, -1))}/`
  return {
    name: `${rawFolder} at ${store.address}`,
    rawFolder,
    manifestPath: store.location(CORPUS_MANIFEST_KEY),
    setting,
    storage,
    get retries() {
      return store.retries
    },
    async listRaw() {
      const objects = await store.list(RAW_PREFIX)
      return objects.filter(o => o.key.endsWith('.parquet')).map(({ key, size }) => ({ key, bytes: size }))
    },
    async readManifest() {
      const body = await store.get(CORPUS_MANIFEST_KEY)
      return body && Buffer.from(body).toString('utf8')
    },
    async writeManifest(text) {
      await store.put(CORPUS_MANIFEST_KEY, text)
    },
    async readRange(key, range) {
      const body = await store.get(key, range)
      if (body === null) throw new PrerequisiteError(`${store.location(key)} at ${store.address} is gone. Run again.`)
      return body
    },
    read: (key, signal) => store.read(key, { signal }),
    deleteRaw: key => store.delete(key),
    // A bucket has no size to ask for.
    requireSpace: async () => {},
    async removeUnfinished(signal) {
      await store.abortUploads(RAW_PREFIX, signal && { signal })
    },
  }
}

/** Parts in an object store: each is sent while it is made, and becomes an object when it is published. */
export function storeParts(store: UploadStore): OpenPart {
  return key => {
    const upload = store.openUpload(key)
    const sha256 = createHash('sha256')
    return {
      write(bytes) {
        sha256.update(bytes)
        upload.push(bytes)
      },
      room: () => upload.room(),
      async publish() {
        const { bytes } = await upload.finish()
        return { bytes, sha256: sha256.digest('hex') }
      },
      // Why the part failed is to be told; what it left is found again by `removeUnfinished`.
      discard: () => upload.abort().catch(() => {}),
    }
  }
}
