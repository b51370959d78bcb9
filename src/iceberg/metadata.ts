import { z } from 'zod'
import { parseExactJson } from '../shared/exact-json'
import { type PartitionSpec, partitionByOf } from './partition-spec'
import { columnsOf, type IcebergSchema } from './schema'

/** 63 bits, of which a double keeps 53. */
const id = z.union([z.bigint(), z.number().int()]).transform(BigInt)
const integer = z.number().int()
const text = z.record(z.string(), z.string())

const ListTypeSchema = z.looseObject({
  type: z.literal('list'),
  'element-id': integer,
  element: z.string(),
  'element-required': z.boolean(),
})
const FieldSchema = z.looseObject({
  id: integer,
  name: z.string(),
  required: z.boolean(),
  type: z.union([z.string(), ListTypeSchema]),
})
const SnapshotSchema = z.looseObject({
  'snapshot-id': id,
  'parent-snapshot-id': id.optional(),
  'sequence-number': integer,
  'timestamp-ms': integer,
  summary: text,
  'manifest-list': z.string(),
  'schema-id': integer.optional(),
})
const SpecSchema = z.looseObject({
  'spec-id': integer,
  fields: z.array(
    z.looseObject({
      'source-id': integer,
      'field-id': integer,
      name: z.string(),
      transform: z.string(),
    }),
  ),
})

/** Table metadata of Iceberg v2; keys beyond these are kept as they are. */
const MetadataSchema = z.looseObject({
  'format-version': z.literal(2),
  'table-uuid': z.string(),
  location: z.string(),
  'last-sequence-number': integer,
  'last-updated-ms': integer,
  'last-column-id': integer,
  schemas: z.array(
    z.looseObject({
      type: z.literal('struct'),
      'schema-id': integer,
      fields: z.array(FieldSchema),
    }),
  ),
  'current-schema-id': integer,
  'partition-specs': z.array(SpecSchema),
  'default-spec-id': integer,
  'last-partition-id': integer,
  'sort-orders': z.array(z.looseObject({ 'order-id': integer })),
  'default-sort-order-id': integer,
  properties: text.default({}),
  'current-snapshot-id': id.nullish(),
  snapshots: z.array(SnapshotSchema).default([]),
  'snapshot-log': z
    .array(z.looseObject({ 'snapshot-id': id, 'timestamp-ms': integer }))
    .default([]),
  'metadata-log': z
    .array(z.looseObject({ 'metadata-file': z.string(), 'timestamp-ms': integer }))
    .default([]),
  refs: z.record(z.string(), z.looseObject({ 'snapshot-id': id, type: z.string() })).default({}),
})

export type TableMetadata = z.infer<typeof MetadataSchema>
export type Snapshot = z.infer<typeof SnapshotSchema>

/** @throws Error saying what is wrong with the text. */
export function parseMetadata(json: string): TableMetadata {
  const raw = parseExactJson(json)
  const version = (raw as { 'format-version'?: unknown } | null)?.['format-version']
  if (typeof version === 'number' && version !== 2)
    throw new Error(`it has Iceberg format version ${version}, not 2`)
  const { data, error } = MetadataSchema.safeParse(raw)
  if (error) {
    const [issue] = error.issues
    throw new Error([issue!.path.join('.'), issue!.message].filter(Boolean).join(': '))
  }
  // Fail here, with the file's name at hand, rather than at a reference to nothing later.
  partitionByOf(currentSpec(data), currentSchema(data))
  columnsOf(currentSchema(data))
  requireConsistent(data)
  return data
}

/** The same things that are said in several places of the document. @throws Error where they differ */
function requireConsistent(metadata: TableMetadata): void {
  const current = currentSnapshot(metadata)
  const main = metadata.refs.main?.['snapshot-id']
  if (main !== undefined && main !== current?.['snapshot-id']) {
    throw new Error(
      `its branch main is at snapshot ${main}, and the current snapshot is ${current?.['snapshot-id']}`,
    )
  }
  const last = metadata['last-sequence-number']
  const later = metadata.snapshots.find(s => s['sequence-number'] > last)
  if (later)
    throw new Error(
      `snapshot ${later['snapshot-id']} has a sequence number above the last one, ${last}`,
    )
}

export function currentSchema(metadata: TableMetadata): IcebergSchema {
  const wanted = metadata['current-schema-id']
  const found = metadata.schemas.find(s => s['schema-id'] === wanted)
  if (!found) throw new Error(`it has no schema ${wanted}, which it calls current`)
  return found
}

export const currentSpec = (metadata: TableMetadata): PartitionSpec =>
  specById(metadata, metadata['default-spec-id'])

export function specById(metadata: TableMetadata, wanted: number): PartitionSpec {
  const found = metadata['partition-specs'].find(s => s['spec-id'] === wanted)
  if (!found) throw new Error(`it has no partition spec ${wanted}`)
  return found
}

/** `null` where the table has none yet. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | null {
  const wanted = metadata['current-snapshot-id']
  if (wanted === undefined || wanted === null || wanted === -1n) {
    // `CREATE OR REPLACE TABLE` empties a table and its log, and leaves the snapshots of before until they expire.
    const replaced = metadata.refs.main === undefined && metadata['snapshot-log'].length === 0
    if (metadata.snapshots.length === 0 || replaced) return null
    throw new Error(`it has ${metadata.snapshots.length} snapshots and calls none of them current`)
  }
  const found = metadata.snapshots.find(s => s['snapshot-id'] === wanted)
  if (!found) throw new Error(`it has no snapshot ${wanted}, which it calls current`)
  return found
}
