import { createHash } from 'node:crypto'
import type { OpenPart } from './part-sink'

/** Methods of a store that parts need. */
export interface UploadStore {
  openUpload(key: string): {
    /** Takes bytes at once; they are copied. */
    push(bytes: Uint8Array): void
    /** Resolves when so little is under way that memory is bounded. */
    room(): Promise<void>
    /** The object appears, whole. */
    finish(): Promise<{ readonly bytes: number; readonly etag: string }>
    abort(): Promise<void>
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
        return { ...(await upload.finish()), sha256: sha256.digest('hex'), modified: null }
      },
      // Why the part failed is to be told; what it left is found again by `removeUnfinished`.
      discard: () => upload.abort().catch(() => {}),
    }
  }
}
