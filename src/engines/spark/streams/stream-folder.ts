import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ObjectStore } from '../../../contracts/ports'
import type { StreamName } from '../../../contracts/streams'
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
    /** Of who wrote these streams before. */
    readonly predecessor: string | null,
  ) {
    this.key = `${run}/${session}`
  }

  /** Begin anew; who wrote before is told to stop. */
  static async open(store: ObjectStore, runId: string): Promise<StreamFolder> {
    const run = `${ROOT}/${runId}`
    const current = parse(CurrentSchema, await store.get(`${run}/current.json`))
    const session = randomUUID()
    const folder = new StreamFolder(store, run, session, current ? `${run}/${current.session}` : null)
    if (folder.predecessor !== null) await put(store, `${folder.predecessor}/control.json`, { beat: -1, wish: 'stop' })
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

  /** `null` while there is none, or while it is being written. */
  async progress(stream: StreamName): Promise<StreamProgress | null> {
    return parse(StreamProgressSchema, await this.store.get(`${this.key}/${stream}/progress.json`))
  }

  async batch(stream: StreamName, batch: number): Promise<StreamBatchDocument | null> {
    const name = `${String(batch).padStart(6, '0')}.json`
    return parse(StreamBatchDocumentSchema, await this.store.get(`${this.key}/${stream}/batches/${name}`))
  }

  /** What the processes before left out of the stream: Spark does not come back to a file. */
  async leftOutBefore(): Promise<StreamProgress['quarantined']> {
    if (this.predecessor === null) return []
    const told = (await this.store.list(`${this.run}/`)).filter(o => o.key.endsWith('/bronze-ingest/progress.json'))
    const leftOut = new Map<string, StreamProgress['quarantined'][number]>()
    for (const { key } of told)
      for (const file of parse(StreamProgressSchema, await this.store.get(key))?.quarantined ?? [])
        leftOut.set(file.file, file)
    return [...leftOut.values()]
  }

  /** What the streams were asked for last. */
  get asked(): StreamControl['wish'] {
    return this.wished
  }

  /** Nothing of the run is to be gone on with. */
  async remove(): Promise<void> {
    const objects = await this.store.list(`${this.run}/`)
    await Promise.all(objects.map(o => this.store.delete(o.key)))
  }
}

async function put(store: ObjectStore, key: string, document: unknown): Promise<void> {
  await store.put(key, JSON.stringify(document))
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array | null): T | null {
  if (bytes === null) return null
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
