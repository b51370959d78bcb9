import { parentPort } from 'node:worker_threads'
import { guarded } from '../shared/guard'
import { PartMaker } from './make-part'
import type { OpenPart } from './part-sink'
import { type CorpusParameters, GENERATOR_VERSION } from './plan'
import type { WorkerMessage, WorkerTask } from './worker-messages'

/** In a worker thread: make the files that it is told to, one at a time, until it is ended. */
export function serveParts(work: {
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
