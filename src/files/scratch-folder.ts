import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAbandoned, ownName } from './own-name'

/**
 * Makes a folder for this process alone, which only this user can open, and removes those that dead processes left beside it.
 *
 * @param prefix what the name begins with, the same for all of one purpose
 */
export function makeScratchFolder(parent: string, prefix: string): string {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix) || isAbandoned(name.slice(prefix.length)) !== true) continue
    try {
      rmSync(join(parent, name), { recursive: true, force: true })
    } catch {
      // Another user's stays.
    }
  }
  const path = join(parent, prefix + ownName())
  mkdirSync(path, { mode: 0o700 })
  return path
}
