import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAbandoned, ownName } from './own-name'

/**
 * Makes a folder for this process alone, which only this user can open, and removes those that dead processes left beside it.
 *
 * @param prefix what the name begins with, the same for all of one purpose
 */
export function makeScratchFolder(parent: string, prefix: string): string {
  removeAbandonedFolders(parent, [prefix])
  const path = join(parent, prefix + ownName())
  mkdirSync(path, { mode: 0o700 })
  return path
}

/** Removes the scratch folders of dead processes. @returns their paths; another user's stay */
export function removeAbandonedFolders(
  parent: string,
  prefixes: readonly string[],
): readonly string[] {
  const removed: string[] = []
  for (const name of readdirSync(parent)) {
    const prefix = prefixes.find(p => name.startsWith(p))
    if (prefix === undefined || isAbandoned(name.slice(prefix.length)) !== true) continue
    try {
      rmSync(join(parent, name), { recursive: true, force: true })
      removed.push(join(parent, name))
    } catch {
      // What is not ours to remove stays.
    }
  }
  return removed
}
