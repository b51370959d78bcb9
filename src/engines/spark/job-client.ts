import { JobFailedError } from '../../contracts/errors'
import type { RunPlan } from '../../contracts/plan'
import type { ObjectStore, RunDirectory, RunJobOptions } from '../../contracts/ports'
import { STREAM_NAMES, type StreamHooks, type StreamName } from '../../contracts/streams'
import { isAbandoned, ownName } from '../../shared/own-name'
import {
  DOCUMENT_VERSION,
  type JobDocument,
  JobDocumentSchema,
  type JobHead,
  MODULES,
  readDocument,
  unusable,
} from './job-document'
import { ResultDocumentSchema, type ResultOf } from './result-document'

/** A stream of continuous mode is a job that lasts. */
type StreamDocument = Extract<JobDocument, { job: StreamName }>
export type EndedStream = ResultOf<'streams'>['streams'][number]

/** A job as a driver is told of it. */
export interface SparkJob {
  readonly name: JobDocument['job']
  /** Below `spark-jobs/`. */
  readonly module: string
  /** URI of its document. */
  readonly job: string
}

/** Carries out jobs: a Spark driver on this machine, or applications on a cluster. */
export interface SparkDriver {
  /** Carries out several jobs at a time, each in a Spark of its own. */
  readonly simultaneous: boolean
  /** Called once with the saved plan, before the first job. */
  prepare(plan: RunPlan, run: RunDirectory): Promise<void>
  /** Resolves when the module is done; its result lies in the store then. */
  run(job: SparkJob, options: RunJobOptions): Promise<void>
  close(): Promise<void>
}

/** Documents of jobs lie beside the raw files, never among them. */
const DOCUMENTS = 'bronze/_lakebench/jobs/'

/** Hands in jobs and fetches their results: both are documents in the store. */
export class JobClient {
  private readonly folder = `${DOCUMENTS}${ownName()}/`
  private count = 0

  constructor(
    private readonly driver: SparkDriver,
    private readonly store: ObjectStore,
  ) {}

  /** The number of jobs that were handed in. */
  get jobs(): number {
    return this.count
  }

  /** The address by which Hadoop's file systems open an object. */
  uri(key: string): string {
    const location = this.store.location(key)
    return location.startsWith('/') ? `file://${location}` : location
  }

  async run<J extends JobDocument['job']>(
    job: J,
    document: (
      head: JobHead,
    ) => Extract<JobDocument, { job: J }> | Promise<Extract<JobDocument, { job: J }>>,
    options: RunJobOptions,
  ): Promise<ResultOf<J>> {
    if (this.count === 0) await removeAbandonedDocuments(this.store)
    const name = `${this.folder}${++this.count}-${job}`
    const [jobKey, resultKey] = [`${name}.json`, `${name}.result.json`]
    const told = JobDocumentSchema.parse(
      await document({
        version: DOCUMENT_VERSION,
        run_id: name.slice(DOCUMENTS.length),
        result: this.uri(resultKey),
      }),
    )
    await this.store.put(jobKey, JSON.stringify(told))
    try {
      await this.driver.run({ name: job, module: MODULES[job], job: this.uri(jobKey) }, options)
      const bytes = await this.store.get(resultKey)
      if (bytes === null) {
        throw new JobFailedError(
          `${job} ended without its result document ${this.store.location(resultKey)}. Spark and lakebench do not see the same store: compare platform.storage with what Spark is given in platform.compute.spark.conf.`,
        )
      }
      return readResult(job, told.run_id, bytes)
    } finally {
      await this.forget(jobKey, resultKey)
    }
  }

  /**
   * Streams side by side until all have ended: each a job, where the driver carries out several at a time, else all in one.
   * @returns how each ended
   */
  async runStreams(
    documents: (head: JobHead) => readonly StreamDocument[],
    { signal, onState }: Pick<StreamHooks, 'onState'> & { readonly signal: AbortSignal },
  ): Promise<readonly EndedStream[]> {
    const optionsOf = (stream: StreamName | null) => ({
      signal,
      onState: (state: string, detail: string | null) => onState(stream, state, detail),
    })
    if (this.driver.simultaneous) return this.sideBySide(documents, optionsOf)
    const keys: string[] = []
    const put = async (head: JobHead) => {
      for (const document of documents(head)) {
        const key = `${this.folder}${this.count}-${document.job}.json`
        keys.push(key)
        await this.store.put(key, JSON.stringify(JobDocumentSchema.parse(document)))
      }
      return { ...head, job: 'streams' as const, streams: keys.map(key => this.uri(key)) }
    }
    try {
      return (await this.run('streams', put, optionsOf(null))).streams
    } finally {
      await this.forget(...keys)
    }
  }

  /** The first that fails ends the others. */
  private async sideBySide(
    documents: (head: JobHead) => readonly StreamDocument[],
    optionsOf: (stream: StreamName) => RunJobOptions,
  ): Promise<readonly EndedStream[]> {
    const other = new AbortController()
    const running = STREAM_NAMES.map(job => {
      const { signal, ...options } = optionsOf(job)
      const both = AbortSignal.any([signal, other.signal])
      return this.run(job, head => documents(head).find(d => d.job === job) as never, {
        ...options,
        signal: both,
      })
    })
    const failed = running.map(job => job.catch(error => other.abort(error)))
    try {
      return (await Promise.all(running)).flatMap(answer => answer.streams)
    } finally {
      await Promise.all(failed)
    }
  }

  /** Deletes documents; those that are left harm nobody. */
  private async forget(...keys: string[]): Promise<void> {
    await Promise.allSettled(keys.map(key => this.store.delete(key)))
  }
}

/** Removes documents of jobs that a dead process of this machine handed in. @returns their keys */
export async function removeAbandonedDocuments(store: ObjectStore): Promise<readonly string[]> {
  const keys = (await store.list(DOCUMENTS)).map(({ key }) => key)
  const abandoned = keys.filter(
    key => isAbandoned(key.slice(DOCUMENTS.length).split('/')[0]!) === true,
  )
  await Promise.allSettled(abandoned.map(key => store.delete(key)))
  return abandoned
}

function readResult<J extends JobDocument['job']>(
  job: J,
  runId: string,
  bytes: Uint8Array,
): ResultOf<J> {
  const result = readDocument(ResultDocumentSchema, bytes, `The result document of ${job}`)
  if (result.job === job && result.run_id === runId) return result as ResultOf<J>
  throw unusable(`The result document of ${job}`, 'it belongs to another job')
}
