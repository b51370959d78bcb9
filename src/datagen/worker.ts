/** Entry of a worker thread of the generator: opens the parts of the place that it is told, and serves. */

import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { guarded } from '../shared/guard'
import { PartMaker } from './make-part'
import { localParts, type OpenPart } from './part-sink'
import { type CorpusParameters, GENERATOR_VERSION } from './plan'
import type { WorkerInput, WorkerMessage, WorkerTask } from './worker-pool'

/** Methods of a store that parts need. */
interface UploadStore {
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
function storeParts(store: UploadStore): OpenPart {
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

/** In a worker thread: make the files that it is told to, one at a time, until it is ended. */
function serveParts(work: {
  readonly parameters: CorpusParameters
  readonly open: OpenPart
  /** Requests to a service that were repeated so far. */
  readonly retries?: () => number
}): void {
  const maker = new PartMaker(work.parameters, work.open)
  const retries = work.retries ?? (() => 0)
  const send = (message: WorkerMessage) => parentPort!.postMessage(message)
  let told = 0

  const carryOut = async (task: WorkerTask) => {
    try {
      const facts = await maker.make(task, (rows, bytes) => send({ kind: 'rows', rows, bytes }))
      const repeated = retries()
      send({ kind: 'made', index: task.index, facts, retries: repeated - told })
      told = repeated
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException
      send({ kind: 'failed', key: task.key, message, code: code ?? null })
    }
  }
  parentPort!.on('message', guarded(carryOut))
  send({ kind: 'ready', generator_version: GENERATOR_VERSION })
}

const { storage, parameters } = workerData as WorkerInput
if (storage.type === 'local') serveParts({ parameters, open: localParts(storage.path) })
else {
  const { openS3Store } = await import('../storage/s3/s3-store')
  const store = await openS3Store(storage.s3)
  serveParts({ parameters, open: storeParts(store), retries: () => store.retries })
}
