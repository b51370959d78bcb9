import { randomUUID } from 'node:crypto'
import { CommitConflictError } from '../contracts/errors'
import { vanished } from './damage'
import { currentSnapshot, type Snapshot, type TableMetadata } from './metadata'
import { NO_PARTITION_ID, type PartitionSpec } from './partition-spec'
import type { TableVersion } from './read-table'
import { highestFieldId, type IcebergSchema } from './schema'
import { metadataFile } from './table-files'

type Properties = Readonly<Record<string, string>>

/** Requirements on the version that a commit builds on: Iceberg's own, and one for properties. */
export type TableRequirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  | { readonly type: 'assert-ref-snapshot-id'; readonly 'snapshot-id': bigint | null }
  | { readonly type: 'assert-current-schema-id'; readonly 'current-schema-id': number }
  | { readonly type: 'assert-default-spec-id'; readonly 'default-spec-id': number }
  | { readonly type: 'assert-properties'; readonly properties: Properties }

/** A step from one version's metadata to the next, as Iceberg's REST protocol names it. References are those of `main`. */
export type TableUpdate =
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'add-schema'; readonly schema: IcebergSchema }
  | { readonly action: 'set-current-schema'; readonly 'schema-id': number }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpec }
  | { readonly action: 'set-default-spec'; readonly 'spec-id': number }
  | { readonly action: 'set-properties'; readonly updates: Properties }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
  | { readonly action: 'remove-snapshots'; readonly 'snapshot-ids': readonly bigint[] }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | { readonly action: 'set-snapshot-ref'; readonly 'snapshot-id': bigint }

/** Entries that a metadata file keeps of its predecessors, as Iceberg's default `write.metadata.previous-versions-max`. */
export const VERSIONS_KEPT = 100

/** @throws CommitConflictError naming what does not hold; PrerequisiteError where the table is gone */
export function checkRequirements(
  location: string,
  base: TableVersion | null,
  requirements: readonly TableRequirement[],
): void {
  for (const requirement of requirements) {
    const conflict = conflictOf(location, base, requirement)
    if (conflict === null) continue
    throw new CommitConflictError(
      `${conflict} since this write began. Leave the table to one run at a time; nothing was changed, run it again.`,
    )
  }
}

function conflictOf(
  location: string,
  base: TableVersion | null,
  requirement: TableRequirement,
): string | null {
  if (requirement.type === 'assert-create')
    return base === null ? null : `Another writer made the table at ${location}`
  if (base === null) throw vanished(location)
  const { metadata } = base
  switch (requirement.type) {
    case 'assert-table-uuid':
      return metadata['table-uuid'] === requirement.uuid
        ? null
        : `The table at ${location} was deleted or created anew`
    case 'assert-ref-snapshot-id':
      return (currentSnapshot(metadata)?.['snapshot-id'] ?? null) === requirement['snapshot-id']
        ? null
        : `Another writer committed to ${location}`
    case 'assert-current-schema-id':
      return metadata['current-schema-id'] === requirement['current-schema-id']
        ? null
        : `The schema of ${location} changed`
    case 'assert-default-spec-id':
      return metadata['default-spec-id'] === requirement['default-spec-id']
        ? null
        : `The partitioning of ${location} changed`
    case 'assert-properties': {
      const changed = Object.entries(requirement.properties).find(
        ([name, value]) => metadata.properties[name] !== value,
      )
      return changed
        ? `Another writer set ${changed[0]} of ${location} to ${metadata.properties[changed[0]] ?? 'nothing'}, not ${changed[1]},`
        : null
    }
  }
}

/** The metadata of the version after `base`. */
export function applyUpdates(
  base: TableVersion | null,
  updates: readonly TableUpdate[],
): TableMetadata {
  const next = updates.reduce(applyUpdate, base?.metadata ?? emptyTable())
  if (base === null) return next
  const previous = {
    'metadata-file': metadataFile(base.location, base.version),
    'timestamp-ms': base.metadata['last-updated-ms'],
  }
  const { 'last-updated-ms': updated } = next
  return {
    ...next,
    'last-updated-ms': updated > base.metadata['last-updated-ms'] ? updated : nextTimestamp(base),
    'metadata-log': [...next['metadata-log'], previous].slice(-VERSIONS_KEPT),
  }
}

/** Milliseconds for the next version: never before its predecessor, whatever the clock says. */
export const nextTimestamp = (base: TableVersion | null): number =>
  Math.max(Date.now(), (base?.metadata['last-updated-ms'] ?? 0) + 1)

const emptyTable = (): TableMetadata => ({
  'format-version': 2,
  'table-uuid': randomUUID(),
  location: '',
  'last-sequence-number': 0,
  'last-updated-ms': 0,
  'last-column-id': 0,
  schemas: [],
  'current-schema-id': 0,
  'partition-specs': [],
  'default-spec-id': 0,
  'last-partition-id': NO_PARTITION_ID,
  'sort-orders': [{ 'order-id': 0, fields: [] }],
  'default-sort-order-id': 0,
  properties: {},
  snapshots: [],
  'snapshot-log': [],
  'metadata-log': [],
  refs: {},
})

function applyUpdate(metadata: TableMetadata, update: TableUpdate): TableMetadata {
  switch (update.action) {
    case 'set-location':
      return { ...metadata, location: update.location }
    case 'add-schema':
      return {
        ...metadata,
        schemas: [...metadata.schemas, update.schema] as TableMetadata['schemas'],
        'last-column-id': Math.max(metadata['last-column-id'], highestFieldId(update.schema)),
      }
    case 'set-current-schema':
      return { ...metadata, 'current-schema-id': update['schema-id'] }
    case 'add-spec':
      return {
        ...metadata,
        'partition-specs': [
          ...metadata['partition-specs'],
          update.spec,
        ] as TableMetadata['partition-specs'],
        'last-partition-id': Math.max(
          metadata['last-partition-id'],
          ...update.spec.fields.map(field => field['field-id']),
        ),
      }
    case 'set-default-spec':
      return { ...metadata, 'default-spec-id': update['spec-id'] }
    case 'set-properties':
      return { ...metadata, properties: { ...metadata.properties, ...update.updates } }
    case 'remove-properties':
      return {
        ...metadata,
        properties: Object.fromEntries(
          Object.entries(metadata.properties).filter(([name]) => !update.removals.includes(name)),
        ),
      }
    case 'remove-snapshots': {
      const stays = (of: { 'snapshot-id': bigint }) =>
        !update['snapshot-ids'].includes(of['snapshot-id'])
      return {
        ...metadata,
        snapshots: metadata.snapshots.filter(stays),
        'snapshot-log': metadata['snapshot-log'].filter(stays),
        refs: Object.fromEntries(Object.entries(metadata.refs).filter(([, ref]) => stays(ref))),
      }
    }
    case 'add-snapshot':
      return {
        ...metadata,
        'last-sequence-number': update.snapshot['sequence-number'],
        'last-updated-ms': update.snapshot['timestamp-ms'],
        snapshots: [...metadata.snapshots, update.snapshot],
      }
    case 'set-snapshot-ref': {
      const id = update['snapshot-id']
      return {
        ...metadata,
        'current-snapshot-id': id,
        'snapshot-log': [
          ...metadata['snapshot-log'],
          { 'snapshot-id': id, 'timestamp-ms': metadata['last-updated-ms'] },
        ],
        refs: { ...metadata.refs, main: { 'snapshot-id': id, type: 'branch' } },
      }
    }
  }
}
