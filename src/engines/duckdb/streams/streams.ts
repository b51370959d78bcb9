import { addAbortListener } from 'node:events'
import { performance } from 'node:perf_hooks'
import { CommitUnknownError, JobFailedError, shortMessage } from '../../../contracts/errors'
import type {
  RunningStreams,
  StreamCommit,
  StreamEngine,
  StreamHooks,
  StreamJob,
  StreamName,
} from '../../../contracts/streams'
import { expireReplaced } from '../../../iceberg/table'
import { pause } from '../../../shared/abort'
import { retry } from '../../../shared/retry'
import { explain } from '../explain-error'
import { BronzeIngest } from './bronze-ingest'
import { GoldRefresh } from './gold-refresh'
import { Maintenance } from './maintenance'
import { SilverStream } from './silver-stream'
import type { StreamContext, StreamTable } from './stream-table'

/** For a commit that nobody knows about. */
const RETRY = { seconds: 120, first_wait: 250, longest_wait: 2000 }

export interface DuckDbStreamParts extends Pick<StreamContext, 'session' | 'store' | 'locations'> {
  readonly resources: () => StreamContext['resources']
}

/** The three streams as loops in this process, over Iceberg tables on this disk. */
export class DuckDbStreams implements StreamEngine {
  constructor(private readonly parts: DuckDbStreamParts) {}

  async start(job: StreamJob, hooks: StreamHooks): Promise<RunningStreams> {
    await this.parts.session.keepNoFiles()
    const running = new Running(this.parts, job, hooks)
    await running.open()
    return running
  }
}

/** A stream and what its table needs beside it. */
interface Stream {
  readonly name: StreamName
  readonly source: {
    readonly table: StreamTable
    open(): Promise<void>
    batch(): Promise<StreamCommit | null>
  }
  readonly maintenance: Maintenance
}

class Running implements RunningStreams {
  readonly failure: Promise<never>
  private fail!: (error: unknown) => void
  /** Ends the waiting for triggers; a batch under way goes on. */
  private readonly noMoreTriggers = new AbortController()
  /** Ends everything. */
  private readonly end = new AbortController()
  private readonly bronze: BronzeIngest
  /** Upstream first. */
  private readonly streams: readonly Stream[]
  private readonly triggers: readonly Trigger[]
  private loops: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly parts: DuckDbStreamParts,
    job: StreamJob,
    private readonly hooks: StreamHooks,
  ) {
    this.failure = new Promise<never>((_, reject) => {
      this.fail = error => {
        this.noMoreTriggers.abort()
        this.end.abort(error)
        reject(error)
      }
    })
    // Whoever started the streams may look at it later.
    this.failure.catch(() => {})
    const context = { ...parts, job, hooks, resources: parts.resources(), signal: this.end.signal }
    const stream = (
      name: StreamName,
      source: Stream['source'],
      oldestNeeded: () => number | null,
    ): Stream => ({
      name,
      source,
      maintenance: new Maintenance(context, name, source.table.target, oldestNeeded),
    })
    this.bronze = new BronzeIngest(context)
    const silver = new SilverStream(context)
    this.streams = [
      stream('bronze-ingest', this.bronze, () => silver.oldestNeeded),
      stream('silver-stream', silver, () => null),
      stream('gold-refresh', new GoldRefresh(context), () => null),
    ]
    const [b, s, g] = this.streams.map(stream => async () => void (await this.step(stream)))
    const first = new Trigger(job.bronze.trigger_seconds, b!, null)
    const second = new Trigger(job.silver.trigger_seconds, s!, first)
    this.triggers = [first, second, new Trigger(job.gold.trigger_seconds, g!, second)]
  }

  /** Upstream first: a source is of this run before anyone reads it. */
  async open(): Promise<void> {
    for (const { source } of this.streams) await source.open()
    // What an earlier run left goes now, when nobody reads it.
    for (const location of this.bronze.resumed ? [] : Object.values(this.parts.locations))
      await expireReplaced(location).catch((error: unknown) =>
        this.hooks.onWarning(`Left-over files stay: ${shortMessage(error)}`),
      )
    const started = performance.now()
    // The first to fail ends the others, and it is over when all have ended.
    this.loops = Promise.allSettled(
      this.triggers.map(t => t.run(started, this.noMoreTriggers.signal).catch(this.fail)),
    )
  }

  async drain(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const listener = addAbortListener(signal, () => this.end.abort(signal.reason))
    try {
      this.noMoreTriggers.abort()
      await this.loops
      // Gold takes all of silver at once.
      for (const stream of this.streams)
        while ((await this.step(stream)) && stream.name !== 'gold-refresh');
      await this.finishMaintenance()
    } finally {
      listener[Symbol.dispose]()
    }
    this.end.signal.throwIfAborted()
  }

  async stop(): Promise<void> {
    this.noMoreTriggers.abort()
    this.end.abort(new DOMException('The streams were stopped.', 'AbortError'))
    await this.loops
    await this.finishMaintenance()
  }

  private async finishMaintenance(): Promise<void> {
    for (const { maintenance } of this.streams) await maintenance.finish()
  }

  /** One batch, and what its table needs afterwards; false where there was nothing to do. */
  private async step({ name, source, maintenance }: Stream): Promise<boolean> {
    const { signal } = this.end
    signal.throwIfAborted()
    // A batch reads its position from the table first, so one whose commit nobody knows about may be done again.
    const commit = await retry(() => source.batch(), {
      ...RETRY,
      mayHelp: error => error instanceof CommitUnknownError,
      onRetry: error => this.hooks.onRetry(name, shortMessage(error)),
      signal,
    }).catch((error: unknown) => {
      throw explained(name, error)
    })
    if (commit === null) this.hooks.onEmpty(name)
    else {
      this.hooks.onCommit(commit)
      maintenance.begin()
    }
    return commit !== null
  }
}

/** The stream's name in front, and what to do about it where that is known. */
function explained(stream: StreamName, error: unknown): unknown {
  const known =
    error instanceof CommitUnknownError || (error instanceof Error && error.name === 'AbortError')
  return known ? error : new JobFailedError(`${stream}: ${explain(error)}`, { cause: error })
}

/**
 * Does its work on a grid of times, and when somebody downstream asks for it. Before it works it asks its own source, so that
 * what a trigger at the end brings is as new as it can be, however the intervals fall together. Work never overlaps itself.
 */
export class Trigger {
  private running: Promise<void> | null = null

  constructor(
    private readonly seconds: number,
    private readonly work: () => Promise<void>,
    private readonly source: Trigger | null,
  ) {}

  /** Work on the grid until the signal fires; a grid time that passes during work is made up for at once. */
  async run(started: number, signal: AbortSignal): Promise<void> {
    const interval = this.seconds * 1000
    let due = started
    while (!signal.aborted) {
      const wait = due - performance.now()
      if (wait > 0) await pause(wait, signal)
      if (signal.aborted) return
      await this.pull()
      const missed = Math.floor((performance.now() - due) / interval)
      due += interval * Math.max(1, missed)
    }
  }

  /** Work now, or join the work that is under way. */
  pull(): Promise<void> {
    this.running ??= this.once().finally(() => {
      this.running = null
    })
    return this.running
  }

  private async once(): Promise<void> {
    await this.source?.pull()
    await this.work()
  }
}
