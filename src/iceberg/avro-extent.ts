/** Avro as JSON: a name, a union, or an object with a `type`. */
type Schema =
  | string
  | readonly Schema[]
  | { readonly type: Schema; readonly [attribute: string]: unknown }

/** Bytes of a long of 64 bits at the most. */
const LONGEST_LONG = 10

/**
 * Where a value ends that begins at `position`. The decoder proper trusts the counts it reads, and one damaged byte can make
 * such a count a number that takes years to count down; here nothing may reach beyond the bytes that are there.
 *
 * @throws Error when it does, or when the schema has a type that manifests do not use
 */
export function extentOf(schema: Schema, buffer: Buffer, position: number): number {
  if (typeof schema === 'string') return primitiveEnd(schema, buffer, position)
  if (isUnion(schema)) {
    const branch = long(buffer, position)
    const chosen = schema[branch.value]
    if (chosen === undefined) throw damage()
    return extentOf(chosen, buffer, branch.end)
  }
  switch (schema.type) {
    case 'record':
      return (schema.fields as readonly { type: Schema }[]).reduce(
        (at, f) => extentOf(f.type, buffer, at),
        position,
      )
    case 'array':
      return blocksEnd(buffer, position, at => extentOf(schema.items as Schema, buffer, at))
    case 'map':
      return blocksEnd(buffer, position, at =>
        extentOf(schema.values as Schema, buffer, lengthPrefixedEnd(buffer, at)),
      )
    case 'fixed':
      return within(buffer, position + Number(schema.size))
    default:
      return extentOf(schema.type, buffer, position)
  }
}

const isUnion = (schema: Schema): schema is readonly Schema[] => Array.isArray(schema)

function primitiveEnd(type: string, buffer: Buffer, position: number): number {
  switch (type) {
    case 'null':
      return position
    case 'boolean':
      return within(buffer, position + 1)
    case 'int':
    case 'long':
      return long(buffer, position).end
    case 'float':
      return within(buffer, position + 4)
    case 'double':
      return within(buffer, position + 8)
    case 'bytes':
    case 'string':
      return lengthPrefixedEnd(buffer, position)
    default:
      throw new Error(`it has the Avro type ${type}, which a manifest does not use`)
  }
}

/** Blocks of items until one of none; a negative count is followed by the block's bytes. */
function blocksEnd(buffer: Buffer, position: number, itemEnd: (at: number) => number): number {
  let at = position
  for (;;) {
    const count = long(buffer, at)
    at = count.end
    if (count.value === 0) return at
    if (count.value < 0) at = long(buffer, at).end
    const items = Math.abs(count.value)
    // An item takes a byte at least, so more items than bytes are damage.
    if (items > buffer.length - at) throw damage()
    for (let i = 0; i < items; i++) at = itemEnd(at)
  }
}

function lengthPrefixedEnd(buffer: Buffer, position: number): number {
  const length = long(buffer, position)
  if (length.value < 0) throw damage()
  return within(buffer, length.end + length.value)
}

/** Zigzag and seven bits a byte. Values beyond 2^53 lose their last digits, which no extent needs. */
function long(buffer: Buffer, position: number): { value: number; end: number } {
  let unsigned = 0
  for (let i = 0; i < LONGEST_LONG; i++) {
    const byte = buffer[position + i]
    if (byte === undefined) throw damage()
    unsigned += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80)
      return {
        value: unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2,
        end: position + i + 1,
      }
  }
  throw damage()
}

function within(buffer: Buffer, end: number): number {
  if (end > buffer.length) throw damage()
  return end
}

const damage = () => new Error('it is cut short or damaged')
