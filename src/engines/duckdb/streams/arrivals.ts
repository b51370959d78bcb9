import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectInfo, ObjectStore } from '../../../contracts/ports'
import { listRawFiles } from '../raw-files'

/** A file that changed since may still be growing. */
const SETTLED_MS = 1000
const SECOND_LOOK_MS = 200

/** Of `performance.now()`. */
interface Sighting {
  readonly first: number
  /** When it was first seen as it is. */
  readonly since: number
  readonly size: number
  readonly modified: number
}

/**
 * New raw files, and when they were first seen. Whether one still grows is told by looking twice: the store's clock may be another,
 * and one that is behind would call a file settled that is being written.
 */
export class Arrivals {
  private readonly sightings = new Map<string, Sighting>()

  /** @param prefix where raw files lie, below the storage root */
  constructor(
    private readonly store: ObjectStore,
    private readonly prefix: string,
  ) {}

  /** Files in order of appearance that do not change any more, at most `most`. */
  async next(known: ReadonlySet<string>, most: number, signal: AbortSignal): Promise<readonly ObjectInfo[]> {
    const chosen = (await this.look(known)).slice(0, most)
    if (chosen.length === 0 || chosen.every(o => this.unchangedFor(o) >= SETTLED_MS)) return chosen
    await sleep(SECOND_LOOK_MS, undefined, { signal })
    const again = new Set((await this.look(known)).map(o => o.key))
    return chosen.filter(o => again.has(o.key) && this.unchangedFor(o) >= 0)
  }

  /** Seconds since a file was first seen. */
  seenFor(key: string): number {
    const sighting = this.sightings.get(key)
    return sighting ? (performance.now() - sighting.first) / 1000 : 0
  }

  /** Note files that were found otherwise. */
  note(objects: readonly ObjectInfo[]): void {
    const now = performance.now()
    for (const { key, size, modified } of objects) {
      const before = this.sightings.get(key)
      const same = before?.size === size && before.modified === modified
      this.sightings.set(key, { first: before?.first ?? now, since: same ? before.since : now, size, modified })
    }
  }

  /** They are in the table, or refused: nobody asks for them any more. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.sightings.delete(key)
  }

  private async look(known: ReadonlySet<string>): Promise<readonly ObjectInfo[]> {
    const found = (await listRawFiles(this.store, this.prefix)).filter(o => !known.has(o.key)).sort(byAppearance)
    this.note(found)
    return found
  }

  /** Milliseconds; -1 where it is another than was asked for. */
  private unchangedFor({ key, size, modified }: ObjectInfo): number {
    const sighting = this.sightings.get(key)
    const same = sighting?.size === size && sighting.modified === modified
    return same ? performance.now() - sighting.since : -1
  }
}

const byAppearance = (a: ObjectInfo, b: ObjectInfo) => a.modified - b.modified || (a.key < b.key ? -1 : 1)
