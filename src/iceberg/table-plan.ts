import { CommitFailedError } from '../contracts/errors'
import type { PartitionBy, TableColumn } from '../contracts/tables'
import { currentSchema, currentSnapshot, currentSpec, type TableMetadata } from './metadata'
import {
  NO_PARTITION_ID,
  type PartitionSpec,
  partitionByOf,
  partitionFields,
  sameSpec,
} from './partition-spec'
import type { TableVersion } from './read-table'
import {
  columnsOf,
  evolveSchema,
  type FieldIds,
  fieldIdsOf,
  type IcebergSchema,
  nameMapping,
  sameFields,
} from './schema'
import type { TableRequirement, TableUpdate } from './table-change'

/** Prefix of properties that describe the rows that the table has now. */
export const OF_THE_CONTENT = 'lakebench.stream.'

export interface WriteOptions {
  readonly columns: readonly TableColumn[]
  readonly partitionBy: PartitionBy | null
  /**
   * `replace` creates the table, or overwrites all live files in one snapshot, with a new schema or partition spec where
   * they differ. `append` adds files to a table of exactly these columns and this partitioning, or creates it. `rewrite`
   * puts files in the place of others that hold the same rows, in a table that others may append to meanwhile.
   */
  readonly mode: 'replace' | 'append' | 'rewrite'
  /** Properties that the version has which the commit builds on; the table must exist then. */
  readonly requiredProperties?: Readonly<Record<string, string>> | undefined
  /** Table properties, merged over those that the table has; a replace drops those of the content that it replaces. */
  readonly properties?: Readonly<Record<string, string>>
  /** Bytes; recorded as `write.target-file-size-bytes`. */
  readonly targetFileSize?: number
}

/** Changes of a write to a table, its snapshot aside. */
export interface TablePlan {
  readonly schema: IcebergSchema
  readonly spec: PartitionSpec
  readonly fieldIds: FieldIds
  /** Check of the version that the commit builds on: that what the data files were written for still holds. */
  readonly requirements: readonly TableRequirement[]
  readonly updates: readonly TableUpdate[]
}

/** @throws CommitFailedError when the table cannot take these columns or this partitioning. */
export function planTable(
  base: TableVersion | null,
  location: string,
  options: WriteOptions,
): TablePlan {
  const metadata = base?.metadata ?? null
  const { mode } = options
  if (metadata !== null && mode !== 'replace') requireSame(metadata, options)
  const schemas: readonly IcebergSchema[] = metadata?.schemas ?? []
  const schema = planSchema(metadata, schemas, options)
  const specs: readonly PartitionSpec[] = metadata?.['partition-specs'] ?? []
  const lastId = metadata?.['last-partition-id'] ?? NO_PARTITION_ID
  const fields = partitionFields(options.partitionBy, schema, specs, lastId)
  const spec = specs.find(s => sameSpec(s.fields, fields)) ?? {
    'spec-id': nextId(specs.map(s => s['spec-id'])),
    fields,
  }
  const updates: TableUpdate[] = [{ action: 'set-location', location }]
  if (metadata !== null && metadata.location !== location)
    updates.push({
      action: 'remove-snapshots',
      'snapshot-ids': metadata.snapshots.map(s => s['snapshot-id']),
    })
  if (!schemas.includes(schema)) updates.push({ action: 'add-schema', schema })
  if (!specs.includes(spec)) updates.push({ action: 'add-spec', spec })
  updates.push(
    { action: 'set-current-schema', 'schema-id': schema['schema-id'] },
    { action: 'set-default-spec', 'spec-id': spec['spec-id'] },
    { action: 'remove-properties', removals: mode === 'replace' ? ofTheContent(metadata) : [] },
    { action: 'set-properties', updates: propertiesOf(schema, options) },
  )
  return {
    schema,
    spec,
    fieldIds: fieldIdsOf(schema),
    requirements: requirementsOf(metadata, options),
    updates,
  }
}

function planSchema(
  base: TableMetadata | null,
  schemas: readonly IcebergSchema[],
  { mode, columns }: WriteOptions,
): IcebergSchema {
  const before = base && currentSchema(base)
  if (before !== null && mode !== 'replace') return before
  const fields = evolveSchema(columns, before, base?.['last-column-id'] ?? 0)
  return (
    schemas.find(s => sameFields(s.fields, fields)) ?? {
      type: 'struct',
      'schema-id': nextId(schemas.map(s => s['schema-id'])),
      fields,
    }
  )
}

function requirementsOf(
  base: TableMetadata | null,
  { mode, requiredProperties }: WriteOptions,
): TableRequirement[] {
  if (base === null) return [{ type: 'assert-create' }]
  const snapshotId = currentSnapshot(base)?.['snapshot-id'] ?? null
  return [
    { type: 'assert-table-uuid', uuid: base['table-uuid'] },
    { type: 'assert-current-schema-id', 'current-schema-id': base['current-schema-id'] },
    { type: 'assert-default-spec-id', 'default-spec-id': base['default-spec-id'] },
    ...(mode === 'replace'
      ? [{ type: 'assert-ref-snapshot-id', 'snapshot-id': snapshotId } as const]
      : []),
    { type: 'assert-properties', properties: requiredProperties ?? {} },
  ]
}

const ofTheContent = (base: TableMetadata | null): string[] =>
  Object.keys(base?.properties ?? {}).filter(name => name.startsWith(OF_THE_CONTENT))

const propertiesOf = (
  schema: IcebergSchema,
  { properties, targetFileSize }: WriteOptions,
): Record<string, string> => ({
  ...properties,
  ...(targetFileSize !== undefined && { 'write.target-file-size-bytes': String(targetFileSize) }),
  'schema.name-mapping.default': nameMapping(schema),
})

const nextId = (ids: readonly number[]) => ids.reduce((a, b) => Math.max(a, b), -1) + 1

function requireSame(base: TableMetadata, { columns, partitionBy }: WriteOptions): void {
  const schema = currentSchema(base)
  const describe = (all: readonly TableColumn[]) =>
    all
      .map(c => `${c.name} ${c.type}`)
      .sort()
      .join(', ')
  const [has, wants] = [describe(columnsOf(schema)), describe(columns)]
  if (has !== wants) {
    throw new CommitFailedError(
      `An append cannot change columns. The table has ${has}; the append brings ${wants}.`,
    )
  }
  const by = partitionByOf(currentSpec(base), schema)
  if (by?.column !== partitionBy?.column || by?.transform !== partitionBy?.transform) {
    const text = (p: PartitionBy | null) => (p ? `${p.transform} of ${p.column}` : 'nothing')
    throw new CommitFailedError(
      `An append cannot change the partitioning. The table is partitioned by ${text(by)}; the append wants ${text(partitionBy)}.`,
    )
  }
}
