import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectInfo, ObjectStore } from '../../../contracts/ports'
import { listRawFiles } from '../raw-files'

/** A file whose last write is younger may still be growing. */
const SETTLED_MS = 1000
const SECOND_LOOK_MS = 200

/** New raw files in order of appearance that do not change any more, at most `most`. */
export async function arrivals(
  store: ObjectStore,
  known: ReadonlySet<string>,
  most: number,
  signal: AbortSignal,
): Promise<readonly ObjectInfo[]> {
  const look = async () => (await listRawFiles(store)).filter(o => !known.has(o.key)).sort(byAppearance)
  const first = await look()
  if (first.length === 0) return []
  const chosen = first.slice(0, most)
  if (chosen.every(o => o.modified <= Date.now() - SETTLED_MS)) return chosen
  await sleep(SECOND_LOOK_MS, undefined, { signal })
  const again = new Map((await look()).map(o => [o.key, o]))
  const settled = (o: ObjectInfo) => {
    const now = again.get(o.key)
    return now !== undefined && now.size === o.size && now.modified === o.modified
  }
  return chosen.filter(settled)
}

const byAppearance = (a: ObjectInfo, b: ObjectInfo) => a.modified - b.modified || (a.key < b.key ? -1 : 1)
