import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ObjectStore } from '../../../contracts/ports'
import type { StreamName } from '../../../contracts/streams'
import { readDocument } from '../job-document'
import {
  type StreamBatchDocument,
  StreamBatchDocumentSchema,
  type StreamControl,
  type StreamProgress,
  StreamProgressSchema,
} from './stream-documents'

const ROOT = 'bronze/_lakebench/streams'
const CurrentSchema = z.object({ session: z.string() })

/**
 * The documents of a run's streams: a folder for each time that they are started, since what an earlier process still writes must
 * not be taken for what this one does.
 */
export class StreamFolder {
  private beat = 0
  private wished: StreamControl['wish'] = null
  private readonly key: string

  private constructor(
    private readonly store: ObjectStore,
    private readonly run: string,
    session: string,
    /** Writer of these streams before this one. */
    readonly predecessor: string | null,
  ) {
    this.key = `${run}/${session}`
  }

  /** Begin anew; who wrote before is told to stop. */
  static async open(store: ObjectStore, runId: string): Promise<StreamFolder> {
    const run = `${ROOT}/${runId}`
    const current = await read(CurrentSchema, store, `${run}/current.json`)
    const session = randomUUID()
    const folder = new StreamFolder(
      store,
      run,
      session,
      current ? `${run}/${current.session}` : null,
    )
    if (folder.predecessor !== null)
      await put(store, `${folder.predecessor}/control.json`, { beat: -1, wish: 'stop' })
    await folder.wish(null)
    await put(store, `${run}/current.json`, { session })
    return folder
  }

  /** Below the store's root. */
  get path(): string {
    return this.key
  }

  async wish(wish: StreamControl['wish']): Promise<void> {
    this.wished = wish
    await this.beatAgain()
  }

  /** lakebench lives. */
  async beatAgain(): Promise<void> {
    const control: StreamControl = { beat: ++this.beat, wish: this.wished }
    await put(this.store, `${this.key}/control.json`, control)
  }

  /** `null` while there is none. @throws JobFailedError while it is being written, too */
  progress(stream: StreamName): Promise<StreamProgress | null> {
    return read(StreamProgressSchema, this.store, `${this.key}/${stream}/progress.json`)
  }

  batch(stream: StreamName, batch: number): Promise<StreamBatchDocument | null> {
    const name = `${String(batch).padStart(6, '0')}.json`
    return read(StreamBatchDocumentSchema, this.store, `${this.key}/${stream}/batches/${name}`)
  }

  /** The last command that the streams were given. */
  get asked(): StreamControl['wish'] {
    return this.wished
  }

  /** Nothing of the run is to be gone on with. */
  async remove(): Promise<void> {
    const objects = await this.store.list(`${this.run}/`)
    await Promise.all(objects.map(o => this.store.delete(o.key)))
  }
}

async function read<T>(schema: z.ZodType<T>, store: ObjectStore, key: string): Promise<T | null> {
  const bytes = await store.get(key)
  return bytes === null ? null : readDocument(schema, bytes, store.location(key))
}

async function put(store: ObjectStore, key: string, document: unknown): Promise<void> {
  await store.put(key, JSON.stringify(document))
}
