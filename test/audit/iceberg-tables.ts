import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import avro from 'avsc'

export interface TableFile {
  /** Where it can be read. */
  readonly path: string
  /** Of the file itself. */
  readonly bytes: number
  /** As the manifest has them. */
  readonly recorded: { readonly bytes: number; readonly rows: number }
  readonly partition: string
  readonly added_by: string
}

export interface Snapshot {
  readonly id: string
  readonly sequence: number
  readonly committed_ms: number
  readonly summary: Readonly<Record<string, string>>
  /** Live files. */
  readonly files: readonly TableFile[]
  /** Files that this snapshot added, and how many it dropped. */
  readonly added: readonly TableFile[]
  readonly deleted: number
  /** Its list of manifests and those manifests. */
  readonly metadata: readonly string[]
}

export interface IcebergTable {
  readonly snapshots: readonly Snapshot[]
  readonly current: Snapshot
  /** `transform(column)` of the default spec; null where it has no field. */
  readonly partitioned_by: string | null
}

interface RawSnapshot {
  readonly 'snapshot-id': string
  readonly 'sequence-number': number
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: Record<string, string>
}

interface RawMetadata {
  readonly location: string
  readonly 'current-snapshot-id': string
  readonly snapshots: readonly RawSnapshot[]
  readonly 'current-schema-id': number
  readonly schemas: readonly {
    'schema-id': number
    fields: readonly { id: number; name: string }[]
  }[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly {
    'spec-id': number
    fields: readonly { 'source-id': number; transform: string }[]
  }[]
}

interface Entry {
  readonly status: number
  readonly snapshot_id: unknown
  readonly data_file: {
    readonly file_path: string
    readonly record_count: unknown
    readonly file_size_in_bytes: unknown
    readonly partition: Readonly<Record<string, unknown>>
  }
}

const DELETED = 2

/**
 * A table by its own metadata, read with nothing of the product: all snapshots that any version of it names.
 *
 * @param copy where its files are read instead, by their path below the table's location
 */
export async function readTable(location: string, copy = location): Promise<IcebergTable> {
  const folder = join(copy, 'metadata')
  const versions = (await readdir(folder)).flatMap(name => {
    const version = /^v(\d+)\.metadata\.json$/.exec(name)?.[1]
    return version === undefined ? [] : [{ name, version: Number(version) }]
  })
  versions.sort((a, b) => a.version - b.version)
  const found = new Map<string, RawSnapshot>()
  let last: RawMetadata | null = null
  for (const { name } of versions) {
    last = withTextIds(await readFile(join(folder, name), 'utf8'))
    for (const snapshot of last.snapshots) found.set(snapshot['snapshot-id'], snapshot)
  }
  if (!last) throw new Error(`no table at ${location}`)
  const here = (path: string) => join(copy, relative(last.location, path.replace(/^file:\/\//, '')))
  const snapshots: Snapshot[] = []
  for (const raw of found.values()) snapshots.push(await readSnapshot(raw, here))
  snapshots.sort((a, b) => a.sequence - b.sequence)
  const current = snapshots.find(s => s.id === last['current-snapshot-id'])
  if (!current) throw new Error(`the current snapshot of ${location} is not in its metadata`)
  return { snapshots, current, partitioned_by: partitioning(last) }
}

/** Snapshot ids are 64-bit: as text. */
const withTextIds = (json: string): RawMetadata =>
  JSON.parse(json.replace(/("[\w-]*snapshot-id"\s*:\s*)(-?\d+)/g, '$1"$2"')) as RawMetadata

function partitioning(metadata: RawMetadata): string | null {
  const spec = metadata['partition-specs'].find(s => s['spec-id'] === metadata['default-spec-id'])
  const [field] = spec?.fields ?? []
  const schema = metadata.schemas.find(s => s['schema-id'] === metadata['current-schema-id'])
  return field
    ? `${field.transform}(${schema?.fields.find(f => f.id === field['source-id'])?.name})`
    : null
}

async function readSnapshot(raw: RawSnapshot, here: (path: string) => string): Promise<Snapshot> {
  const id = raw['snapshot-id']
  const files: TableFile[] = []
  let deleted = 0
  const list = here(raw['manifest-list'])
  const manifests = (await records<{ manifest_path: string }>(list)).map(manifest =>
    here(manifest.manifest_path),
  )
  for (const manifest of manifests) {
    for (const entry of await records<Entry>(manifest)) {
      // Inherited where the writer could not know it yet.
      const by = String(entry.snapshot_id ?? id)
      if (entry.status === DELETED) {
        if (by === id) deleted++
        continue
      }
      const { file_path, record_count, file_size_in_bytes, partition } = entry.data_file
      const path = here(file_path)
      files.push({
        path,
        bytes: (await stat(path)).size,
        recorded: { bytes: Number(file_size_in_bytes), rows: Number(record_count) },
        partition: JSON.stringify(partition, (_, value) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
        added_by: by,
      })
    }
  }
  return {
    id,
    sequence: raw['sequence-number'],
    committed_ms: raw['timestamp-ms'],
    summary: raw.summary,
    files,
    added: files.filter(file => file.added_by === id),
    deleted,
    metadata: [list, ...manifests],
  }
}

/** 64-bit integers as `bigint`: ids are larger than a double's. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** The records of an Avro file. */
function records<T>(path: string): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const found: T[] = []
    const parseHook = (schema: avro.Schema) =>
      avro.Type.forSchema(schema, { registry: { long: LONG } })
    avro
      .createFileDecoder(path, { parseHook })
      .on('data', (record: T) => found.push(record))
      .on('end', () => resolve(found))
      .on('error', reject)
  })
}
