import { CommitFailedError } from '../contracts/errors'
import type { FileSystem } from '../shared/file-system'
import {
  deletedEntry,
  encodeManifest,
  existingEntry,
  liveFilesCount,
  type ManifestEntry,
  type ManifestFile,
} from './manifest'
import { currentSchema, type Snapshot, specById } from './metadata'
import type { PartitionSpec } from './partition-spec'
import { pathIn, readManifest, readManifestList, type TableVersion } from './read-table'
import type { IcebergSchema } from './schema'
import { writeNew } from './table-files'

/** A manifest on disk, not yet in any list. */
export interface WrittenManifest {
  readonly path: string
  readonly bytes: number
  readonly entries: readonly ManifestEntry[]
  readonly spec: PartitionSpec
}

export async function writeManifest(
  fs: FileSystem,
  path: string,
  entries: readonly ManifestEntry[],
  schema: IcebergSchema,
  spec: PartitionSpec,
): Promise<WrittenManifest> {
  const bytes = encodeManifest(entries, schema, spec)
  await writeNew(fs, path, bytes)
  return { path, bytes: bytes.length, entries, spec }
}

/**
 * The base's manifests without the files `replaced`: those that hold none of them stay as they are, all others become one
 * new manifest a partition spec, so that many small manifests do not outlive the small files they were for.
 *
 * @throws CommitFailedError where one of the files is not live any more
 */
export async function rewriteManifests(
  fs: FileSystem,
  base: TableVersion,
  current: Snapshot,
  replaced: ReadonlySet<string>,
  snapshotId: bigint,
  prefix: string,
): Promise<{ kept: readonly ManifestFile[]; rewritten: readonly WrittenManifest[] }> {
  const kept: ManifestFile[] = []
  const bySpec = new Map<number, ManifestEntry[]>()
  const missing = new Set(replaced)
  for (const manifest of await readManifestList(fs, base, current)) {
    if (liveFilesCount(manifest) === 0) continue
    const entries = await readManifest(fs, base, manifest)
    const isReplaced = (entry: ManifestEntry) =>
      replaced.has(pathIn(base, entry.data_file.file_path))
    if (!entries.some(isReplaced)) {
      kept.push(manifest)
      continue
    }
    const anew = entries.map(entry =>
      isReplaced(entry) ? deletedEntry(entry, snapshotId) : existingEntry(entry),
    )
    for (const entry of entries) missing.delete(pathIn(base, entry.data_file.file_path))
    const spec = manifest.partition_spec_id
    bySpec.set(spec, [...(bySpec.get(spec) ?? []), ...anew])
  }
  const [gone] = missing
  if (gone !== undefined) {
    throw new CommitFailedError(
      `${gone} is no live file of ${base.location} any more, so it cannot be rewritten.`,
    )
  }
  const rewritten: WrittenManifest[] = []
  for (const [spec, entries] of bySpec) {
    const path = `${prefix}-m${rewritten.length}.avro`
    rewritten.push(
      await writeManifest(
        fs,
        path,
        entries,
        currentSchema(base.metadata),
        specById(base.metadata, spec),
      ),
    )
  }
  return { kept, rewritten }
}

/** So many entries a manifest, at most. */
const ENTRIES_PER_MANIFEST = 1000

/** Entries for one manifest each. */
export function chunks(entries: readonly ManifestEntry[]): (readonly ManifestEntry[])[] {
  const result: (readonly ManifestEntry[])[] = []
  for (let from = 0; from < entries.length; from += ENTRIES_PER_MANIFEST) {
    result.push(entries.slice(from, from + ENTRIES_PER_MANIFEST))
  }
  return result
}
