import { CommitFailedError } from '../contracts/errors'
import type { PartitionBy, TableColumn } from '../contracts/tables'
import { currentSchema, currentSpec, type TableMetadata } from './metadata'
import {
  NO_PARTITION_ID,
  type PartitionSpec,
  partitionByOf,
  partitionFields,
  sameSpec,
} from './partition-spec'
import {
  columnsOf,
  evolveSchema,
  type FieldIds,
  fieldIdsOf,
  type IcebergSchema,
  nameMapping,
  sameFields,
} from './schema'

/** What properties with such a name say is of the rows that the table has now. */
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
  /**
   * What the table's properties must say for the commit to be right, asked on the very version that each attempt builds on;
   * throws where they do not.
   */
  readonly requires?: (properties: Readonly<Record<string, string>>) => void
  /** Whether a table that is not there is made. Unless told: where nothing is required of it, and no rewrite. */
  readonly creates?: boolean
  /** Table properties, merged over those that the table has; a replace drops those of the content that it replaces. */
  readonly properties?: Readonly<Record<string, string>>
  /** Bytes; recorded as `write.target-file-size-bytes`. */
  readonly targetFileSize?: number
}

/** What the next version's metadata will say, files aside. */
export interface TablePlan {
  readonly schema: IcebergSchema
  readonly lastColumnId: number
  readonly spec: PartitionSpec
  readonly lastPartitionId: number
  readonly fieldIds: FieldIds
  readonly properties: Readonly<Record<string, string>>
}

/** @throws CommitFailedError when the table cannot take these columns or this partitioning. */
export function planTable(base: TableMetadata | null, options: WriteOptions): TablePlan {
  const adds = options.mode !== 'replace'
  if (base !== null && adds) requireSame(base, options)
  const before = base && currentSchema(base)
  const evolved = evolveSchema(options.columns, before, base?.['last-column-id'] ?? 0)
  const fields = base !== null && adds ? before!.fields : evolved.fields
  const schemas: readonly IcebergSchema[] = base?.schemas ?? []
  const schema = schemas.find(s => sameFields(s.fields, fields)) ?? {
    type: 'struct',
    'schema-id': nextId(schemas.map(s => s['schema-id'])),
    fields,
  }
  const specs: readonly PartitionSpec[] = base?.['partition-specs'] ?? []
  const cut = partitionFields(
    options.partitionBy,
    schema,
    specs,
    base?.['last-partition-id'] ?? NO_PARTITION_ID,
  )
  const spec = specs.find(s => sameSpec(s.fields, cut.fields)) ?? {
    'spec-id': nextId(specs.map(s => s['spec-id'])),
    fields: cut.fields,
  }
  return {
    schema,
    lastColumnId: evolved.lastColumnId,
    spec,
    lastPartitionId: cut.lastPartitionId,
    fieldIds: fieldIdsOf(schema),
    properties: {
      ...kept(base?.properties ?? {}, options.mode),
      ...options.properties,
      ...(options.targetFileSize !== undefined && {
        'write.target-file-size-bytes': String(options.targetFileSize),
      }),
      'schema.name-mapping.default': nameMapping(schema),
    },
  }
}

function kept(
  properties: Readonly<Record<string, string>>,
  mode: WriteOptions['mode'],
): Record<string, string> {
  const stays = ([name]: readonly [string, string]) =>
    mode !== 'replace' || !name.startsWith(OF_THE_CONTENT)
  return Object.fromEntries(Object.entries(properties).filter(stays))
}

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
