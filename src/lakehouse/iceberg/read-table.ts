import { basename, join, resolve } from 'node:path'
import { PrerequisiteError } from '../../contracts/errors'
import { explainDiskError } from '../../disk-error'
import type { FileSystem } from '../../files/file-system'
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
import { columnsOf } from './schema'
import { highestVersion, isMissing, metadataFile } from './table-files'
import type { DataFile, TableSnapshot } from './types'
import { versionsKept } from './version-numbers'

/** The newest version of a table. */
export interface TableVersion {
  readonly location: string
  readonly version: number
  readonly metadata: TableMetadata
}

/** A file that the metadata names is not there: it was deleted after the metadata was read, or it is lost. */
export class FileMissing extends Error {
  readonly code = 'ENOENT'

  constructor(readonly path: string) {
    super(`${path} is missing`)
  }
}

/** Who knows a table may not take its absence for an empty one, nor make another in its place, perhaps on another disk. */
export function vanished(at: string): PrerequisiteError {
  return new PrerequisiteError(
    `The table at ${at} is not there any more: its storage is away, or somebody deleted it. Nothing was written.`,
    { cause: new FileMissing(at) },
  )
}

const MAX_RESTARTS = 100

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
 *
 * Old versions may be deleted meanwhile, and a deleted number used again by a writer who was away. So the folder is looked at
 * once more after reading: a number this close below the highest was never deleted.
 */
export async function readNewest(fs: FileSystem, location: string): Promise<TableVersion | null> {
  for (let restarts = 0; ; restarts++) {
    const version = await highestVersion(fs, location)
    if (version === 0) return null
    try {
      const table = await readVersion(fs, location, version)
      const kept = versionsKept(table.metadata.properties)
      if ((await highestVersion(fs, location)) < version + kept) return table
    } catch (error) {
      if (!(error instanceof FileMissing) || restarts === MAX_RESTARTS) throw error
    }
    if (restarts === MAX_RESTARTS) throw outrun(location)
  }
}

const outrun = (location: string) =>
  new PrerequisiteError(
    `Other writers commit to ${location} faster than it can be read: ${MAX_RESTARTS} attempts. Try again when there are fewer.`,
  )

export async function readVersion(fs: FileSystem, location: string, version: number): Promise<TableVersion> {
  const file = metadataFile(location, version)
  const bytes = await readBytes(fs, file)
  try {
    return { location, version, metadata: parseMetadata(Buffer.from(bytes).toString('utf8')) }
  } catch (error) {
    throw damaged(file, location, error)
  }
}

export async function readTable(fs: FileSystem, at: string): Promise<TableSnapshot | null> {
  const location = await canonicalLocation(fs, at)
  if (location === null) return null
  for (let restarts = 0; ; restarts++) {
    const table = await readNewest(fs, location)
    if (table === null) return null
    try {
      return await snapshotOf(fs, table)
    } catch (error) {
      if (!(error instanceof FileMissing)) throw error
      const moved = (await highestVersion(fs, location)) !== table.version
      if (!moved || restarts === MAX_RESTARTS) throw damagedBy(error, location)
    }
  }
}

async function snapshotOf(fs: FileSystem, table: TableVersion): Promise<TableSnapshot> {
  const { metadata, location, version } = table
  const snapshot = currentSnapshot(metadata)
  const live = snapshot === null ? [] : await readLiveEntries(fs, table, snapshot)
  try {
    const schema = currentSchema(metadata)
    const files = live.flatMap(({ manifest, entries }): DataFile[] => {
      const spec = specById(metadata, manifest.partition_spec_id)
      return entries.map(entry => dataFileOf(entry, schema, spec))
    })
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
      files: files.map(file => ({ ...file, path: pathIn(table, file.path) })),
      timestampMs: snapshot?.['timestamp-ms'] ?? metadata['last-updated-ms'],
    }
  } catch (error) {
    throw damaged(metadataFile(location, version), location, error)
  }
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

/** @throws FileMissing when the list is not there, PrerequisiteError naming it when it is damaged. */
export async function readManifestList(
  fs: FileSystem,
  table: TableVersion,
  snapshot: Snapshot,
): Promise<ManifestFile[]> {
  const path = pathIn(table, snapshot['manifest-list'])
  const bytes = await readBytes(fs, path)
  try {
    return decodeManifestList(bytes)
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
  const bytes = await readBytes(fs, path)
  try {
    if (BigInt(bytes.length) !== manifest.manifest_length) {
      throw new Error(`it has ${bytes.length} bytes, not ${manifest.manifest_length}`)
    }
    return decodeManifest(bytes, manifest).filter(isLive)
  } catch (error) {
    throw damaged(path, table.location, error)
  }
}

/** Metadata names files by absolute path. In a table that was moved or copied, the same file lies below the new folder. */
export function pathIn({ location, metadata }: TableVersion, uri: string): string {
  const [before, path] = [localPath(metadata.location), localPath(uri)]
  return before !== location && path.startsWith(`${before}/`) ? join(location, path.slice(before.length)) : path
}

/** Other engines write `file:/a` or `file:///a` for a file of this machine. */
const localPath = (uri: string): string => uri.replace(/^file:(\/\/)?(?=\/)/, '')

async function readBytes(fs: FileSystem, path: string): Promise<Uint8Array> {
  try {
    return await fs.readFile(path)
  } catch (error) {
    if (isMissing(error)) throw new FileMissing(path)
    throw explainDiskError(error, `read ${path}`)
  }
}

export function damaged(path: string, location: string, cause: unknown): Error {
  if (cause instanceof PrerequisiteError || cause instanceof FileMissing) return cause
  return damage(path, location, cause instanceof Error ? cause.message : String(cause), cause)
}

/** A file that is missing, and that no other writer can have taken away meanwhile. */
export const damagedBy = (missing: FileMissing, location: string): PrerequisiteError =>
  damage(missing.path, location, 'it is missing', missing)

const damage = (path: string, location: string, reason: string, cause: unknown) =>
  new PrerequisiteError(
    `The table ${basename(location)} is damaged: ${path}: ${reason}. Restore that file, or delete ${location} and build the table again.`,
    { cause },
  )
