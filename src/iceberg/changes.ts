import { PrerequisiteError } from '../contracts/errors'
import type { FileSystem } from '../shared/file-system'
import { requireDataFiles } from './check-files'
import { damagedBy, FileMissing, vanished } from './damage'
import { STATUS } from './manifest'
import { currentSnapshot, type Snapshot } from './metadata'
import {
  canonicalLocation,
  dataFilesOf,
  readManifest,
  readManifestList,
  readNewest,
  type TableVersion,
} from './read-table'
import type { DataFile } from './types'

/** Operations that leave every earlier row in place; `replace` is Iceberg's word for a rewrite of files. */
const GROWING = new Set(['append', 'replace'])

/** Files that a table gained between two of its snapshots. */
export interface Appended {
  /** The later snapshot: where to go on from. */
  readonly to: {
    readonly snapshotId: string
    readonly sequence: number
    readonly summary: Readonly<Record<string, string>>
    /** Properties of the table as of that snapshot. */
    readonly properties: Readonly<Record<string, string>>
  }
  /** In the order in which they were committed. */
  readonly files: readonly DataFile[]
}

/**
 * @param from snapshot to go on after; `null`: from the last time that the content was replaced
 * @returns `null` where the table has no snapshot
 * @throws PrerequisiteError where there is no table
 */
export async function appendedSince(
  fs: FileSystem,
  at: string,
  from: string | null,
): Promise<Appended | null> {
  const location = await canonicalLocation(fs, at)
  const table = location === null ? null : await readNewest(fs, location)
  if (table === null) throw vanished(at)
  const current = currentSnapshot(table.metadata)
  if (current === null) return null
  try {
    const files: DataFile[] = []
    for (const snapshot of chainTo(table, current, from)) {
      if (from !== null && !GROWING.has(snapshot.summary.operation ?? ''))
        throw replaced(table, snapshot)
      files.push(...(await addedBy(fs, table, snapshot)))
    }
    const to = {
      snapshotId: String(current['snapshot-id']),
      sequence: current['sequence-number'],
      summary: current.summary,
      properties: table.metadata.properties,
    }
    return { to, files }
  } catch (error) {
    if (error instanceof FileMissing) throw damagedBy(error, at)
    throw error
  }
}

/** Snapshots after `from` up to `current`, oldest first. */
function chainTo(table: TableVersion, current: Snapshot, from: string | null): Snapshot[] {
  const byId = new Map(table.metadata.snapshots.map(s => [s['snapshot-id'], s]))
  const chain: Snapshot[] = []
  let next: Snapshot | undefined = current
  while (next !== undefined && String(next['snapshot-id']) !== from) {
    chain.push(next)
    if (chain.length > table.metadata.snapshots.length) throw lost(table, from ?? 'the first')
    if (from === null && !GROWING.has(next.summary.operation ?? '')) break
    const parent: bigint | undefined = next['parent-snapshot-id']
    if (parent === undefined) break
    next = byId.get(parent)
    if (next === undefined && from !== null) throw lost(table, from)
  }
  if (from !== null && next !== undefined && String(next['snapshot-id']) !== from)
    throw lost(table, from)
  return chain.reverse()
}

const lost = ({ location }: TableVersion, from: string) =>
  new PrerequisiteError(
    `Snapshot ${from} of ${location} has expired or is no ancestor of the current one, so what came after it cannot be told. Start a new run; rows are never taken from "now on" instead.`,
  )

const replaced = ({ location }: TableVersion, { summary, 'snapshot-id': id }: Snapshot) =>
  new PrerequisiteError(
    `The content of ${location} was replaced by another writer (${summary.operation} in snapshot ${id}), so it cannot be read as a stream of appends. Leave the table to one run at a time, and start a new one.`,
  )

async function addedBy(
  fs: FileSystem,
  table: TableVersion,
  snapshot: Snapshot,
): Promise<readonly DataFile[]> {
  if (snapshot.summary.operation === 'replace') return []
  const files: DataFile[] = []
  for (const manifest of await readManifestList(fs, table, snapshot)) {
    if (manifest.added_snapshot_id !== snapshot['snapshot-id']) continue
    const added = (await readManifest(fs, table, manifest)).filter(
      entry => entry.status === STATUS.added,
    )
    files.push(...dataFilesOf(table, manifest, added))
  }
  await requireDataFiles(fs, table.location, files)
  return files
}
