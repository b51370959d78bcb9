import type { ManifestEntry } from './manifest'

/** Counts that every Iceberg reader shows of a snapshot; totals are left out where the parent's are unknown. */
export function snapshotSummary(change: {
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
