import type { FileSystem } from '../shared/file-system'

const MAGIC = 'PAR1'
/** The row count follows the schema, early in the footer; this much holds some thousand columns. */
const HEAD = 1 << 20

/**
 * Rows of a Parquet file by its own footer: proof that the file is whole.
 *
 * @throws Error saying why it is not.
 */
export async function parquetRows(fs: FileSystem, path: string, size: number): Promise<number> {
  if (size < 12) throw new Error('it is too short for a Parquet file')
  const [head, tail] = [
    Buffer.from(await fs.readRange(path, 0, 4)),
    Buffer.from(await fs.readRange(path, size - 8, 8)),
  ]
  if (head.toString('latin1') !== MAGIC || tail.toString('latin1', 4) !== MAGIC) {
    throw new Error('it is no Parquet file, or was cut')
  }
  const length = tail.readUInt32LE()
  if (length > size - 12) throw new Error('its footer is damaged')
  return rowsInFooter(await fs.readRange(path, size - 8 - length, Math.min(length, HEAD)))
}

/** Thrift compact protocol, FileMetaData: 1 version, 2 schema, 3 num_rows. */
function rowsInFooter(footer: Uint8Array): number {
  const reader = new CompactReader(footer)
  for (let field = reader.field(0); field !== null; field = reader.field(field.id)) {
    if (field.id === 3) return Number(reader.zigzag())
    reader.skip(field.type)
  }
  throw new Error('its footer has no row count')
}

const BOOLEAN_TRUE = 1
const BOOLEAN_FALSE = 2
const BYTE = 3
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const STRUCT = 12

class CompactReader {
  private at = 0

  constructor(private readonly bytes: Uint8Array) {}

  /** The next field of a struct, `null` at its end. */
  field(previous: number): { id: number; type: number } | null {
    const header = this.byte()
    if (header === 0) return null
    const delta = header >> 4
    return { id: delta === 0 ? Number(this.zigzag()) : previous + delta, type: header & 15 }
  }

  zigzag(): bigint {
    const value = this.varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  skip(type: number): void {
    if (type === BOOLEAN_TRUE || type === BOOLEAN_FALSE) return
    if (type === BYTE) this.at += 1
    else if (type === DOUBLE) this.at += 8
    else if (type === BINARY) this.skipBinary()
    else if (type === LIST || type === SET) this.skipList()
    else if (type === STRUCT) {
      for (let field = this.field(0); field !== null; field = this.field(field.id))
        this.skip(field.type)
    } else if (type > BYTE && type < DOUBLE) this.varint()
    else throw new Error('its footer is damaged')
  }

  private skipBinary(): void {
    const length = Number(this.varint())
    this.at += length
  }

  private skipList(): void {
    const header = this.byte()
    const size = header >> 4 === 15 ? Number(this.varint()) : header >> 4
    const type = header & 15
    // Within a list a boolean takes a byte.
    for (let i = 0; i < size; i++)
      this.skip(type === BOOLEAN_TRUE || type === BOOLEAN_FALSE ? BYTE : type)
  }

  private varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new Error('its footer is damaged')
  }

  private byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new Error('its footer is damaged')
    return value
  }
}
