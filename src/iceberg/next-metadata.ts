import { randomUUID } from 'node:crypto'
import type { ManifestEntry } from './manifest'
import { currentSnapshot, type Snapshot, type TableMetadata } from './metadata'
import type { TableVersion } from './read-table'
import { metadataFile } from './table-files'
import type { TablePlan } from './table-plan'
import { withDeletion, withRecent } from './version-numbers'

/** Entries that a metadata file keeps of its predecessors, as Iceberg's default `write.metadata.previous-versions-max`. */
const METADATA_LOG_LENGTH = 100

export interface NewSnapshot {
  readonly id: bigint
  readonly sequence: number
  readonly commitId: string
  readonly manifestList: string
  readonly summary: Readonly<Record<string, string>>
}

/** Milliseconds for the next version: never before its predecessor, whatever the clock says. */
export const nextTimestamp = (base: TableMetadata | null, now: number) =>
  base === null ? now : Math.max(now, base['last-updated-ms'] + 1)

/** The metadata that makes `snapshot` the table's current one. */
export function withSnapshot(
  base: TableVersion | null,
  location: string,
  plan: TablePlan,
  snapshot: NewSnapshot,
  now: number,
): TableMetadata {
  const before = base?.metadata ?? null
  const at = nextTimestamp(before, now)
  const parent = before && currentSnapshot(before)
  // A moved table's earlier snapshots name files by paths that are no more.
  const kept = before !== null && before.location === location ? before.snapshots : []
  const added: Snapshot = {
    'snapshot-id': snapshot.id,
    ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': snapshot.sequence,
    'timestamp-ms': at,
    'manifest-list': snapshot.manifestList,
    'schema-id': plan.schema['schema-id'],
    summary: { ...snapshot.summary },
  }
  return {
    ...before,
    'format-version': 2,
    'table-uuid': before?.['table-uuid'] ?? randomUUID(),
    location,
    'last-sequence-number': snapshot.sequence,
    'last-updated-ms': at,
    'last-column-id': plan.lastColumnId,
    schemas: withElement(before?.schemas, plan.schema, 'schema-id') as TableMetadata['schemas'],
    'current-schema-id': plan.schema['schema-id'],
    'partition-specs': withElement(
      before?.['partition-specs'],
      plan.spec,
      'spec-id',
    ) as TableMetadata['partition-specs'],
    'default-spec-id': plan.spec['spec-id'],
    'last-partition-id': plan.lastPartitionId,
    'sort-orders': before?.['sort-orders'] ?? [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': before?.['default-sort-order-id'] ?? 0,
    properties: withRecent(plan.properties, (base?.version ?? 0) + 1, snapshot.commitId),
    'current-snapshot-id': snapshot.id,
    snapshots: [...kept, added],
    'snapshot-log': [
      ...(kept.length > 0 ? before!['snapshot-log'] : []),
      { 'snapshot-id': snapshot.id, 'timestamp-ms': at },
    ],
    'metadata-log': metadataLog(base, location),
    refs: { ...before?.refs, main: { 'snapshot-id': snapshot.id, type: 'branch' } },
  }
}

/** The metadata that knows of the current snapshot and those to keep only; `null` where it already does. */
export function withoutSnapshots(
  base: TableVersion,
  keep: (snapshot: Snapshot) => boolean,
  change: {
    readonly commitId: string
    /** Whether the table's old versions may be deleted from now on. */
    readonly deletesVersions: boolean
  },
  now: number,
): TableMetadata | null {
  const { metadata, location } = base
  const current = currentSnapshot(metadata)
  if (current === null) return null
  const kept = metadata.snapshots.filter(s => s === current || keep(s))
  if (kept.length === metadata.snapshots.length) return null
  const main = metadata.refs.main
  const properties = change.deletesVersions
    ? withDeletion(metadata.properties)
    : metadata.properties
  return {
    ...metadata,
    properties: withRecent(properties, base.version + 1, change.commitId),
    'last-updated-ms': nextTimestamp(metadata, now),
    snapshots: kept,
    'snapshot-log': kept.map(s => ({
      'snapshot-id': s['snapshot-id'],
      'timestamp-ms': s['timestamp-ms'],
    })),
    'metadata-log': metadataLog(base, location),
    refs: main ? { main } : {},
  }
}

function metadataLog(base: TableVersion | null, location: string): TableMetadata['metadata-log'] {
  if (base === null) return []
  const previous = {
    'metadata-file': metadataFile(location, base.version),
    'timestamp-ms': base.metadata['last-updated-ms'],
  }
  return [...base.metadata['metadata-log'], previous].slice(-METADATA_LOG_LENGTH)
}

function withElement<T extends object>(all: readonly T[] | undefined, one: T, key: keyof T): T[] {
  return [...(all ?? []).filter(e => e[key] !== one[key]), one]
}

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
