import type { KubeObject } from '../../src/kubernetes/objects'

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

/** What goes wrong with the next watch. */
export type Fault =
  | 'expired'
  | 'error-event'
  | 'garbage'
  | 'reset'
  | 'silence'
  | 'half-line'
  | 'end'
  | 'busy'
  | 'forbidden'

/** Where an answer goes, whatever carries it. */
export interface Answer {
  json(status: number, body: object): void
  /** A stream of lines begins. */
  begin(): void
  write(bytes: Buffer | string): void
  end(bytes?: string): void
  destroy(): void
  /** After what was written has had time to arrive. */
  destroySoon(): void
  onClose(listener: () => void): void
}

/**
 * One collection of an API server and its history, which fails on demand as a real one does: it expires places, resets and stalls
 * connections, cuts lines in the middle of a character, sends what is no event.
 */
export class Collection {
  private readonly objects = new Map<string, KubeObject>()
  private history: Change[] = []
  private version = 1
  private oldest = 1
  /** What lists that are read page by page saw, by their version: all pages of one list are of one moment. */
  private readonly moments = new Map<number, readonly KubeObject[]>()
  private readonly streams = new Set<Answer>()
  readonly faults: Fault[] = []
  /** Everything is forbidden. */
  denied = false
  lists = 0
  watches = 0

  put(name: string, text: string): void {
    const known = this.objects.get(name)
    const object = this.stamp({
      metadata: {
        name,
        uid: known?.metadata.uid ?? `${name}-${this.version}`,
        annotations: { text },
      },
    })
    this.objects.set(name, object)
    this.record({ type: known ? 'MODIFIED' : 'ADDED', object })
  }

  remove(name: string): void {
    const known = this.objects.get(name)
    if (!known) return
    this.objects.delete(name)
    this.record({ type: 'DELETED', object: this.stamp(known) })
  }

  /** Forget how it came to be as it is. */
  compact(): void {
    this.history = []
    this.oldest = this.version
    this.moments.clear()
  }

  /** Break all watches that are open. */
  cut(): void {
    for (const stream of this.streams) stream.destroy()
    this.streams.clear()
  }

  truth(): Record<string, string> {
    return Object.fromEntries(
      [...this.objects].map(([name, o]) => [name, o.metadata.annotations!.text!]),
    )
  }

  answer(query: URLSearchParams, answer: Answer): void {
    if (this.denied) forbid(answer)
    else if (query.get('watch') === 'true') this.watch(Number(query.get('resourceVersion')), answer)
    else this.list(query, answer)
  }

  private stamp(object: KubeObject): KubeObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.version) } }
  }

  private record(change: Omit<Change, 'version'>): void {
    const kept = { ...change, version: this.version }
    this.history.push(kept)
    for (const stream of this.streams) stream.write(line(kept))
  }

  private list(query: URLSearchParams, answer: Answer): void {
    this.lists++
    const [version = this.version, from = 0] = (query.get('continue') ?? '')
      .split(':')
      .filter(Boolean)
      .map(Number)
    if (version === this.version) this.moments.set(version, [...this.objects.values()])
    const all = this.moments.get(version)
    if (!all) {
      answer.json(410, EXPIRED)
      return
    }
    const limit = Math.min(2, Number(query.get('limit') ?? 500))
    const more = from + limit < all.length
    answer.json(200, {
      metadata: {
        resourceVersion: String(version),
        ...(more && { continue: `${version}:${from + limit}` }),
      },
      items: all.slice(from, from + limit),
    })
  }

  private watch(from: number, answer: Answer): void {
    this.watches++
    const fault = this.faults.shift()
    const missed = Buffer.from(
      this.history
        .filter(change => change.version > from)
        .map(line)
        .join(''),
    )
    if (fault === 'forbidden') forbid(answer)
    else if (fault === 'busy') answer.json(429, { reason: 'TooManyRequests', message: 'later' })
    else if (fault === 'expired') answer.json(410, EXPIRED)
    else {
      answer.begin()
      if (from < this.oldest) answer.end(line({ type: 'ERROR', object: EXPIRED }))
      else this.stream(missed, answer, fault)
    }
  }

  private stream(missed: Buffer, answer: Answer, fault: Fault | undefined): void {
    switch (fault) {
      case 'reset':
        answer.destroy()
        return
      case 'end':
        answer.end()
        return
      case 'silence':
        return
      case 'error-event':
        answer.end(
          line({ type: 'ERROR', object: { code: 500, reason: 'InternalError', message: 'oops' } }),
        )
        return
      case 'garbage':
        answer.end('{"type":"ADDED","obj\n')
        return
      case 'half-line':
        answer.write(missed.subarray(0, Math.floor(missed.length / 2)))
        answer.destroySoon()
        return
    }
    this.streams.add(answer)
    answer.onClose(() => this.streams.delete(answer))
    // In pieces that end anywhere, also inside a character.
    for (let at = 0; at < missed.length; at += 7) answer.write(missed.subarray(at, at + 7))
    answer.write(
      line({
        type: 'BOOKMARK',
        object: { metadata: { name: '', resourceVersion: String(this.version) } },
      }),
    )
  }
}

const EXPIRED = { code: 410, reason: 'Expired', message: 'too old resource version' }

const forbid = (answer: Answer) =>
  answer.json(403, { code: 403, reason: 'Forbidden', message: 'things is forbidden' })

const line = (event: object) => `${JSON.stringify(event)}\n`
