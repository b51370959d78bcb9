import { randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { MIB } from '../shared/format'
import { AvroReader, type AvroType, encodeAvro, encodeLong } from './avro-codec'

/** An Avro schema as JSON. Attributes such as `field-id` are kept: the container's header holds it as it is given. */
export type AvroSchema = Readonly<Record<string, unknown>>

export type AvroRecord = Readonly<Record<string, unknown>>

export interface AvroContainer {
  readonly schema: AvroSchema
  readonly rows: readonly AvroRecord[]
  readonly metadata: ReadonlyMap<string, string>
}

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const META: AvroType = { type: 'map', values: 'bytes' }
const SYNC_BYTES = 16
const ROWS_PER_BLOCK = 1000
/** Blocks that unpack to more together are taken for damage, not for data. */
const MAX_BYTES = 256 * MIB

/** An Avro object container file (deflate); an empty list gives a valid file without blocks. Longs are bigints. */
export function encodeContainer(
  schema: AvroSchema,
  rows: readonly AvroRecord[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const sync = randomBytes(SYNC_BYTES)
  const header = { ...metadata, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' }
  const meta = Object.fromEntries(
    Object.entries(header).map(([key, value]) => [key, Buffer.from(value)]),
  )
  const parts = [MAGIC, encodeAvro(META, meta), sync]
  for (let from = 0; from < rows.length; from += ROWS_PER_BLOCK) {
    const block = rows.slice(from, from + ROWS_PER_BLOCK)
    const data = deflateRawSync(
      Buffer.concat(block.map(row => encodeAvro(schema as AvroType, row))),
    )
    parts.push(encodeLong(BigInt(block.length)), encodeLong(BigInt(data.length)), data, sync)
  }
  return Buffer.concat(parts)
}

/**
 * Reads a container file with the schema in its header.
 *
 * @throws Error when it is no container file, is cut or damaged, has more than `most` rows, or uses a codec other than null and deflate.
 */
export function decodeContainer(bytes: Uint8Array, most = Number.POSITIVE_INFINITY): AvroContainer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error('it is no Avro container file')
  const file = new AvroReader(buffer)
  file.at = MAGIC.length
  const metadata = new Map(
    Object.entries(file.read(META) as Record<string, Buffer>).map(([key, value]) => [
      key,
      value.toString(),
    ]),
  )
  const sync = file.take(SYNC_BYTES)
  const codec = metadata.get('avro.codec') ?? 'null'
  if (codec !== 'null' && codec !== 'deflate') throw new Error(`it uses the Avro codec ${codec}`)
  const schema = JSON.parse(metadata.get('avro.schema') ?? 'null') as AvroSchema
  const rows: AvroRecord[] = []
  let left = MAX_BYTES
  while (file.at < buffer.length) {
    const count = file.int()
    const packed = file.take(file.int())
    if (count < 0 || rows.length + count > most) throw new Error('it has more rows than it should')
    if (!file.take(SYNC_BYTES).equals(sync)) throw new Error('a block is damaged')
    const data =
      codec === 'null' ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, left) })
    left -= data.length
    readBlock(schema, data, count, rows)
  }
  return { schema, rows, metadata }
}

function readBlock(schema: AvroSchema, data: Buffer, count: number, rows: AvroRecord[]): void {
  const block = new AvroReader(data)
  for (let i = 0; i < count; i++) {
    const before = block.at
    rows.push(block.read(schema as AvroType) as AvroRecord)
    // Every record holds at least one byte here, so a count beyond the data is damage.
    if (block.at === before) throw new Error('a block is damaged')
  }
  if (block.at !== data.length) throw new Error('a block is damaged')
}
