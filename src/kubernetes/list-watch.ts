import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { ListOptions } from './kube-api'
import { hasStatus, isPassing, KubeError } from './kube-error'
import { LineSplitter } from './line-splitter'
import { type KubeObject, WatchEventSchema } from './objects'

/** What is asked of an API server: a list, and an answer to read as it comes. */
export interface ListWatchApi {
  list<T>(path: string, options: ListOptions): Promise<{ items: T[]; resourceVersion: string }>
  open(path: string, options: ListOptions): Promise<Readable>
}

export interface ListWatchOptions<T> {
  readonly path: string
  readonly labelSelector: string
  /** An object is there, or is another than it was. */
  readonly onChange: (object: T) => void
  /** It is gone; `last` is how it was seen last. */
  readonly onDelete: (last: T) => void
  readonly signal: AbortSignal
  /** Milliseconds; for tests. */
  readonly silence?: number
  readonly firstPause?: number
  readonly longestPause?: number
}

/** Bookmarks come about once a minute, though nobody promises them. */
const SILENCE_MS = 90_000
const FIRST_PAUSE_MS = 800
const LONGEST_PAUSE_MS = 30_000
/** A watch that lived so long proves that the server is well. */
const HEALTHY_MS = 120_000
/** One that ended sooner counts as a failure, even if it ended cleanly. */
const SHORTEST_MS = 5_000

/** An API server that restarts denies rights and kinds that it has not read yet. */
const GRACE_MS = 60_000

/**
 * Keeps a copy of the objects that a selector finds, from a list and the changes since. Goes on over ended, silent and broken
 * connections, resumes where it was, and lists anew where the server has forgotten that place. Deletions that happened
 * meanwhile are told too.
 */
export class ListWatch<T extends KubeObject> {
  private readonly objects = new Map<string, T>()
  /** Opaque; compared and handed back, never read. `null`: list first. */
  private version: string | null = null
  /** When the server last answered as it should; `null`: never. */
  private healthyAt: number | null = null

  constructor(
    private readonly api: ListWatchApi,
    private readonly options: ListWatchOptions<T>,
  ) {}

  get all(): readonly T[] {
    return [...this.objects.values()]
  }

  /** Until the signal aborts. Rejects where going on is pointless: no right, no such resource. */
  async run(): Promise<void> {
    const { signal } = this.options
    const first = this.options.firstPause ?? FIRST_PAUSE_MS
    for (let pause = first; !signal.aborted; ) {
      const begun = performance.now()
      let clean = false
      try {
        if (this.version === null) await this.relist()
        await this.watch()
        clean = true
      } catch (error) {
        if (signal.aborted) return
        if (!this.mayPass(error)) throw error
        if (error instanceof Gone) this.version = null
      }
      const lived = performance.now() - begun
      if (lived >= HEALTHY_MS) pause = first
      if (clean && lived >= SHORTEST_MS) continue
      await delay(pause * Math.random(), undefined, { signal }).catch(() => {})
      pause = Math.min(this.options.longestPause ?? LONGEST_PAUSE_MS, 2 * pause)
    }
  }

  private mayPass(error: unknown): boolean {
    if (error instanceof Gone || error instanceof BrokenStream || isPassing(error)) return true
    const before = this.healthyAt !== null && performance.now() - this.healthyAt < GRACE_MS
    return before && hasStatus(error, 401, 403, 404)
  }

  /** List, and tell what differs from what was known. */
  private async relist(): Promise<void> {
    const { path, labelSelector, signal } = this.options
    const { items, resourceVersion } = await this.api.list<T>(path, {
      query: { labelSelector },
      signal,
    })
    if (signal.aborted) return
    const seen = new Set(items.map(keyOf))
    for (const [key, last] of this.objects) if (!seen.has(key)) this.forget(key, last)
    for (const item of items) this.keep(item)
    this.version = resourceVersion
    this.healthyAt = performance.now()
  }

  private async watch(): Promise<void> {
    const { path, labelSelector, signal } = this.options
    const stream = await this.api
      .open(path, {
        query: {
          labelSelector,
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: this.version!,
          // The server ends it; not all at once.
          timeoutSeconds: 240 + Math.floor(Math.random() * 240),
        },
        signal,
      })
      .catch(error => {
        throw hasStatus(error, 410) ? new Gone() : error
      })
    try {
      await this.follow(stream)
    } finally {
      stream.destroy()
    }
  }

  private async follow(stream: Readable): Promise<void> {
    const silence = this.options.silence ?? SILENCE_MS
    // A dead connection looks like a quiet one: bytes, or their absence, are the only sign.
    const timer = setTimeout(() => stream.destroy(new BrokenStream('silent')), silence)
    const lines = new LineSplitter()
    try {
      for await (const chunk of stream) {
        timer.refresh()
        this.healthyAt = performance.now()
        for (const line of lines.push(chunk as Buffer)) if (line !== '') this.receive(line)
        if (this.options.signal.aborted) return
      }
    } catch (error) {
      if (error instanceof Gone || error instanceof KubeError) throw error
      throw error instanceof BrokenStream
        ? error
        : new BrokenStream(String((error as Error).message))
    } finally {
      clearTimeout(timer)
    }
  }

  private receive(line: string): void {
    const event = parse(line)
    if (event === null) {
      // An event was lost: only a list can tell which.
      this.version = null
      throw new BrokenStream('a line is no event')
    }
    if (event.type === 'ERROR') {
      const { code = 0, reason = 'Unknown', message = '' } = event.object
      if (code === 410 || code === 504 || /too (old|large) resource version/i.test(message))
        throw new Gone()
      this.version = null
      throw new KubeError(code, reason, message)
    }
    this.version = event.object.metadata.resourceVersion ?? this.version
    if (event.type === 'BOOKMARK') return
    const object = event.object as unknown as T
    if (event.type === 'DELETED') this.forget(keyOf(object), object)
    else this.keep(object)
  }

  private keep(object: T): void {
    const known = this.objects.get(keyOf(object))
    this.objects.set(keyOf(object), object)
    if (known?.metadata.resourceVersion !== object.metadata.resourceVersion)
      this.options.onChange(object)
  }

  private forget(key: string, last: T): void {
    if (this.objects.delete(key)) this.options.onDelete(last)
  }
}

/** The server no longer knows the place to go on from. */
class Gone extends Error {}
/** The connection ended, stalled, or carried what is no event. */
class BrokenStream extends Error {}

/** A name may be used again by another object; a uid never. */
const keyOf = ({ metadata }: KubeObject): string => metadata.uid ?? metadata.name

function parse(line: string): z.infer<typeof WatchEventSchema> | null {
  try {
    return WatchEventSchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}
