import { nodeFs } from '../shared/file-system'
import { type Appended, appendedSince } from './changes'
import { inspectDataFiles } from './check-files'
import { FileMissing, vanished } from './damage'
import { expire, type Retention, removeOrphans as sweep } from './expire'
import {
  canonicalLocation,
  readLiveEntries,
  readNewest,
  readTable,
  type TableVersion,
} from './read-table'
import type { WriteOptions } from './table-plan'
import { type CommitOptions, openWrite, type TableWrite } from './table-write'
import type { TableSnapshot } from './types'

export type { Appended, CommitOptions, Retention, TableWrite, WriteOptions }

/**
 * A table's current snapshot with its live files; `null` where there is no table.
 *
 * @throws PrerequisiteError naming the file that cannot be read or is damaged. An older version is never taken instead.
 */
export function loadTable(location: string): Promise<TableSnapshot | null> {
  return readTable(nodeFs, location)
}

/**
 * The same of a table that is known to exist.
 *
 * @throws PrerequisiteError where it is not there, as `loadTable` does otherwise
 */
export async function requireTable(location: string): Promise<TableSnapshot> {
  const table = await loadTable(location)
  if (table === null) throw vanished(location)
  return table
}

/** A table with its data files as they lie, whatever its manifests say of them, and a sentence on each that differs. */
export async function inspectTable(
  location: string,
): Promise<(TableSnapshot & { readonly faults: readonly string[] }) | null> {
  const table = await readTable(nodeFs, location, false)
  return table && { ...table, ...(await inspectDataFiles(nodeFs, table.files)) }
}

/**
 * Proves that no snapshot of a table names a file outside of it, for an engine that deletes what snapshots name. A file that is
 * missing is named by its own table only.
 *
 * @throws PrerequisiteError naming the file that does
 */
export async function requireOwnFiles(at: string): Promise<void> {
  const location = await canonicalLocation(nodeFs, at)
  const table = location && (await readNewest(nodeFs, location))
  for (const snapshot of table ? table.metadata.snapshots : []) {
    await readLiveEntries(nodeFs, table as TableVersion, snapshot).catch((error: unknown) => {
      if (!(error instanceof FileMissing)) throw error
    })
  }
}

/**
 * Begins a write: the table's folder is made if need be, and the field ids that the data files must carry are fixed. Writes of one
 * process may meet; other processes are kept out by whoever holds the storage folder, and found out by the commit.
 *
 * @throws CommitFailedError when the table cannot take such a write; PrerequisiteError when the folder cannot be written, or holds a
 *   damaged table.
 */
export function beginWrite(location: string, options: WriteOptions): Promise<TableWrite> {
  return openWrite(nodeFs, location, options)
}

/**
 * Forgets the snapshots before the current one, and deletes the files that nobody reaches any more, with the orphans of writes that did
 * not end. Resolves to the paths deleted. Readers of an earlier snapshot lose their files, so call it when no query or write of this
 * run is under way.
 *
 * @throws CommitUnknownError when nobody can say whether the snapshots were dropped; nothing was deleted then.
 */
export async function expireReplaced(location: string): Promise<readonly string[]> {
  const nobody = { last: 1, ageMs: 0, fromSequence: null }
  const expired = await expire(nodeFs, location, nobody, async () => {})
  return [...expired, ...(await sweep(nodeFs, location))]
}

/** Deletes what writes left that did not end; for the writer that holds the storage, before it writes. Resolves to the paths deleted. */
export function removeOrphans(location: string): Promise<readonly string[]> {
  return sweep(nodeFs, location)
}

/**
 * What appends brought to a table after one of its snapshots (`null`: since its content was last replaced), oldest first. Rewrites change no rows
 * and are skipped.
 *
 * @throws PrerequisiteError where there is no table, that snapshot has expired, or content was replaced since
 */
export function readAppended(location: string, from: string | null): Promise<Appended | null> {
  return appendedSince(nodeFs, location, from)
}

/**
 * Drops the snapshots that nobody needs, and when `quiesced` resolves (readers of this process that began before it have
 * ended) delete the files that only they reached. Resolves to the paths deleted.
 */
export function expireSnapshots(
  location: string,
  retention: Retention,
  quiesced: () => Promise<void>,
): Promise<readonly string[]> {
  return expire(nodeFs, location, retention, quiesced)
}
