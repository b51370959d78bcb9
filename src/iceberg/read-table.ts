import { resolve } from 'node:path'
import { explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { requireDataFiles } from './check-files'
import { BEHIND_LINK, damage, damaged, damagedBy, FileMissing } from './damage'
import {
  dataFileOf,
  decodeManifest,
  decodeManifestList,
  isLive,
  type ManifestEntry,
  type ManifestFile,
} from './manifest'
import {
  currentSchema,
  currentSnapshot,
  currentSpec,
  parseMetadata,
  type Snapshot,
  specById,
  type TableMetadata,
} from './metadata'
import { partitionByOf } from './partition-spec'
import { requireCounts, requireEntries, requireTotal, sizeOf, sum } from './reconcile'
import { columnsOf } from './schema'
import { dataDir, highestVersion, isMissing, metadataDir, metadataFile } from './table-files'
import type { DataFile, TableSnapshot } from './types'

/** The newest version of a table. */
export interface TableVersion {
  readonly location: string
  readonly version: number
  readonly metadata: TableMetadata
}

/** The table's folder with links resolved, so that one file has one name; `null` where there is none. */
export async function canonicalLocation(fs: FileSystem, location: string): Promise<string | null> {
  try {
    return await fs.realpath(resolve(location))
  } catch (error) {
    if (isMissing(error)) return null
    throw explainDiskError(error, `open ${location}`)
  }
}

/**
 * The highest version on disk. The hint is not asked. A version that cannot be read is damage: falling back to the one
 * before would undo an acknowledged commit.
 */
export async function readNewest(fs: FileSystem, location: string): Promise<TableVersion | null> {
  const version = await highestVersion(fs, location)
  return version === 0 ? null : readVersion(fs, location, version)
}

async function readVersion(
  fs: FileSystem,
  location: string,
  version: number,
): Promise<TableVersion> {
  const file = metadataFile(location, version)
  const bytes = await readBytes(fs, file, location)
  try {
    return { location, version, metadata: parseMetadata(Buffer.from(bytes).toString('utf8')) }
  } catch (error) {
    throw damaged(file, location, error)
  }
}

/** @param checksFiles whether each data file must be in its place with its size */
export async function readTable(
  fs: FileSystem,
  at: string,
  checksFiles = true,
): Promise<TableSnapshot | null> {
  const location = await canonicalLocation(fs, at)
  if (location === null) return null
  const table = await readNewest(fs, location)
  if (table === null) return null
  try {
    return await snapshotOf(fs, table, checksFiles)
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
    // Expired while it was read: the table went on.
    if ((await highestVersion(fs, location)) !== table.version)
      return readTable(fs, location, checksFiles)
    throw damagedBy(error, location)
  }
}

export async function snapshotOf(
  fs: FileSystem,
  table: TableVersion,
  checksFiles: boolean,
): Promise<TableSnapshot> {
  const { metadata, location, version } = table
  const snapshot = currentSnapshot(metadata)
  const live = snapshot === null ? [] : await readLiveEntries(fs, table, snapshot)
  try {
    const schema = currentSchema(metadata)
    const files = live.flatMap(({ manifest, entries }) => dataFilesOf(table, manifest, entries))
    requireTotal(
      snapshot,
      'total-files-size',
      sum(live.flatMap(({ entries }) => entries.map(sizeOf))),
    )
    if (checksFiles) await requireDataFiles(fs, location, files)
    return {
      version,
      uuid: metadata['table-uuid'],
      location,
      columns: columnsOf(schema),
      partitionBy: partitionByOf(currentSpec(metadata), schema),
      snapshotId: snapshot === null ? null : String(snapshot['snapshot-id']),
      sequenceNumber: metadata['last-sequence-number'],
      summary: snapshot?.summary ?? {},
      properties: metadata.properties,
      files,
      timestampMs: snapshot?.['timestamp-ms'] ?? metadata['last-updated-ms'],
    }
  } catch (error) {
    throw damaged(metadataFile(location, version), location, error)
  }
}

/** A manifest's entries as the rest of lakebench sees them. */
export function dataFilesOf(
  table: TableVersion,
  manifest: ManifestFile,
  entries: readonly ManifestEntry[],
): readonly DataFile[] {
  const schema = currentSchema(table.metadata)
  const spec = specById(table.metadata, manifest.partition_spec_id)
  return entries.map(entry => {
    const file = dataFileOf(entry, schema, spec)
    return { ...file, path: pathIn(table, file.path) }
  })
}

/** Manifests of a snapshot with their live entries; entries keep the paths that are written in them. */
export async function readLiveEntries(
  fs: FileSystem,
  table: TableVersion,
  snapshot: Snapshot,
): Promise<{ manifest: ManifestFile; entries: ManifestEntry[] }[]> {
  const found: { manifest: ManifestFile; entries: ManifestEntry[] }[] = []
  for (const manifest of await readManifestList(fs, table, snapshot)) {
    found.push({ manifest, entries: await readManifest(fs, table, manifest) })
  }
  return found
}

/**
 * A snapshot's manifests, their counts compared with what its summary says.
 *
 * @throws FileMissing when the list is not there, PrerequisiteError naming it when it is damaged
 */
export async function readManifestList(
  fs: FileSystem,
  table: TableVersion,
  snapshot: Snapshot,
): Promise<ManifestFile[]> {
  const path = pathOf(
    table,
    metadataFile(table.location, table.version),
    snapshot['manifest-list'],
    metadataDir,
  )
  const bytes = await readBytes(fs, path, table.location)
  try {
    const manifests = decodeManifestList(bytes, snapshot['snapshot-id'])
    requireCounts(snapshot, manifests)
    for (const { manifest_path } of manifests) pathOf(table, path, manifest_path, metadataDir)
    return manifests
  } catch (error) {
    throw damaged(path, table.location, error)
  }
}

/** Live entries. @throws FileMissing when the manifest is not there, PrerequisiteError naming it when it is damaged. */
export async function readManifest(
  fs: FileSystem,
  table: TableVersion,
  manifest: ManifestFile,
): Promise<ManifestEntry[]> {
  const path = pathIn(table, manifest.manifest_path)
  const bytes = await readBytes(fs, path, table.location)
  try {
    if (BigInt(bytes.length) !== manifest.manifest_length) {
      throw new Error(`it has ${bytes.length} bytes, not ${manifest.manifest_length}`)
    }
    const entries = decodeManifest(bytes, manifest)
    requireEntries(manifest, entries)
    for (const { data_file } of entries) pathOf(table, path, data_file.file_path, dataDir)
    return entries.filter(isLive)
  } catch (error) {
    throw damaged(path, table.location, error)
  }
}

/**
 * The path of a file that metadata names, which lies in the table's own folder of its kind.
 *
 * @throws PrerequisiteError naming a file that does not
 */
function pathOf(
  table: TableVersion,
  by: string,
  uri: string,
  folderOf: (location: string) => string,
): string {
  const path = pathIn(table, uri)
  const folder = folderOf(table.location)
  const below = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/') : []
  if (
    below.length > 0 &&
    !below.some(part => ['', '.', '..'].includes(part)) &&
    !path.includes('\0')
  )
    return path
  throw damage(
    by,
    table.location,
    `it names ${JSON.stringify(uri)}, which is no file below ${folder}`,
  )
}

/** Metadata names files by absolute path. In a table that was moved or copied, the same file lies below the new folder. */
export function pathIn({ location, metadata }: TableVersion, uri: string): string {
  const [before, path] = [localPath(metadata.location).replace(/\/+$/, ''), localPath(uri)]
  return before !== location && path.startsWith(`${before}/`)
    ? location + path.slice(before.length)
    : path
}

/** Other engines write `file:/a` or `file:///a` for a file of this machine. */
const localPath = (uri: string): string => uri.replace(/^file:(\/\/)?(?=\/)/, '')

async function readBytes(fs: FileSystem, path: string, location: string): Promise<Uint8Array> {
  try {
    if ((await fs.realpath(path)) !== path) throw damage(path, location, BEHIND_LINK)
    return await fs.readFile(path)
  } catch (error) {
    if (isMissing(error)) throw new FileMissing(path)
    throw explainDiskError(error, `read ${path}`)
  }
}
