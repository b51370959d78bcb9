import { decodeContainer, encodeContainer } from './avro'
import { decodeBound, encodeLowerBound, encodeUpperBound } from './bounds'
import { stringifyExactJson } from './exact-json'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from './manifest-schema'
import { type PartitionSpec, partitionRecordSchema } from './partition-spec'
import { type IcebergSchema, leavesOf } from './schema'
import type { ColumnStats, DataFile } from './types'

/** What became of a file in the snapshot that wrote the entry. */
export const STATUS = { existing: 0, added: 1, deleted: 2 } as const

type IntMap<V> = readonly { readonly key: number; readonly value: V }[] | null

interface DataFileRecord {
  readonly content: number
  readonly file_path: string
  readonly file_format: string
  readonly partition: Readonly<Record<string, number | null>>
  readonly record_count: bigint
  readonly file_size_in_bytes: bigint
  readonly column_sizes: IntMap<bigint>
  readonly value_counts: IntMap<bigint>
  readonly null_value_counts: IntMap<bigint>
  readonly nan_value_counts: IntMap<bigint>
  readonly lower_bounds: IntMap<Buffer>
  readonly upper_bounds: IntMap<Buffer>
  readonly key_metadata: Buffer | null
  readonly split_offsets: readonly bigint[] | null
  readonly equality_ids: readonly number[] | null
  readonly sort_order_id: number | null
}

export interface ManifestEntry {
  readonly status: number
  readonly snapshot_id: bigint | null
  readonly sequence_number: bigint | null
  readonly file_sequence_number: bigint | null
  readonly data_file: DataFileRecord
}

/** One line of a manifest list. */
export interface ManifestFile {
  readonly manifest_path: string
  readonly manifest_length: bigint
  readonly partition_spec_id: number
  readonly content: number
  readonly sequence_number: bigint
  readonly min_sequence_number: bigint
  readonly added_snapshot_id: bigint
  readonly added_files_count: number
  readonly existing_files_count: number
  readonly deleted_files_count: number
  readonly added_rows_count: bigint
  readonly existing_rows_count: bigint
  readonly deleted_rows_count: bigint
  readonly partitions:
    | readonly {
        readonly contains_null: boolean
        readonly contains_nan: boolean | null
        readonly lower_bound: Buffer | null
        readonly upper_bound: Buffer | null
      }[]
    | null
}

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
      key_metadata: null,
      split_offsets: null,
      equality_ids: null,
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
  return encodeContainer(
    manifestEntrySchema(partitionRecordSchema(spec)),
    entries as unknown as Record<string, unknown>[],
    {
      schema: stringifyExactJson(schema),
      'schema-id': String(schema['schema-id']),
      'partition-spec': stringifyExactJson(spec.fields),
      'partition-spec-id': String(spec['spec-id']),
      'format-version': '2',
      content: 'data',
    },
  )
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
  const { rows } = decodeContainer(bytes, most)
  return (rows as unknown as ManifestEntry[]).map(row => {
    const file = row.data_file
    const isEntry =
      typeof file?.file_path === 'string' &&
      typeof file.partition === 'object' &&
      [file.record_count, file.file_size_in_bytes].every(
        value => typeof value === 'bigint' && value >= 0n,
      ) &&
      Object.values<number>(STATUS).includes(row.status)
    if (!isEntry) throw new Error('it is no manifest of data files')
    if (file.content !== 0)
      throw new Error('it lists row deletes, which lakebench neither writes nor reads')
    const inherited = row.status === STATUS.added ? manifest.sequence_number : null
    return {
      status: row.status,
      snapshot_id: row.snapshot_id ?? manifest.added_snapshot_id,
      sequence_number: row.sequence_number ?? inherited,
      file_sequence_number: row.file_sequence_number ?? inherited,
      data_file: {
        content: 0,
        file_path: file.file_path,
        file_format: file.file_format,
        partition: { ...file.partition },
        record_count: file.record_count,
        file_size_in_bytes: file.file_size_in_bytes,
        column_sizes: file.column_sizes ?? null,
        value_counts: file.value_counts ?? null,
        null_value_counts: file.null_value_counts ?? null,
        nan_value_counts: file.nan_value_counts ?? null,
        lower_bounds: file.lower_bounds ?? null,
        upper_bounds: file.upper_bounds ?? null,
        key_metadata: file.key_metadata ?? null,
        split_offsets: file.split_offsets ?? null,
        equality_ids: file.equality_ids ?? null,
        sort_order_id: file.sort_order_id ?? null,
      },
    }
  })
}

/** An entry as the rest of lakebench sees it; statistics of columns that the schema no longer has are left out. */
export function dataFileOf(
  entry: ManifestEntry,
  schema: IcebergSchema,
  spec: PartitionSpec,
): DataFile {
  const file = entry.data_file
  const lookup = <V>(map: IntMap<V>) => new Map(map?.map(({ key, value }) => [key, value]))
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
  return encodeContainer(MANIFEST_LIST_SCHEMA, manifests as unknown as Record<string, unknown>[], {
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
  return (rows as unknown as ManifestFile[]).map(row => {
    const longs = [
      row.manifest_length,
      row.sequence_number,
      row.min_sequence_number,
      row.added_snapshot_id,
      row.added_rows_count,
      row.existing_rows_count,
      row.deleted_rows_count,
    ]
    const ints = [
      row.partition_spec_id,
      row.added_files_count,
      row.existing_files_count,
      row.deleted_files_count,
    ]
    if (
      typeof row.manifest_path !== 'string' ||
      longs.some(value => typeof value !== 'bigint') ||
      ints.some(value => typeof value !== 'number')
    ) {
      throw new Error('it is no manifest list of format version 2')
    }
    if (row.content !== 0)
      throw new Error('it lists row deletes, which lakebench neither writes nor reads')
    return { ...row, partitions: row.partitions ?? null }
  })
}
