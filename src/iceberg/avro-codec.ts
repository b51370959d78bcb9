/** An Avro schema as JSON: a name, a union, or an object with a `type`. */
export type AvroType =
  | string
  | readonly AvroType[]
  | { readonly type: AvroType; readonly [attribute: string]: unknown }

type Field = { readonly name: string; readonly type: AvroType }

/** Bytes of a long of 64 bits at the most. */
const LONGEST_LONG = 10
/** Bytes of a long that a double holds exactly. */
const EXACT_LONG = 7

const isUnion = (type: AvroType): type is readonly AvroType[] => Array.isArray(type)

/**
 * Reads values out of bytes that may be damaged. Every item takes a byte at least,
 * so no count makes more work than there are bytes. Longs are bigints, ints numbers, bytes and fixed buffers, unions their plain value.
 */
export class AvroReader {
  at = 0

  constructor(private readonly bytes: Buffer) {}

  /** @throws Error when the value reaches beyond the bytes, or has a type that manifests do not use */
  read(type: AvroType): unknown {
    if (typeof type === 'string') return this.primitive(type)
    if (isUnion(type)) {
      const branch = type[this.int()]
      if (branch === undefined) throw damage()
      return this.read(branch)
    }
    switch (type.type) {
      case 'record':
        return Object.fromEntries(
          (type.fields as readonly Field[]).map(field => [field.name, this.read(field.type)]),
        )
      case 'array':
        return this.blocks(() => this.read(type.items as AvroType))
      case 'map':
        return Object.fromEntries(
          this.blocks(() => [this.take(this.int()).toString(), this.read(type.values as AvroType)]),
        )
      case 'fixed':
        return this.take(Number(type.size))
      default:
        return this.read(type.type)
    }
  }

  /** Zigzag, seven bits a byte; beyond 2^53 the last digits are lost. */
  int(): number {
    let unsigned = 0
    for (let i = 0; i < LONGEST_LONG; i++) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw damage()
      unsigned += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2
    }
    throw damage()
  }

  long(): bigint {
    const from = this.at
    const value = this.int()
    if (this.at - from <= EXACT_LONG) return BigInt(value)
    const unsigned = this.bytes
      .subarray(from, this.at)
      .reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n)
    return BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n))
  }

  take(length: number): Buffer {
    if (!(length >= 0 && length <= this.bytes.length - this.at)) throw damage()
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  private primitive(type: string): unknown {
    switch (type) {
      case 'null':
        return null
      case 'boolean':
        return this.take(1)[0] !== 0
      case 'int':
        return this.int()
      case 'long':
        return this.long()
      case 'float':
        return this.take(4).readFloatLE()
      case 'double':
        return this.take(8).readDoubleLE()
      case 'bytes':
        return Buffer.from(this.take(this.int()))
      case 'string':
        return this.take(this.int()).toString()
      default:
        throw new Error(`it has the Avro type ${type}, which a manifest does not use`)
    }
  }

  /** Blocks of items until one of none; a negative count is followed by the block's bytes. */
  private blocks<T>(item: () => T): T[] {
    const items: T[] = []
    for (;;) {
      const count = this.int()
      if (count === 0) return items
      if (count < 0) this.int()
      for (let left = Math.abs(count); left > 0; left--) {
        const before = this.at
        items.push(item())
        // Items of no bytes could be repeated for years.
        if (this.at === before) throw damage()
      }
    }
  }
}

/** A value of a type as bytes. @throws TypeError when it is none of the type */
export const encodeAvro = (type: AvroType, value: unknown): Buffer =>
  Buffer.concat(partsOf(type, value))

function partsOf(type: AvroType, value: unknown): readonly Buffer[] {
  if (typeof type === 'string') return primitiveParts(type, value)
  if (isUnion(type)) {
    const index = type.findIndex(branch => (branch === 'null') === (value === null))
    if (index < 0) throw mismatch(value, 'union')
    return [encodeLong(BigInt(index)), ...partsOf(type[index]!, value)]
  }
  switch (type.type) {
    case 'record':
      return (type.fields as readonly Field[]).flatMap(field =>
        partsOf(field.type, (value as Record<string, unknown>)[field.name] ?? null),
      )
    case 'array':
      return blockParts(value as readonly unknown[], item => partsOf(type.items as AvroType, item))
    case 'map':
      return blockParts(Object.entries(value as object), ([key, item]) => [
        ...primitiveParts('string', key),
        ...partsOf(type.values as AvroType, item),
      ])
    case 'fixed':
      return [value as Buffer]
    default:
      return partsOf(type.type, value)
  }
}

const blockParts = <T>(items: readonly T[], parts: (item: T) => readonly Buffer[]) => [
  ...(items.length > 0 ? [encodeLong(BigInt(items.length))] : []),
  ...items.flatMap(parts),
  encodeLong(0n),
]

function primitiveParts(type: string, value: unknown): readonly Buffer[] {
  if (type === 'null' && value === null) return []
  if (type === 'boolean' && typeof value === 'boolean') return [Buffer.from([value ? 1 : 0])]
  if (type === 'int' && Number.isInteger(value)) return [encodeLong(BigInt(value as number))]
  if (type === 'long' && typeof value === 'bigint') return [encodeLong(value)]
  if (type === 'string' && typeof value === 'string') return prefixed(Buffer.from(value))
  if (type === 'bytes' && Buffer.isBuffer(value)) return prefixed(value)
  throw mismatch(value, type)
}

const prefixed = (bytes: Buffer) => [encodeLong(BigInt(bytes.length)), bytes]

/** Zigzag, seven bits a byte. */
export function encodeLong(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

const damage = () => new Error('it is cut short or damaged')

const mismatch = (value: unknown, type: string) =>
  new TypeError(`${String(value).slice(0, 40)} is no Avro ${type}`)
