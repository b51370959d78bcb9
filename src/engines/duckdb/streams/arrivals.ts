import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectInfo, ObjectStore } from '../../../contracts/ports'
import { listRaw } from '../../../workload/raw-files'

/** A file that changed since may still be growing. */
const SETTLED_MS = 1000
const SECOND_LOOK_MS = 200

/** Times are those of `performance.now()`. */
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
  /** Files that are broken as they were then. */
  private readonly refused = new Map<string, Sighting>()

  /** @param prefix where raw files lie, below the storage root */
  constructor(
    private readonly store: ObjectStore,
    private readonly prefix: string,
  ) {}

  /** Files in order of appearance that do not change any more, at most `most`. */
  async next(
    known: ReadonlySet<string>,
    most: number,
    signal: AbortSignal,
  ): Promise<readonly ObjectInfo[]> {
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
      this.sightings.set(key, {
        first: before?.first ?? now,
        since: same ? before.since : now,
        size,
        modified,
      })
    }
  }

  /** They are in the table: nobody asks for them any more. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.sightings.delete(key)
  }

  /** A file is broken as it was seen last; once it is another, e.g. copied to its end, it is new. */
  refuse(key: string): void {
    const sighting = this.sightings.get(key)
    if (sighting) this.refused.set(key, sighting)
    this.forget([key])
  }

  refuses({ key, size, modified }: ObjectInfo): boolean {
    const refused = this.refused.get(key)
    return refused?.size === size && refused.modified === modified
  }

  private async look(known: ReadonlySet<string>): Promise<readonly ObjectInfo[]> {
    const { files } = await listRaw(this.store, this.prefix)
    // One of no bytes is still to be written, or holds nothing.
    const fresh = files.filter(o => o.size > 0 && !known.has(o.key) && !this.refuses(o))
    const found = (await this.withoutOtherNames(fresh, files, known)).sort(byAppearance)
    this.note(found)
    return found
  }

  /** Files of which none is known by a key that another link has taken the place of. */
  private async withoutOtherNames(
    fresh: readonly ObjectInfo[],
    listed: readonly ObjectInfo[],
    known: ReadonlySet<string>,
  ): Promise<ObjectInfo[]> {
    if (!fresh.some(o => o.alias)) return [...fresh]
    const keys = new Set(listed.map(o => o.key))
    const taken = new Set<string | undefined>()
    for (const key of known)
      if (!keys.has(key)) taken.add((await this.store.list(key)).find(o => o.key === key)?.identity)
    return fresh.filter(o => o.identity === undefined || !taken.has(o.identity))
  }

  /** Milliseconds; -1 where it is another than was asked for. */
  private unchangedFor({ key, size, modified }: ObjectInfo): number {
    const sighting = this.sightings.get(key)
    const same = sighting?.size === size && sighting.modified === modified
    return same ? performance.now() - sighting.since : -1
  }
}

const byAppearance = (a: ObjectInfo, b: ObjectInfo) =>
  a.modified - b.modified || (a.key < b.key ? -1 : 1)
