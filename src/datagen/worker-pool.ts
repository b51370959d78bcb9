import { addAbortListener } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { StorageConfig } from '../config/schema'
import { LakebenchError, PrerequisiteError } from '../contracts/errors'
import { explainDiskError } from '../shared/disk-error'
import { guarded } from '../shared/guard'
import { packageRoot } from '../shared/package-root'
import type { PartFacts } from './make-part'
import { type CorpusParameters, GENERATOR_VERSION, type PartPlan } from './plan'

/** Input of a worker. Keys to a store travel here, between threads, and never on a command line. */
export interface WorkerInput {
  readonly storage: StorageConfig
  readonly parameters: CorpusParameters
}

/** To a worker: the next file to make. */
export type WorkerTask = PartPlan

/** From a worker. `ready` comes once; after it and after each `made` the worker waits for a task. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly generator_version: number }
  | { readonly kind: 'rows'; readonly rows: number; readonly bytes: number }
  | {
      readonly kind: 'made'
      readonly index: number
      readonly facts: PartFacts
      readonly retries: number
    }
  | {
      readonly kind: 'failed'
      readonly key: string
      readonly message: string
      readonly code: string | null
    }

export interface PoolRun extends WorkerInput {
  /** Planned as they are begun. */
  readonly parts: Iterable<PartPlan>
  /** No more than there are parts. */
  readonly workers: number
  readonly signal: AbortSignal
  /** Resolves when a file may be begun; with false no further one is. */
  readonly ready?: ((part: PartPlan) => Promise<boolean>) | undefined
  readonly onRows: (rows: number, bytes: number) => void
  /** A service had to be asked again, so many times, for one file. */
  readonly onRetries: (retries: number) => void
  /** A file is in its place. What it throws ends the run. */
  readonly onMade: (part: PartPlan, facts: PartFacts) => void
}

/**
 * Make files on worker threads, each the next one as it gets free. Rejects with the first failure or the signal's reason;
 * when it settles, no worker is left. Unfinished files of ended workers are the caller's to remove.
 */
export async function makeParts(run: PoolRun): Promise<void> {
  const script = workerScript()
  const queue = run.parts[Symbol.iterator]()
  const workers: Worker[] = []
  run.signal.throwIfAborted()
  try {
    await new Promise<void>((resolve, reject) => {
      addAbortListener(run.signal, () => reject(run.signal.reason))
      let busy = run.workers
      const idle = () => {
        if (--busy === 0) resolve()
      }
      for (let i = busy; i > 0; i--) workers.push(startWorker(script, run, queue, idle, reject))
      if (busy === 0) resolve()
    })
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

function startWorker(
  script: URL,
  run: PoolRun,
  queue: Iterator<PartPlan, undefined>,
  idle: () => void,
  fail: (error: unknown) => void,
): Worker {
  const { storage, parameters } = run
  const worker = new Worker(script, {
    workerData: { storage, parameters } satisfies WorkerInput,
    execArgv: [],
  })
  let current: PartPlan | undefined
  const next = async () => {
    current = queue.next().value
    const goes = current !== undefined && (run.ready === undefined || (await run.ready(current)))
    if (goes) worker.postMessage(current)
    else idle()
  }
  const receive = (message: WorkerMessage) => {
    if (message.kind === 'ready') {
      requireSameVersion(message.generator_version)
      next().catch(fail)
    } else if (message.kind === 'rows') run.onRows(message.rows, message.bytes)
    else if (message.kind === 'made') {
      if (message.retries > 0) run.onRetries(message.retries)
      run.onMade(current!, message.facts)
      next().catch(fail)
    } else {
      fail(failureOf(message))
    }
  }
  const ended = (code: number) =>
    fail(
      new LakebenchError(
        'DATAGEN',
        `A data generation worker ended by itself (exit code ${code}).`,
      ),
    )
  worker.on('message', guarded(receive, fail))
  worker.on('error', guarded(fail))
  worker.on('exit', guarded(ended))
  return worker
}

/** Errors lose their class on the way between threads. */
function failureOf({ key, message, code }: Extract<WorkerMessage, { kind: 'failed' }>): Error {
  if (code === 'PREREQUISITE') return new PrerequisiteError(message)
  return explainDiskError(
    Object.assign(new Error(message), { code: code ?? undefined }),
    `write ${key}`,
  )
}

function workerScript(): URL {
  const path = join(packageRoot(), 'dist/datagen-worker.js')
  if (!existsSync(path)) {
    throw new PrerequisiteError(
      `${path} is missing: the package is not built. Run \`npm run build\`.`,
    )
  }
  return pathToFileURL(path)
}

function requireSameVersion(version: number): void {
  if (version === GENERATOR_VERSION) return
  throw new PrerequisiteError(
    `dist/datagen-worker.js is of generator version ${version}, this is ${GENERATOR_VERSION}: the build is stale. Run \`npm run build\`.`,
  )
}
