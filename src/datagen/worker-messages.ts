import type { StorageConfig } from '../contracts/config'
import type { PartFacts } from './make-part'
import type { CorpusParameters, PartPlan } from './plan'

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
