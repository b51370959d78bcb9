import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { CommitUnknownError } from '../contracts/errors'
import { explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { ensureFolder } from '../shared/folders'
import { damagedBy, FileMissing } from './damage'
import { stringifyExactJson } from './exact-json'
import type { Snapshot } from './metadata'
import { withoutSnapshots } from './next-metadata'
import { deletableVersions } from './old-versions'
import { LostRace, PublishUnknown, publish } from './publish'
import {
  canonicalLocation,
  pathIn,
  readManifest,
  readManifestList,
  readNewest,
  readVersion,
  type TableVersion,
} from './read-table'
import {
  filesOfWriter,
  leaseDir,
  listVersions,
  metadataDir,
  metadataFile,
  removeFiles,
  writeHint,
  writeNew,
} from './table-files'
import {
  deadWriters,
  publishWriterLease,
  removeUnwrittenLeases,
  removeWriterLease,
} from './writer-lease'

const RETRIES = 20
/** Versions before the newest whose files are looked for. Every run that replaces cleans up, so older ones are clean. */
const LOOK_BACK = 100
/** A writer that is away for less always finds the version that it built on, and the number after it taken. */
const VERSION_AGE_MS = 3_600_000

/** Files of snapshots, by what they are: readers reach data through manifests, and manifests through lists. */
interface Reachable {
  readonly lists: Set<string>
  readonly manifests: Set<string>
  readonly data: Set<string>
}

/**
 * Drop every snapshot but the current one (one metadata version), then delete what only dropped snapshots reach, and what
 * writers left that died before they could commit. Resolves to the paths deleted.
 *
 * Deletions are reachable(earlier versions) − reachable(newest), computed after the drop is durable. Nothing is deleted on
 * doubt: an earlier version that cannot be read keeps its files.
 *
 * @throws CommitUnknownError when nobody can say whether the drop is visible; nothing was deleted then.
 */
export async function expire(fs: FileSystem, at: string): Promise<readonly string[]> {
  try {
    const location = await canonicalLocation(fs, at)
    if (location === null || (await readNewest(fs, location)) === null) return []
    await ensureFolder(leaseDir(location), location, fs)
    await dropSnapshots(fs, location, () => false, { deletesVersions: false })
    return [...(await removeReplaced(fs, location)), ...(await removeLeftovers(fs, location))]
  } catch (error) {
    if (error instanceof FileMissing) throw damagedBy(error, at)
    throw explainDiskError(error, `clean up the table at ${at}`)
  }
}

/** Which snapshots must stay, beside the current one. */
export interface Retention {
  /** The newest ones, whatever their age. */
  readonly last: number
  /** Younger ones stay, for readers outside this process. */
  readonly ageMs: number
  /** Snapshots from this sequence number on have readers that go on from there. */
  readonly fromSequence: number | null
  /** Younger metadata files stay, and as many of the newest as `VERSIONS_KEPT`. An hour unless told. */
  readonly versionAgeMs?: number
}

/**
 * Drop the snapshots that nobody needs any more, wait until `quiesced` (readers of this process that began before have
 * ended), and delete what only they reached, with old metadata files and the leftovers of writers proven dead. Writers may go
 * on meanwhile. Resolves to the paths deleted.
 *
 * @throws CommitUnknownError when nobody can say whether the drop is visible; nothing was deleted then.
 */
export async function expireOld(
  fs: FileSystem,
  at: string,
  { last, ageMs, fromSequence, versionAgeMs = VERSION_AGE_MS }: Retention,
  quiesced: () => Promise<void>,
): Promise<readonly string[]> {
  try {
    const location = await canonicalLocation(fs, at)
    if (location === null) return []
    const isNeeded = (snapshot: Snapshot, all: readonly Snapshot[]) => {
      const newer = all.filter(s => s['sequence-number'] > snapshot['sequence-number']).length
      return (
        newer < last ||
        snapshot['timestamp-ms'] > Date.now() - ageMs ||
        (fromSequence !== null && snapshot['sequence-number'] >= fromSequence)
      )
    }
    const before = await dropSnapshots(fs, location, isNeeded, { deletesVersions: true })
    const after = await readNewest(fs, location)
    if (after === null) return []
    const old = await deletableVersions(fs, after, versionAgeMs)
    const gone: string[] = []
    if (before !== null || old.length > 0) {
      await quiesced()
      const newest = (await readNewest(fs, location)) ?? after
      // Before a version is forgotten, so is what only it reaches: a clean-up that was interrupted may have left it.
      gone.push(...(await removeUnreached(fs, newest, [...(before ? [before] : []), ...old])))
      const files = old.map(({ version }) => metadataFile(location, version))
      if (await removeFiles(fs, files)) gone.push(...files)
    }
    return [...gone, ...(await removeLeftovers(fs, location))]
  } catch (error) {
    if (error instanceof FileMissing) throw damagedBy(error, at)
    throw explainDiskError(error, `clean up the table at ${at}`)
  }
}

async function removeReplaced(fs: FileSystem, location: string): Promise<string[]> {
  const newest = await readNewest(fs, location)
  if (newest === null || newest.metadata.location !== location) return []
  const versions = (await listVersions(fs, location))
    .filter(v => v < newest.version)
    .sort((a, b) => b - a)
  const earlier: TableVersion[] = []
  for (const version of versions.slice(0, LOOK_BACK)) {
    const table = await readVersion(fs, location, version).catch(() => null)
    if (table !== null) earlier.push(table)
  }
  return removeUnreached(fs, newest, earlier)
}

/** Delete what the earlier versions reach and the newest does not. */
async function removeUnreached(
  fs: FileSystem,
  newest: TableVersion,
  earlier: readonly TableVersion[],
): Promise<string[]> {
  const kept = await reachable(fs, [newest], () => false)
  const ids = new Set(newest.metadata.snapshots.map(s => s['snapshot-id']))
  const dropped = earlier.map(table => {
    const snapshots = table.metadata.snapshots.filter(s => !ids.has(s['snapshot-id']))
    return { ...table, metadata: { ...table.metadata, snapshots } }
  })
  const old = await reachable(fs, dropped, () => true)
  const gone: string[] = []
  // Data first, lists last: an interrupted clean-up finds its way again.
  for (const kind of ['data', 'manifests', 'lists'] as const) {
    for (const path of old[kind]) {
      if (kept[kind].has(path) || !(await exists(fs, path))) continue
      if (await removeFiles(fs, [path])) gone.push(path)
    }
  }
  return gone
}

/** Publish a version without the snapshots that need not stay; resolves to the version before it, `null` where all stay. */
async function dropSnapshots(
  fs: FileSystem,
  location: string,
  keep: (snapshot: Snapshot, all: readonly Snapshot[]) => boolean,
  { deletesVersions }: { readonly deletesVersions: boolean },
): Promise<TableVersion | null> {
  const writer = randomUUID()
  let staged: string[] = []
  let before: TableVersion | null = null
  const attempt = async (number: number) => {
    const base = await readNewest(fs, location)
    const next =
      base && base.metadata.location === location
        ? withoutSnapshots(
            base,
            s => keep(s, base.metadata.snapshots),
            { commitId: writer, deletesVersions },
            Date.now(),
          )
        : null
    before = null
    if (base === null || next === null) return
    if (staged.length === 0) await publishWriterLease(fs, location, writer)
    const path = join(metadataDir(location), `${writer}-${number}.metadata.json`)
    staged = [...staged, path]
    await writeNew(fs, path, Buffer.from(stringifyExactJson(next)))
    await publish(fs, location, path, base.version + 1, writer)
    before = base
  }
  try {
    await pRetry(attempt, {
      retries: RETRIES,
      minTimeout: 10,
      maxTimeout: 1000,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof LostRace,
    })
  } catch (error) {
    if (!(error instanceof PublishUnknown)) {
      if (await removeFiles(fs, staged)) await removeWriterLease(fs, location, writer)
      throw error
    }
    throw new CommitUnknownError(
      writer,
      `Nobody can say whether older snapshots of ${location} were dropped (${error.message}). Nothing was deleted.`,
      { cause: error },
    )
  }
  if (staged.length === 0) return null
  await writeHint(fs, location)
  if (await removeFiles(fs, staged)) await removeWriterLease(fs, location, writer)
  return before
}

/**
 * Files of writers whose process is proven dead, unless a snapshot of any version present reaches them. What is reachable is
 * computed after the proof, so a commit that the writer still made is seen.
 */
async function removeLeftovers(fs: FileSystem, location: string): Promise<string[]> {
  await removeUnwrittenLeases(fs, location)
  const dead = await deadWriters(fs, location)
  if (dead.length === 0) return []
  const live = await everythingReachable(fs, location).catch(() => null)
  // What a damaged version needs cannot be told.
  if (live === null) return []
  const gone: string[] = []
  for (const writer of dead) {
    const own = await filesOfWriter(fs, location, writer)
    const orphans = own.filter(
      path => !live.data.has(path) && !live.manifests.has(path) && !live.lists.has(path),
    )
    if (!(await removeFiles(fs, orphans))) continue
    await removeWriterLease(fs, location, writer)
    gone.push(...orphans)
  }
  await fs.sync(leaseDir(location))
  return gone
}

async function everythingReachable(fs: FileSystem, location: string): Promise<Reachable> {
  const newest = await readNewest(fs, location)
  if (newest === null) throw new FileMissing(location)
  const tables: TableVersion[] = []
  for (const version of await listVersions(fs, location))
    tables.push(await readVersion(fs, location, version))
  // From the newest version, all must be there; what older ones lack was taken by an earlier clean-up.
  const needed = await reachable(fs, [newest], () => false)
  return reachable(fs, tables, error => error instanceof FileMissing, needed)
}

/** What the snapshots of these versions reach, added to `found`, which is not read again; files whose error is `tolerable` reach nothing. */
async function reachable(
  fs: FileSystem,
  tables: readonly TableVersion[],
  tolerable: (error: unknown) => boolean,
  found: Reachable = { lists: new Set(), manifests: new Set(), data: new Set() },
): Promise<Reachable> {
  const orNone = async <T>(read: Promise<T[]>): Promise<T[]> =>
    read.catch((error: unknown) => {
      if (tolerable(error)) return []
      throw error
    })
  const visit = async (table: TableVersion, snapshot: Snapshot) => {
    const list = pathIn(table, snapshot['manifest-list'])
    if (found.lists.has(list)) return
    found.lists.add(list)
    for (const manifest of await orNone(readManifestList(fs, table, snapshot))) {
      const path = pathIn(table, manifest.manifest_path)
      if (found.manifests.has(path)) continue
      found.manifests.add(path)
      for (const entry of await orNone(readManifest(fs, table, manifest))) {
        found.data.add(pathIn(table, entry.data_file.file_path))
      }
    }
  }
  for (const table of tables)
    for (const snapshot of table.metadata.snapshots) await visit(table, snapshot)
  return found
}

const exists = (fs: FileSystem, path: string) =>
  fs.identity(path).then(
    () => true,
    () => false,
  )
