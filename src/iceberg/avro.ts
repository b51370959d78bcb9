import { randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import avro from 'avsc'
import { extentOf } from './avro-extent'

/** An Avro schema as JSON. Attributes such as `field-id` are kept: the container's header holds it as it is given. */
export type AvroSchema = Readonly<Record<string, unknown>>

export type AvroRecord = Readonly<Record<string, unknown>>

export interface AvroContainer {
  readonly schema: AvroSchema
  readonly rows: readonly AvroRecord[]
  readonly metadata: ReadonlyMap<string, string>
}

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const ROWS_PER_BLOCK = 1000
/** Blocks that unpack to more together are taken for damage, not for data. */
const MAX_BYTES = 256 * 2 ** 20

/** 64-bit integers as bigint, always: ids and counts must not be rounded. */
const exactLong = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

const HEADER = {
  type: 'record',
  name: 'header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: 16 } },
  ],
} satisfies avro.Schema
const headerType = avro.Type.forSchema(HEADER)
const countType = avro.Type.forSchema('long')

const compiled = new Map<string, avro.Type>()

/** Compiling a schema costs milliseconds, and a table has two of them. */
function typeOf(schema: AvroSchema): avro.Type {
  const key = JSON.stringify(schema)
  const known = compiled.get(key)
  if (known) return known
  const type = avro.Type.forSchema(schema as unknown as avro.Schema, {
    registry: { long: exactLong },
    wrapUnions: false,
  })
  compiled.set(key, type)
  return type
}

/** An Avro object container file (deflate); an empty list gives a valid file without blocks. Longs are bigints. */
export function encodeContainer(
  schema: AvroSchema,
  rows: readonly AvroRecord[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const type = typeOf(schema)
  const sync = randomBytes(16)
  const header = { ...metadata, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' }
  const meta = Object.fromEntries(
    Object.entries(header).map(([key, value]) => [key, Buffer.from(value)]),
  )
  const parts = [headerType.toBuffer({ magic: MAGIC, meta, sync })]
  for (let from = 0; from < rows.length; from += ROWS_PER_BLOCK) {
    const block = rows.slice(from, from + ROWS_PER_BLOCK)
    const data = deflateRawSync(Buffer.concat(block.map(row => type.toBuffer(row))))
    parts.push(countType.toBuffer(block.length), countType.toBuffer(data.length), data, sync)
  }
  return Buffer.concat(parts)
}

/**
 * Read a container file with the schema in its header.
 *
 * @throws Error when it is no container file, is cut or damaged, has more than `most` rows, or uses a codec other than null and deflate.
 */
export function decodeContainer(bytes: Uint8Array, most = Number.POSITIVE_INFINITY): AvroContainer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!buffer.subarray(0, 4).equals(MAGIC)) throw new Error('it is no Avro container file')
  extentOf(HEADER, buffer, 0)
  const header = decode<{ meta: Record<string, Buffer>; sync: Buffer }>(headerType, buffer, 0)
  const metadata = new Map(
    Object.entries(header.value.meta).map(([key, value]) => [key, value.toString('utf8')]),
  )
  const codec = metadata.get('avro.codec') ?? 'null'
  if (codec !== 'null' && codec !== 'deflate') throw new Error(`it uses the Avro codec ${codec}`)
  const schema = JSON.parse(metadata.get('avro.schema') ?? 'null') as AvroSchema
  const type = typeOf(schema)
  const rows: AvroRecord[] = []
  let position = header.offset
  let left = MAX_BYTES
  while (position < buffer.length) {
    const count = decode<number>(countType, buffer, position)
    const size = decode<number>(countType, buffer, count.offset)
    const end = size.offset + size.value
    if (!(count.value >= 0 && rows.length + count.value <= most))
      throw new Error('it has more rows than it should')
    if (size.value < 0 || end + 16 > buffer.length) throw new Error('it is cut short')
    if (!buffer.subarray(end, end + 16).equals(header.value.sync))
      throw new Error('a block is damaged')
    const packed = buffer.subarray(size.offset, end)
    const data =
      codec === 'null' ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, left) })
    left -= data.length
    readBlock(type, schema, data, count.value, rows)
    position = end + 16
  }
  return { schema, rows, metadata }
}

function readBlock(
  type: avro.Type,
  schema: AvroSchema,
  data: Buffer,
  count: number,
  rows: AvroRecord[],
): void {
  let offset = 0
  for (let i = 0; i < count; i++) {
    extentOf(schema as { type: string }, data, offset)
    const row = decode<AvroRecord>(type, data, offset)
    // Every record holds at least one byte here, so a count beyond the data is damage.
    if (row.offset === offset) throw new Error('a block is damaged')
    rows.push(row.value)
    offset = row.offset
  }
  if (offset !== data.length) throw new Error('a block is damaged')
}

function decode<T>(
  type: avro.Type,
  buffer: Buffer,
  position: number,
): { value: T; offset: number } {
  const { value, offset } = type.decode(buffer, position) as { value: T; offset: number }
  if (offset < 0) throw new Error('it is cut short')
  return { value, offset }
}
