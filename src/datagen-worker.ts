/** Entry of a worker thread of the generator: opens the parts of the place that it is told, and serves. */

import { workerData } from 'node:worker_threads'
import { localParts } from './datagen/part-sink'
import { serveParts } from './datagen/serve-parts'
import { storeParts } from './datagen/store-parts'
import type { WorkerInput } from './datagen/worker-messages'

const { storage, parameters } = workerData as WorkerInput
if (storage.type === 'local') serveParts({ parameters, open: localParts(storage.path) })
else {
  const { openS3Store } = await import('./lakehouse/s3/s3-store')
  const store = await openS3Store(storage.s3)
  serveParts({ parameters, open: storeParts(store), retries: () => store.retries })
}
