import { performance } from 'node:perf_hooks'
import { CommitUnknownError, JobFailedError, shortMessage } from '../../../contracts/errors'
import type { EmbeddedResources } from '../../../contracts/plan'
import type { ObjectStore } from '../../../contracts/ports'
import type {
  RunningStreams,
  StreamCommit,
  StreamEngine,
  StreamHooks,
  StreamJob,
  StreamName,
} from '../../../contracts/streams'
import { expireReplaced } from '../../../iceberg/table'
import { explain } from '../explain-error'
import { goldTarget } from '../gold-finalize'
import type { DuckDbSession } from '../session'
import { BronzeIngest, bronzeTarget } from './bronze-ingest'
import { GoldRefresh } from './gold-refresh'
import { withPatience } from './patience'
import { SilverStream, silverTarget } from './silver-stream'
import { Trigger } from './trigger'
import { Upkeep } from './upkeep'

export interface DuckDbStreamParts {
  readonly session: DuckDbSession
  readonly store: ObjectStore
  readonly locations: { readonly bronze: string; readonly silver: string; readonly gold: string }
  /** Whether the storage is there at all. */
  readonly present: () => Promise<boolean>
  readonly resources: () => EmbeddedResources | null
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

interface Source {
  batch(): Promise<StreamCommit | null>
}

class Running implements RunningStreams {
  readonly failure: Promise<never>
  private fail!: (error: unknown) => void
  /** Ends the waiting for triggers; a batch under way goes on. */
  private readonly noMoreTriggers = new AbortController()
  /** Ends everything. */
  private readonly end = new AbortController()
  private readonly bronze: BronzeIngest
  private readonly silver: SilverStream
  private readonly gold: GoldRefresh
  private readonly triggers: readonly Trigger[]
  private readonly upkeep: ReadonlyMap<StreamName, Upkeep>
  private loops: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly parts: DuckDbStreamParts,
    private readonly job: StreamJob,
    private readonly hooks: StreamHooks,
  ) {
    const { session, store, locations, present } = parts
    const { signal } = this.end
    const resources = parts.resources()
    this.failure = new Promise<never>((_, reject) => {
      this.fail = error => {
        this.noMoreTriggers.abort()
        this.end.abort(error)
        reject(error)
      }
    })
    // Whoever started the streams may look at it later.
    this.failure.catch(() => {})
    this.bronze = new BronzeIngest({
      session,
      store,
      location: locations.bronze,
      job,
      hooks,
      present,
      signal,
    })
    this.silver = new SilverStream({
      session,
      location: locations.silver,
      bronze: locations.bronze,
      job,
      resources,
      present,
      signal,
    })
    this.gold = new GoldRefresh({
      session,
      location: locations.gold,
      silver: locations.silver,
      job,
      present,
      signal,
    })
    const bronze = new Trigger(
      job.bronze.trigger_seconds,
      () => this.once('bronze-ingest', this.bronze),
      null,
    )
    const silver = new Trigger(
      job.silver.trigger_seconds,
      () => this.once('silver-stream', this.silver),
      bronze,
    )
    const gold = new Trigger(
      job.gold.trigger_seconds,
      () => this.once('gold-refresh', this.gold),
      silver,
    )
    this.triggers = [bronze, silver, gold]
    this.upkeep = new Map([
      [
        'bronze-ingest',
        this.keeper(
          'bronze-ingest',
          bronzeTarget(locations.bronze, job),
          () => this.silver.readUpTo,
        ),
      ],
      [
        'silver-stream',
        this.keeper('silver-stream', silverTarget(locations.silver, job, resources), () => null),
      ],
      [
        'gold-refresh',
        this.keeper(
          'gold-refresh',
          goldTarget(locations.gold, job.gold.partitioning, job.gold.target_file_size),
          () => null,
        ),
      ],
    ])
  }

  /** Upstream first: a source is of this run before anyone reads it. */
  async open(): Promise<void> {
    for (const stream of [this.bronze, this.silver, this.gold]) await stream.open()
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
    const stop = () => this.end.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      signal.throwIfAborted()
      this.noMoreTriggers.abort()
      await this.loops
      while (await this.step('bronze-ingest', this.bronze));
      while (await this.step('silver-stream', this.silver));
      await this.step('gold-refresh', this.gold)
      for (const upkeep of this.upkeep.values()) await upkeep.settled()
    } finally {
      signal.removeEventListener('abort', stop)
    }
    this.end.signal.throwIfAborted()
  }

  async stop(): Promise<void> {
    this.noMoreTriggers.abort()
    this.end.abort(new DOMException('The streams were stopped.', 'AbortError'))
    await this.loops
    for (const upkeep of this.upkeep.values()) await upkeep.settled()
  }

  private async once(name: StreamName, source: Source): Promise<void> {
    await this.step(name, source)
  }

  /** One batch, and what its table needs afterwards; false where there was nothing to do. */
  private async step(name: StreamName, source: Source): Promise<boolean> {
    const commit = await withPatience(() => source.batch(), {
      present: this.parts.present,
      seconds: this.job.patience_seconds,
      signal: this.end.signal,
      onRetry: why => this.hooks.onRetry(name, why),
    }).catch((error: unknown) => {
      throw explained(name, error)
    })
    if (commit === null) this.hooks.onEmpty(name)
    else {
      this.hooks.onCommit(commit)
      this.upkeep.get(name)!.begin(error => {
        if (!this.end.signal.aborted)
          this.hooks.onWarning(
            `Upkeep after ${name} failed: ${shortMessage(error)}. It is tried again.`,
          )
      })
    }
    return commit !== null
  }

  private keeper(
    stream: StreamName,
    target: ReturnType<typeof bronzeTarget>,
    neededFrom: () => number | null,
  ): Upkeep {
    return new Upkeep({
      session: this.parts.session,
      target,
      retentionSeconds: this.job.retention_seconds,
      neededFrom,
      signal: this.end.signal,
      onCompaction: (before, after) => this.hooks.onCompaction(stream, before, after),
      onExpired: files => this.hooks.onExpired(stream, files),
    })
  }
}

/** The stream's name in front, and what to do about it where that is known. */
function explained(stream: StreamName, error: unknown): unknown {
  const known =
    error instanceof CommitUnknownError || (error instanceof Error && error.name === 'AbortError')
  return known ? error : new JobFailedError(`${stream}: ${explain(error)}`, { cause: error })
}
