import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { z } from 'zod'
import { JobFailedError } from '../../../contracts/errors'
import type { ObjectStore } from '../../../contracts/ports'
import { STREAM_NAMES, type StreamName } from '../../../contracts/streams'
import { isProvenDead } from '../../../shared/process-identity'
import { retry } from '../../../shared/retry'
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
/** For an earlier driver on this machine, to end. */
const END_SECONDS = 60

type Command = StreamControl['command']

/**
 * The documents of a run's streams: a folder for each time that they are started, since what an earlier process still writes must
 * not be taken for what this one does.
 */
export class StreamFolder {
  private heartbeat = 0
  private command: Command = null

  private constructor(
    private readonly store: ObjectStore,
    private readonly run: string,
    private readonly session: string,
  ) {}

  /** Begins anew, once no driver on this machine writes the run's streams any more. */
  static async open(store: ObjectStore, runId: string, signal: AbortSignal): Promise<StreamFolder> {
    const run = `${ROOT}/${runId}`
    const current = await read(CurrentSchema, store, `${run}/current.json`)
    if (current !== null) await new StreamFolder(store, run, current.session).end(signal)
    const session = randomUUID()
    const folder = new StreamFolder(store, run, session)
    await folder.send(null)
    await put(store, `${run}/current.json`, { session })
    return folder
  }

  /** Below the store's root. */
  get path(): string {
    return `${this.run}/${this.session}`
  }

  /** The last command that the streams were given. */
  get lastCommand(): Command {
    return this.command
  }

  async send(command: Command): Promise<void> {
    this.command = command
    await this.sendHeartbeat()
  }

  async sendHeartbeat(): Promise<void> {
    const control: StreamControl = { heartbeat: ++this.heartbeat, command: this.command }
    await put(this.store, `${this.path}/control.json`, control)
  }

  /** `null` while there is none. @throws JobFailedError while it is being written, too */
  progress(stream: StreamName): Promise<StreamProgress | null> {
    return read(StreamProgressSchema, this.store, `${this.path}/${stream}/progress.json`)
  }

  batch(stream: StreamName, batch: number): Promise<StreamBatchDocument | null> {
    const name = `${String(batch).padStart(6, '0')}.json`
    return read(StreamBatchDocumentSchema, this.store, `${this.path}/${stream}/batches/${name}`)
  }

  /** Removes the documents of all that ran the streams: nothing of the run is to be gone on with. */
  async remove(): Promise<void> {
    const objects = await this.store.list(`${this.run}/`)
    await Promise.all(objects.map(o => this.store.delete(o.key)))
  }

  /** Stops the streams, and waits for their driver where it is a process of this machine; on a cluster it went with its owner. */
  private async end(signal: AbortSignal): Promise<void> {
    await this.send('stop')
    for (const stream of STREAM_NAMES)
      await retry(() => this.requireEnded(stream), {
        seconds: END_SECONDS,
        first_wait: 250,
        mayHelp: () => true,
        signal,
      })
  }

  private async requireEnded(stream: StreamName): Promise<void> {
    const progress = await this.progress(stream)
    if (progress === null || ['drained', 'stopped', 'failed'].includes(progress.state)) return
    const { process } = progress
    if (process.host !== hostname() || isProvenDead({ ...process, boot_id: null })) return
    throw new JobFailedError(
      `${stream} is still written by process ${process.pid} of this machine. End that process, and resume again.`,
    )
  }
}

async function read<T>(schema: z.ZodType<T>, store: ObjectStore, key: string): Promise<T | null> {
  const bytes = await store.get(key)
  return bytes === null ? null : readDocument(schema, bytes, store.location(key))
}

async function put(store: ObjectStore, key: string, document: unknown): Promise<void> {
  await store.put(key, JSON.stringify(document))
}
