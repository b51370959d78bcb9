/** Entry of a worker thread of the generator: opens the parts of the place that it is told, and serves. */

import { workerData } from 'node:worker_threads'
import { localParts } from './part-sink'
import { serveParts } from './serve-parts'
import { storeParts } from './store-parts'
import type { WorkerInput } from './worker-messages'

const { storage, parameters } = workerData as WorkerInput
if (storage.type === 'local') serveParts({ parameters, open: localParts(storage.path) })
else {
  const { openS3Store } = await import('../storage/s3/s3-store')
  const store = await openS3Store(storage.s3)
  serveParts({ parameters, open: storeParts(store), retries: () => store.retries })
}
