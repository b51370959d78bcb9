import { join } from 'node:path'
import { CommitFailedError } from '../contracts/errors'
import { carriedOver } from '../contracts/lineage'
import type { FileSystem } from '../shared/file-system'
import {
  addedEntry,
  deletedEntry,
  describeManifest,
  encodeManifest,
  encodeManifestList,
  existingEntry,
  liveFilesCount,
  type ManifestEntry,
  type ManifestFile,
  STATUS,
} from './manifest'
import { currentSnapshot, type Snapshot, specById } from './metadata'
import type { PartitionSpec } from './partition-spec'
import { pathIn, readManifest, readManifestList, type TableVersion } from './read-table'
import type { IcebergSchema } from './schema'
import { nextTimestamp } from './table-change'
import { metadataDir, writeNew } from './table-files'
import type { DataFile } from './types'

/** So many entries a manifest, at most. */
const ENTRIES_PER_MANIFEST = 1000

/** Changes of a snapshot to the one before. */
export interface SnapshotChange {
  readonly mode: 'replace' | 'append' | 'rewrite'
  readonly files: readonly DataFile[]
  /** Paths of live files that a rewrite takes out. */
  readonly replaced: ReadonlySet<string>
  readonly schema: IcebergSchema
  readonly spec: PartitionSpec
  readonly summary: Readonly<Record<string, string>>
  /** Begins the manifests' names. */
  readonly writer: string
  readonly snapshotId: bigint
  readonly commitId: string
}

interface Entries {
  readonly spec: PartitionSpec
  readonly entries: readonly ManifestEntry[]
}

/**
 * Writes the manifests and the manifest list of a snapshot after `base`'s.
 *
 * @throws CommitFailedError where a file that is to be replaced is not live
 */
export async function writeSnapshot(
  fs: FileSystem,
  location: string,
  base: TableVersion | null,
  change: SnapshotChange,
): Promise<Snapshot> {
  const { mode, files, schema, spec, snapshotId, commitId } = change
  const parent = base && currentSnapshot(base.metadata)
  // A moved table's earlier snapshots name files by paths that are no more.
  const moved = base !== null && base.metadata.location !== location
  const sequence = (base?.metadata['last-sequence-number'] ?? 0) + 1
  const of = { id: snapshotId, sequence: BigInt(sequence) }
  const added = files.map(file => addedEntry(file, schema, spec, snapshotId))
  const { kept, changed } =
    base === null || parent === null || moved
      ? { kept: [], changed: [] }
      : await changeManifests(fs, base, parent, change)
  const written: ManifestFile[] = []
  const groups = [{ spec, entries: added }, ...changed].flatMap(inManifests)
  for (const { spec, entries } of groups) {
    const path = join(metadataDir(location), `${change.writer}-m${written.length}.avro`)
    const bytes = encodeManifest(entries, schema, spec)
    await writeNew(fs, path, bytes)
    written.push(describeManifest(path, bytes.length, entries, spec, of))
  }
  const list = join(metadataDir(location), `snap-${snapshotId}-1-${change.writer}.avro`)
  const parentId = parent?.['snapshot-id'] ?? null
  await writeNew(fs, list, encodeManifestList([...written, ...kept], { ...of, parent: parentId }))
  // Rows that stay keep what was said of them.
  const sameRows = mode === 'rewrite' || (mode === 'append' && files.length === 0)
  const said = sameRows && parent ? carriedOver(String(parent['snapshot-id']), parent.summary) : {}
  return {
    'snapshot-id': snapshotId,
    ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': sequence,
    'timestamp-ms': nextTimestamp(base),
    'manifest-list': list,
    'schema-id': schema['schema-id'],
    summary: snapshotSummary({
      operation: operationOf(mode, parent !== null),
      commitId,
      added,
      removed: changed.flatMap(c => c.entries.filter(e => e.status === STATUS.deleted)),
      parent: parent && !moved ? parent.summary : null,
      extra: { ...said, ...change.summary },
    }),
  }
}

function operationOf(mode: SnapshotChange['mode'], hasParent: boolean) {
  if (mode === 'rewrite') return 'replace'
  return mode === 'replace' && hasParent ? 'overwrite' : 'append'
}

/**
 * The parent's manifests without the files that go. Those that hold none of them stay as they are; all others become new ones, together
 * for each partition spec, so that many small manifests do not outlive the small files they were for.
 */
async function changeManifests(
  fs: FileSystem,
  base: TableVersion,
  parent: Snapshot,
  { mode, replaced, snapshotId }: SnapshotChange,
): Promise<{ kept: readonly ManifestFile[]; changed: readonly Entries[] }> {
  const live = (await readManifestList(fs, base, parent)).filter(m => liveFilesCount(m) > 0)
  if (mode === 'append') return { kept: live, changed: [] }
  const kept: ManifestFile[] = []
  const bySpec = new Map<number, ManifestEntry[]>()
  const missing = new Set(replaced)
  for (const manifest of live) {
    const goes = ({ data_file }: ManifestEntry) =>
      mode === 'replace' || replaced.has(pathIn(base, data_file.file_path))
    const entries = await readManifest(fs, base, manifest)
    for (const { data_file } of entries) missing.delete(pathIn(base, data_file.file_path))
    if (!entries.some(goes)) {
      kept.push(manifest)
      continue
    }
    const before = bySpec.get(manifest.partition_spec_id) ?? []
    const after = entries.map(e => (goes(e) ? deletedEntry(e, snapshotId) : existingEntry(e)))
    bySpec.set(manifest.partition_spec_id, [...before, ...after])
  }
  const [gone] = missing
  if (gone !== undefined) {
    throw new CommitFailedError(
      `${gone} is no live file of ${base.location} any more, so it cannot be rewritten.`,
    )
  }
  const changed = [...bySpec].map(([id, entries]) => ({
    spec: specById(base.metadata, id),
    entries,
  }))
  return { kept, changed }
}

function inManifests({ spec, entries }: Entries): Entries[] {
  const result: Entries[] = []
  for (let from = 0; from < entries.length; from += ENTRIES_PER_MANIFEST)
    result.push({ spec, entries: entries.slice(from, from + ENTRIES_PER_MANIFEST) })
  return result
}

/** Counts that every Iceberg reader shows of a snapshot; totals are left out where the parent's are unknown. */
function snapshotSummary(change: {
  readonly operation: 'append' | 'overwrite' | 'replace'
  readonly commitId: string
  readonly added: readonly ManifestEntry[]
  readonly removed: readonly ManifestEntry[]
  /** `null` where there was no snapshot, or where nothing of it stays. */
  readonly parent: Readonly<Record<string, string>> | null
  readonly extra: Readonly<Record<string, string>>
}): Record<string, string> {
  const { added, removed, parent } = change
  const rows = (entries: readonly ManifestEntry[]) =>
    entries.reduce((sum, e) => sum + e.data_file.record_count, 0n)
  const bytes = (entries: readonly ManifestEntry[]) =>
    entries.reduce((sum, e) => sum + e.data_file.file_size_in_bytes, 0n)
  const partitions = new Set([...added, ...removed].map(e => JSON.stringify(e.data_file.partition)))
  const total = (key: string, plus: bigint, minus: bigint): Record<string, string> => {
    const before = parent === null ? '0' : parent[key]
    return before !== undefined && /^\d+$/.test(before)
      ? { [key]: String(BigInt(before) + plus - minus) }
      : {}
  }
  return {
    ...change.extra,
    operation: change.operation,
    'lakebench.commit-id': change.commitId,
    'added-data-files': String(added.length),
    'added-records': String(rows(added)),
    'added-files-size': String(bytes(added)),
    ...(removed.length > 0 && {
      'deleted-data-files': String(removed.length),
      'deleted-records': String(rows(removed)),
      'removed-files-size': String(bytes(removed)),
    }),
    'changed-partition-count': String(partitions.size),
    ...total('total-records', rows(added), rows(removed)),
    ...total('total-data-files', BigInt(added.length), BigInt(removed.length)),
    ...total('total-files-size', bytes(added), bytes(removed)),
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
  }
}
