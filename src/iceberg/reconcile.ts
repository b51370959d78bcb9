import { type ManifestEntry, type ManifestFile, STATUS } from './manifest'
import type { Snapshot } from './metadata'

/*
 * The same counts stand in a snapshot's summary, in its manifest list, and in the manifests. A file that was cut where a block
 * of Avro ends reads as a shorter one without an error; only the others can tell.
 */

export const sum = (numbers: readonly bigint[]): bigint => numbers.reduce((a, b) => a + b, 0n)

export const sizeOf = ({ data_file }: ManifestEntry): bigint => data_file.file_size_in_bytes

/** @throws Error where a snapshot's summary says another number. Other writers may leave it out. */
export function requireTotal(snapshot: Snapshot | null, key: string, found: bigint): void {
  const said = snapshot?.summary[key]
  if (said === undefined || said === String(found)) return
  throw new Error(`${key} is ${said} by the snapshot's summary, and ${found} by the files listed`)
}

/** @throws Error where a manifest list and its snapshot's summary differ */
export function requireCounts(snapshot: Snapshot, manifests: readonly ManifestFile[]): void {
  const count = (of: readonly ManifestFile[], pick: (manifest: ManifestFile) => bigint | number) =>
    sum(of.map(manifest => BigInt(pick(manifest))))
  const added = manifests.filter(m => m.added_snapshot_id === snapshot['snapshot-id'])
  requireTotal(
    snapshot,
    'total-data-files',
    count(manifests, m => m.added_files_count + m.existing_files_count),
  )
  requireTotal(
    snapshot,
    'total-records',
    count(manifests, m => m.added_rows_count + m.existing_rows_count),
  )
  requireTotal(
    snapshot,
    'added-data-files',
    count(added, m => m.added_files_count),
  )
  requireTotal(
    snapshot,
    'added-records',
    count(added, m => m.added_rows_count),
  )
}

/** @throws Error where a manifest and its line in the list differ */
export function requireEntries(manifest: ManifestFile, entries: readonly ManifestEntry[]): void {
  const states = [
    ['added', STATUS.added, manifest.added_files_count, manifest.added_rows_count],
    ['existing', STATUS.existing, manifest.existing_files_count, manifest.existing_rows_count],
    ['deleted', STATUS.deleted, manifest.deleted_files_count, manifest.deleted_rows_count],
  ] as const
  for (const [name, status, files, rows] of states) {
    const found = entries.filter(entry => entry.status === status)
    const foundRows = sum(found.map(entry => entry.data_file.record_count))
    if (found.length !== files || foundRows !== rows) {
      throw new Error(
        `it has ${found.length} ${name} files of ${foundRows} rows, and the manifest list says ${files} of ${rows}`,
      )
    }
  }
}
