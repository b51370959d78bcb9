import { z } from 'zod'
import { stringifyExactJson } from '../shared/exact-json'
import { decodeContainer, encodeContainer } from './avro'
import { decodeBound, encodeLowerBound, encodeUpperBound } from './bounds'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from './manifest-schema'
import { type PartitionSpec, partitionRecordSchema } from './partition-spec'
import { type IcebergSchema, leavesOf } from './schema'
import type { ColumnStats, DataFile } from './types'

/** State of a file in the snapshot that wrote the entry. */
export const STATUS = { existing: 0, added: 1, deleted: 2 } as const

type IntMap<V> = readonly { readonly key: number; readonly value: V }[] | null

/** Maps by field id are left as they are until somebody looks a column up. */
const intMap = <V>() => z.custom<IntMap<V> | undefined>()
const count = z.bigint().nonnegative()
const maybe = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? null)

/** The data file of an entry; what other writers add to it is kept as it is. */
const DataFileSchema = z.looseObject({
  content: z.int(),
  file_path: z.string(),
  file_format: z.string(),
  partition: z.record(z.string(), z.number().nullable()),
  record_count: count,
  file_size_in_bytes: count,
  column_sizes: intMap<bigint>(),
  value_counts: intMap<bigint>(),
  null_value_counts: intMap<bigint>(),
  nan_value_counts: intMap<bigint>(),
  lower_bounds: intMap<Buffer>(),
  upper_bounds: intMap<Buffer>(),
})
const ManifestEntrySchema = z.object({
  status: z.literal(Object.values(STATUS)),
  snapshot_id: maybe(z.bigint()),
  sequence_number: maybe(z.bigint()),
  file_sequence_number: maybe(z.bigint()),
  data_file: DataFileSchema,
})
export type ManifestEntry = Readonly<z.infer<typeof ManifestEntrySchema>>

/** One line of a manifest list. */
const ManifestFileSchema = z.looseObject({
  manifest_path: z.string(),
  manifest_length: z.bigint(),
  partition_spec_id: z.number(),
  content: z.number(),
  sequence_number: z.bigint(),
  min_sequence_number: z.bigint(),
  added_snapshot_id: z.bigint(),
  added_files_count: z.number(),
  existing_files_count: z.number(),
  deleted_files_count: z.number(),
  added_rows_count: z.bigint(),
  existing_rows_count: z.bigint(),
  deleted_rows_count: z.bigint(),
  partitions: z.unknown(),
})
export type ManifestFile = Readonly<z.infer<typeof ManifestFileSchema>>

/** Far more than a table has. */
const MOST_MANIFESTS = 1_000_000

export const isLive = (entry: ManifestEntry) => entry.status !== STATUS.deleted

export const liveFilesCount = (manifest: ManifestFile) =>
  manifest.added_files_count + manifest.existing_files_count

/**
 * A file new in `snapshotId`. Sequence numbers stay empty: readers take them from the manifest list, so the manifest
 * serves every attempt of the commit.
 *
 * @throws Error when the statistics contradict the file or name an unknown column.
 */
export function addedEntry(
  file: DataFile,
  schema: IcebergSchema,
  spec: PartitionSpec,
  snapshotId: bigint,
): ManifestEntry {
  const leaves = leavesOf(schema)
  const found: { id: number; stats: ColumnStats; lower: Buffer | null; upper: Buffer | null }[] = []
  const lists = new Set(schema.fields.filter(f => typeof f.type === 'object').map(f => f.name))
  for (const [name, stats] of Object.entries(file.columns)) {
    if (lists.has(name)) continue
    const leaf = leaves.get(name)
    if (!leaf)
      throw new Error(
        `${file.path} has statistics of a column that the table lacks: ${JSON.stringify(name)}`,
      )
    // Readers skip a file whose values are all null: counts that leave nulls out would hide rows.
    if (!name.endsWith('.element') && stats.values !== file.rows) {
      throw new Error(
        `${file.path}: ${stats.values} values of ${JSON.stringify(name)} in ${file.rows} rows`,
      )
    }
    const lower = encodeLowerBound(stats.lower, leaf.type)
    found.push({ id: leaf.id, stats, lower, upper: encodeUpperBound(stats.upper, leaf.type) })
  }
  found.sort((a, b) => a.id - b.id)
  const map = <V>(pick: (f: (typeof found)[number]) => V | null) =>
    found.flatMap(f => {
      const value = pick(f)
      return value === null ? [] : [{ key: f.id, value }]
    })
  const counts = (pick: (s: ColumnStats) => number | null) =>
    map(({ stats }) => {
      const value = pick(stats)
      return value === null ? null : BigInt(value)
    })
  const field = spec.fields[0]
  return {
    status: STATUS.added,
    snapshot_id: snapshotId,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      content: 0,
      file_path: file.path,
      file_format: 'PARQUET',
      partition: field ? { [field.name]: file.partition } : {},
      record_count: BigInt(file.rows),
      file_size_in_bytes: BigInt(file.bytes),
      column_sizes: counts(s => s.size),
      value_counts: counts(s => s.values),
      null_value_counts: counts(s => s.nulls),
      nan_value_counts: counts(s => s.nans),
      lower_bounds: map(f => f.lower),
      upper_bounds: map(f => f.upper),
      sort_order_id: 0,
    },
  }
}

/** The same file as gone in `snapshotId`; its own sequence numbers stay with it. */
export const deletedEntry = (entry: ManifestEntry, snapshotId: bigint): ManifestEntry => ({
  ...entry,
  status: STATUS.deleted,
  snapshot_id: snapshotId,
})

/** The same file, carried over from an earlier snapshot into a manifest written now. */
export const existingEntry = (entry: ManifestEntry): ManifestEntry => ({
  ...entry,
  status: STATUS.existing,
})

export function encodeManifest(
  entries: readonly ManifestEntry[],
  schema: IcebergSchema,
  spec: PartitionSpec,
): Buffer {
  return encodeContainer(manifestEntrySchema(partitionRecordSchema(spec)), entries, {
    schema: stringifyExactJson(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': stringifyExactJson(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content: 'data',
  })
}

/** The line that a manifest list has for a manifest just written. */
export function describeManifest(
  path: string,
  bytes: number,
  entries: readonly ManifestEntry[],
  spec: PartitionSpec,
  snapshot: { readonly id: bigint; readonly sequence: bigint },
): ManifestFile {
  const of = (status: number) => entries.filter(e => e.status === status)
  const rows = (status: number) => of(status).reduce((sum, e) => sum + e.data_file.record_count, 0n)
  return {
    manifest_path: path,
    manifest_length: BigInt(bytes),
    partition_spec_id: spec['spec-id'],
    content: 0,
    sequence_number: snapshot.sequence,
    min_sequence_number: entries
      .filter(isLive)
      .reduce(
        (least, e) =>
          e.sequence_number !== null && e.sequence_number < least ? e.sequence_number : least,
        snapshot.sequence,
      ),
    added_snapshot_id: snapshot.id,
    added_files_count: of(STATUS.added).length,
    existing_files_count: of(STATUS.existing).length,
    deleted_files_count: of(STATUS.deleted).length,
    added_rows_count: rows(STATUS.added),
    existing_rows_count: rows(STATUS.existing),
    deleted_rows_count: rows(STATUS.deleted),
    partitions: spec.fields.map(({ name }) => {
      const values = entries.map(e => e.data_file.partition[name] ?? null)
      const known = values.filter(v => v !== null)
      const bound = (pick: (a: number, b: number) => number) =>
        known.length === 0 ? null : encodeLowerBound(known.reduce(pick), 'int')
      return {
        contains_null: known.length < values.length,
        contains_nan: false,
        lower_bound: bound((a, b) => Math.min(a, b)),
        upper_bound: bound((a, b) => Math.max(a, b)),
      }
    }),
  }
}

/**
 * A manifest's entries, with what they inherit from the manifest list filled in.
 *
 * @throws Error when the bytes are no manifest, or one of row deletes.
 */
export function decodeManifest(bytes: Uint8Array, manifest: ManifestFile): ManifestEntry[] {
  const most =
    manifest.added_files_count + manifest.existing_files_count + manifest.deleted_files_count
  return decodeContainer(bytes, most).rows.map(row => {
    const { data: entry } = ManifestEntrySchema.safeParse(row)
    if (!entry) throw new Error('it is no manifest of data files')
    if (entry.data_file.content !== 0) throw rowDeletes()
    const inherited = entry.status === STATUS.added ? manifest.sequence_number : null
    return {
      ...entry,
      snapshot_id: entry.snapshot_id ?? manifest.added_snapshot_id,
      sequence_number: entry.sequence_number ?? inherited,
      file_sequence_number: entry.file_sequence_number ?? inherited,
    }
  })
}

const rowDeletes = () => new Error('it lists row deletes, which lakebench neither writes nor reads')

/** An entry as the rest of lakebench sees it; statistics of columns that the schema no longer has are left out. */
export function dataFileOf(
  entry: ManifestEntry,
  schema: IcebergSchema,
  spec: PartitionSpec,
): DataFile {
  const file = entry.data_file
  const lookup = <V>(map: IntMap<V> | undefined) =>
    new Map(map?.map(({ key, value }) => [key, value]))
  const [sizes, values, nulls, nans] = [
    lookup(file.column_sizes),
    lookup(file.value_counts),
    lookup(file.null_value_counts),
    lookup(file.nan_value_counts),
  ]
  const [lower, upper] = [lookup(file.lower_bounds), lookup(file.upper_bounds)]
  const number = (value: bigint | undefined) => (value === undefined ? null : Number(value))
  const columns: Record<string, ColumnStats> = {}
  for (const [name, { id, type }] of leavesOf(schema)) {
    const count = values.get(id)
    if (count === undefined) continue
    const bound = (bytes: Buffer | undefined) =>
      bytes === undefined ? null : decodeBound(bytes, type)
    columns[name] = {
      values: Number(count),
      nulls: Number(nulls.get(id) ?? 0n),
      nans: number(nans.get(id)),
      size: number(sizes.get(id)),
      lower: bound(lower.get(id)),
      upper: bound(upper.get(id)),
    }
  }
  const field = spec.fields[0]
  return {
    path: file.file_path,
    rows: Number(file.record_count),
    bytes: Number(file.file_size_in_bytes),
    partition: field ? (file.partition[field.name] ?? null) : null,
    columns,
  }
}

export function encodeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { readonly id: bigint; readonly parent: bigint | null; readonly sequence: bigint },
): Buffer {
  return encodeContainer(MANIFEST_LIST_SCHEMA, manifests, {
    'snapshot-id': String(snapshot.id),
    'parent-snapshot-id': String(snapshot.parent),
    'sequence-number': String(snapshot.sequence),
    'format-version': '2',
  })
}

/** @throws Error when the bytes are no manifest list of this snapshot. */
export function decodeManifestList(bytes: Uint8Array, snapshotId: bigint): ManifestFile[] {
  const { rows, metadata } = decodeContainer(bytes, MOST_MANIFESTS)
  const of = metadata.get('snapshot-id')
  if (of !== undefined && of !== String(snapshotId))
    throw new Error(`it is the list of snapshot ${of}`)
  return rows.map(row => {
    const { data: manifest } = ManifestFileSchema.safeParse(row)
    if (!manifest) throw new Error('it is no manifest list of format version 2')
    if (manifest.content !== 0) throw rowDeletes()
    return manifest
  })
}
