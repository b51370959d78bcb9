/** Entry of a worker thread: makes the files that it is told to, one at a time, until it is ended. */

import { parentPort, workerData } from 'node:worker_threads'
import { PartMaker } from './make-part'
import { localParts } from './part-sink'
import { GENERATOR_VERSION } from './plan'
import type { WorkerInput, WorkerMessage, WorkerTask } from './worker-messages'

const { root, parameters } = workerData as WorkerInput
const maker = new PartMaker(parameters, localParts(root))
const send = (message: WorkerMessage) => parentPort!.postMessage(message)

parentPort!.on('message', (task: WorkerTask) => {
  try {
    const facts = maker.make(task, (rows, bytes) => send({ kind: 'rows', rows, bytes }))
    send({ kind: 'made', index: task.index, facts })
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    send({ kind: 'failed', key: task.key, message, code: code ?? null })
  }
})
send({ kind: 'ready', generator_version: GENERATOR_VERSION })
