import { nodeFs } from './commit-fs'
import { expire } from './expire'
import { readTable } from './read-table'
import type { WriteOptions } from './table-plan'
import { openWrite, type TableWrite } from './table-write'
import type { TableSnapshot } from './types'

export type { TableWrite, WriteOptions }

/**
 * A table's current snapshot with its live files; `null` where there is no table.
 *
 * @throws PrerequisiteError naming the file that cannot be read or is damaged. An older version is never taken instead.
 */
export function loadTable(location: string): Promise<TableSnapshot | null> {
  return readTable(nodeFs, location)
}

/**
 * Begin a write: the table's folder is made if need be, and the field ids that the data files must carry are fixed.
 *
 * @throws CommitFailedError when the table cannot take such a write; PrerequisiteError when the folder cannot be written, has
 *   no hard links, or holds a damaged table.
 */
export function beginWrite(location: string, options: WriteOptions): Promise<TableWrite> {
  return openWrite(nodeFs, location, options)
}

/**
 * After a committed replace: forget the snapshots before the current one, and delete the files that only they reach, with the
 * leftovers of writers proven dead. Resolves to the paths deleted. Readers of an earlier snapshot lose their files, so call it
 * when no query of this run is under way.
 *
 * @throws CommitUnknownError when nobody can say whether the snapshots were dropped; nothing was deleted then.
 */
export function expireReplaced(location: string): Promise<readonly string[]> {
  return expire(nodeFs, location)
}
