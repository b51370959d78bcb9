import { randomUUID } from 'node:crypto'
import { CommitUnknownError } from '../contracts/errors'
import { explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { commitUpdates, inTurn, PublishUnknown } from './commit'
import { damagedBy, FileMissing } from './damage'
import { currentSnapshot, type Snapshot } from './metadata'
import {
  canonicalLocation,
  pathIn,
  readManifest,
  readManifestList,
  readNewest,
  type TableVersion,
} from './read-table'
import { VERSIONS_KEPT } from './table-change'
import { listVersions, metadataFile, ownFiles, removeFiles } from './table-files'

/** Which snapshots must stay, beside the current one. */
export interface Retention {
  /** The newest ones, whatever their age. */
  readonly last: number
  /** Younger ones stay, for readers outside this process. */
  readonly ageMs: number
  /** Snapshots from this sequence number on have readers that go on from there. */
  readonly fromSequence: number | null
}

/**
 * Drops the snapshots that nobody needs any more, waits until `quiesced` (readers of this process that began before have
 * ended), and deletes what only they reached, with metadata files that are no longer in the log. Writers of this process may go on
 * meanwhile. Resolves to the paths deleted.
 *
 * @throws CommitUnknownError when nobody can say whether the drop is visible; nothing was deleted then.
 */
export function expire(
  fs: FileSystem,
  at: string,
  retention: Retention,
  quiesced: () => Promise<void>,
): Promise<readonly string[]> {
  return maintain(fs, at, async location => {
    const before = await inTurn(location, () => dropSnapshots(fs, location, retention))
    if (before === null) return []
    await quiesced()
    const after = (await readNewest(fs, location)) as TableVersion
    const kept = await reachable(fs, after, { tolerant: false })
    // Nothing is deleted on doubt: a dropped snapshot that cannot be read keeps its files.
    const dropped = await reachable(fs, before, { tolerant: true })
    const old = (await listVersions(fs, location)).filter(v => v <= after.version - VERSIONS_KEPT)
    const gone = [...dropped].filter(path => !kept.has(path))
    return removeFiles(fs, [...gone, ...old.map(v => metadataFile(location, v))])
  })
}

/**
 * Deletes data files, manifests and lists that no snapshot reaches: what a write left that did not end. Only for the writer that holds
 * the table's storage, while it writes nothing. Resolves to the paths deleted.
 */
export function removeOrphans(fs: FileSystem, at: string): Promise<readonly string[]> {
  return maintain(fs, at, async (location, newest) => {
    const kept = await reachable(fs, newest, { tolerant: false })
    const all = await ownFiles(fs, location)
    return removeFiles(
      fs,
      all.filter(path => ORPHAN.test(path.slice(location.length)) && !kept.has(path)),
    )
  })
}

/** Names of files that a writer makes, published versions aside; earlier versions of lakebench staged metadata, and kept leases. */
const ORPHAN =
  /^\/data\/.*\.parquet$|^\/metadata\/([^/]+\.avro|[^/]+-\d+\.metadata\.json|\.lakebench(-staged-|\/).*)$/

async function maintain(
  fs: FileSystem,
  at: string,
  work: (location: string, newest: TableVersion) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    const location = await canonicalLocation(fs, at)
    const newest = location === null ? null : await readNewest(fs, location)
    return newest === null ? [] : await work(newest.location, newest)
  } catch (error) {
    if (error instanceof FileMissing) throw damagedBy(error, at)
    throw explainDiskError(error, `clean up the table at ${at}`)
  }
}

/** Publishes a version without the snapshots that need not stay; resolves to the version before it with only those, `null` where all stay. */
async function dropSnapshots(
  fs: FileSystem,
  location: string,
  { last, ageMs, fromSequence }: Retention,
): Promise<TableVersion | null> {
  const base = await readNewest(fs, location)
  // A moved table's snapshots name files by paths that are no more.
  if (base === null || base.metadata.location !== location) return null
  const all = base.metadata.snapshots
  const isNeeded = (snapshot: Snapshot) =>
    snapshot === currentSnapshot(base.metadata) ||
    all.filter(s => s['sequence-number'] > snapshot['sequence-number']).length < last ||
    snapshot['timestamp-ms'] > Date.now() - ageMs ||
    (fromSequence !== null && snapshot['sequence-number'] >= fromSequence)
  const dropped = all.filter(snapshot => !isNeeded(snapshot))
  if (dropped.length === 0) return null
  const ids = dropped.map(s => s['snapshot-id'])
  try {
    await commitUpdates(fs, location, base, [{ action: 'remove-snapshots', 'snapshot-ids': ids }])
  } catch (error) {
    if (!(error instanceof PublishUnknown)) throw error
    throw new CommitUnknownError(
      randomUUID(),
      `Nobody can say whether older snapshots of ${location} were dropped (${error.message}). Nothing was deleted.`,
      { cause: error },
    )
  }
  return { ...base, metadata: { ...base.metadata, snapshots: dropped } }
}

/** Files that a version's snapshots reach. With `tolerant`, those that cannot be read are left out, else they are an error. */
async function reachable(
  fs: FileSystem,
  table: TableVersion,
  { tolerant }: { readonly tolerant: boolean },
): Promise<Set<string>> {
  const found = new Set<string>()
  const readable = async (read: () => Promise<void>) =>
    read().catch((error: unknown) => {
      if (!tolerant) throw error
    })
  for (const snapshot of table.metadata.snapshots) {
    await readable(async () => {
      const manifests = await readManifestList(fs, table, snapshot)
      found.add(pathIn(table, snapshot['manifest-list']))
      for (const manifest of manifests) {
        const path = pathIn(table, manifest.manifest_path)
        if (found.has(path)) continue
        await readable(async () => {
          const entries = await readManifest(fs, table, manifest)
          for (const { data_file } of entries) found.add(pathIn(table, data_file.file_path))
          found.add(path)
        })
      }
    })
  }
  return found
}
