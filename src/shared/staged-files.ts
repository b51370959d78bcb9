import type { Dirent } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbandoned } from './own-name'
import { STAGED } from './write-atomically'

/** Names that earlier versions gave to staged leases. */
const EARLIER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.staged$/

/**
 * Removes the staged files that dead processes left in a folder and below it; links are not followed.
 *
 * @param options `deep`: below the folder too; `alone`: nobody but this process writes there (it holds the storage's lease),
 *   so files of other hosts and of earlier versions go too
 * @returns the paths removed; what cannot be read or removed stays
 */
export async function removeStagedFiles(
  folder: string,
  { alone, deep = true }: { readonly alone: boolean; readonly deep?: boolean },
): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [] as Dirent[])
  const removed: string[] = []
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && deep) removed.push(...(await removeStagedFiles(path, { alone })))
    else if (
      isLeftover(entry.name, alone) &&
      (await unlink(path).then(
        () => true,
        () => false,
      ))
    )
      removed.push(path)
  }
  return removed
}

function isLeftover(name: string, alone: boolean): boolean {
  if (name.startsWith(STAGED)) return isAbandoned(name.slice(STAGED.length)) ?? alone
  return alone && EARLIER.test(name)
}
