import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { JobFailedError, shortMessage } from '../../../contracts/errors'
import type { ObjectStore } from '../../../contracts/ports'
import {
  type RunningStreams,
  STREAM_NAMES,
  type StreamEngine,
  type StreamHooks,
  type StreamJob,
} from '../../../contracts/streams'
import type { TableRole } from '../../../contracts/tables'
import { pause, untilAborted } from '../../../shared/abort'
import { retry } from '../../../shared/retry'
import type { EndedStream, JobClient } from '../job-client'
import { checkpointOf, ROLES, type StreamTables, streamDocuments } from './render-streams'
import { StreamFolder } from './stream-folder'
import { StreamWatch } from './stream-watch'

export interface SparkStreamParts {
  readonly client: JobClient
  readonly store: ObjectStore
  readonly tables: StreamTables
  /** A stream has taken everything in; its table as it lies then. */
  onDrained(role: TableRole, table: NonNullable<EndedStream['layout']>): void
  /** Throws where a table names files outside of it; left out where nobody can tell. */
  readonly requireOwnFiles?: (role: TableRole) => Promise<void>
}

/** Between two looks at the documents. */
const LOOK_MS = 500
/** Streams whose lakebench is silent for two minutes stop. */
const HEARTBEAT_MS = 10_000
/** For streams that were told to stop, before everything of them is killed; an interrupt leaves them no time beside draining. */
const STOP_MS = 10_000

/** Continuous mode as Spark structured streaming; progress, commits and commands are documents in the store. */
export class SparkStreams implements StreamEngine {
  constructor(private readonly parts: SparkStreamParts) {}

  async start(job: StreamJob, hooks: StreamHooks, signal: AbortSignal): Promise<RunningStreams> {
    const { store, client, tables, onDrained, requireOwnFiles } = this.parts
    for (const role of Object.values(ROLES)) await requireOwnFiles?.(role)
    const folder = await StreamFolder.open(store, job.run_id, signal)
    const uri = (key: string) => client.uri(key)
    const places = { tables, documents: uri(folder.path), uri }
    const resume = await hasCheckpoints(store, job)
    const end = new AbortController()
    const jobs = client
      .runStreams(head => streamDocuments(head, job, places, resume), {
        signal: end.signal,
        onState: (stream, state, detail) => hooks.onState(stream, state, detail),
      })
      .then(ended => {
        for (const { stream, layout } of ended) if (layout) onDrained(ROLES[stream], layout)
      })
    const running = new Running(
      folder,
      new StreamWatch(folder, hooks),
      jobs,
      end,
      job.patience_seconds,
      signal,
    )
    await running.opened()
    return running
  }
}

/** Whether every stream of the run has its checkpoint. Streams go on from theirs, which name each other's snapshots, or all begin anew. */
async function hasCheckpoints(store: ObjectStore, job: StreamJob): Promise<boolean> {
  const files = STREAM_NAMES.map(stream => store.get(`${checkpointOf(job, stream)}/metadata`))
  return (await Promise.all(files)).every(file => file !== null)
}

class Running implements RunningStreams {
  readonly failure: Promise<never>
  private fail!: (error: unknown) => void
  /** Settles when nothing of the streams runs any more, and all their reports were read. */
  private readonly over: Promise<void>
  private ended = false

  constructor(
    private readonly folder: StreamFolder,
    private readonly watch: StreamWatch,
    jobs: Promise<void>,
    private readonly end: AbortController,
    private readonly retrySeconds: number,
    /** Aborts with the run. */
    private readonly signal: AbortSignal,
  ) {
    this.failure = new Promise<never>((_, reject) => {
      this.fail = reject
    })
    // Whoever started the streams may look at it later.
    this.failure.catch(() => {})
    this.over = this.follow(jobs)
    this.over.catch(this.fail)
  }

  /** Resolves when all three streams are at work. Aborted before that, none of them goes on. */
  async opened(): Promise<void> {
    const { signal } = this
    while (!this.watch.all('running', 'draining', 'drained')) {
      await Promise.race([this.over, sleep(LOOK_MS / 2)])
      if (signal.aborted) {
        await this.stop()
        throw signal.reason
      }
      if (this.ended) throw new JobFailedError('The streams ended before all of them had begun.')
    }
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.retrying(() => this.folder.send('drain'), signal)
    signal.throwIfAborted()
    await untilAborted(this.over, signal, 0)
    if (!this.watch.all('drained'))
      throw new JobFailedError('The streams ended before everything was in gold.')
    // Documents that nobody reads any more harm nobody either.
    await this.folder.remove().catch(() => {})
  }

  async stop(): Promise<void> {
    if (this.ended) return
    await this.folder.send('stop').catch(() => {})
    if (!this.signal.aborted)
      await Promise.race([this.over.catch(() => {}), sleep(STOP_MS, undefined, { ref: false })])
    this.end.abort(new DOMException('The streams were stopped.', 'AbortError'))
    await this.over.catch(() => {})
  }

  /** Reads reports and sends heartbeats until the jobs are over. */
  private async follow(jobs: Promise<void>): Promise<void> {
    const over = new AbortController()
    const watching = this.keepLooking(over.signal)
    try {
      await Promise.race([jobs, watching.then(() => jobs)])
    } catch (error) {
      this.end.abort(error)
      over.abort()
      await Promise.allSettled([jobs, watching])
      await this.watch.look().catch(() => {})
      throw this.explained(error)
    } finally {
      over.abort()
      this.ended = true
    }
    await watching
    // The streams have reported everything by now.
    await this.retrying(() => this.watch.look())
    if (this.folder.lastCommand === null)
      throw new JobFailedError(
        'The streams ended without a command: this process was silent for two minutes, or another one has taken the run up.',
      )
  }

  /** Repeats the act while the store is away. */
  private retrying(act: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    return retry(act, {
      seconds: this.retrySeconds,
      first_wait: LOOK_MS,
      mayHelp: () => true,
      signal,
    })
  }

  private async keepLooking(signal: AbortSignal): Promise<void> {
    let heartbeat = performance.now()
    const look = async () => {
      await this.watch.look()
      if (performance.now() - heartbeat <= HEARTBEAT_MS) return
      await this.folder.sendHeartbeat()
      heartbeat = performance.now()
    }
    while (!signal.aborted) {
      await this.retrying(look, signal).catch(error => {
        if (!signal.aborted) throw error
      })
      await pause(LOOK_MS, signal)
    }
  }

  /** The error, with the name of the stream that failed in front. */
  private explained(error: unknown): unknown {
    const failed = this.watch.failed()
    return failed === null || (error instanceof Error && error.name === 'AbortError')
      ? error
      : new JobFailedError(`${failed.stream}: ${shortMessage(error)}`, { cause: error })
  }
}
