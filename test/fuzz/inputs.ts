import { seededRandom } from '../../src/results/statistics/resampling'

export type Random = () => number

/** Number of inputs of a fuzzer: `LAKEBENCH_FUZZ`, else its own. */
export const inputCount = (usual: number): number => Number(process.env.LAKEBENCH_FUZZ ?? usual)

/** `FC_SEED` as in property tests; a fuzzer looks at other inputs with another. */
const SEED = Number(process.env.FC_SEED ?? 20_261_124)
/** No input may take longer: what hangs must end the test, not wait for it. */
const LONGEST_MS = 20_000

/** Tries inputs one after the other, each with its own seed; a failure says which, to be had again by `LAKEBENCH_FUZZ=1 FC_SEED=<seed>`. */
export async function fuzz(usual: number, one: (random: Random) => Promise<void>): Promise<void> {
  for (let i = 0; i < inputCount(usual); i++) {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`not done within ${LONGEST_MS / 1000} s`)),
        LONGEST_MS,
      )
    })
    try {
      await Promise.race([one(seededRandom(SEED + i)), late])
    } catch (error) {
      throw new Error(
        `input ${i}, to be had again by LAKEBENCH_FUZZ=1 FC_SEED=${SEED + i}: ${error}`,
        { cause: error },
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

export const below = (random: Random, end: number): number => Math.floor(random() * end)

export const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!

/** Bytes with one fault of the kinds that disks, copies and editors make: flips, cuts, zeros, doubled or moved stretches, text. */
export function mutateBytes(bytes: Uint8Array, random: Random): Buffer {
  const at = below(random, bytes.length + 1)
  const length = below(random, 1 + (random() < 0.5 ? 8 : bytes.length - at))
  const [head, part, tail] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ]
  switch (below(random, 7)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      for (let i = 0; i <= below(random, 4) && flipped.length > 0; i++)
        flipped[below(random, flipped.length)]! ^= 1 << below(random, 8)
      return flipped
    }
    case 1:
      return Buffer.from(head)
    case 2:
      return Buffer.concat([head, Buffer.alloc(part.length), tail])
    case 3:
      return Buffer.concat([head, tail])
    case 4:
      return Buffer.concat([head, part, part, tail])
    case 5:
      return Buffer.concat([head, Buffer.from(Array.from(part, () => below(random, 256))), tail])
    default:
      return Buffer.concat([head, Buffer.from(pick(random, ODD_TEXTS)), tail])
  }
}

const ODD_TEXTS = [
  '',
  '../../victim',
  '\0',
  '\u001b[2J',
  '<script>alert(1)</script>',
  '9'.repeat(40),
  '[[[[',
  'null',
  '\ud800',
  'Ａ',
]

/** Values that documents of another program, an editor or an attacker may hold in the place of any other. */
export const ODD_VALUES: readonly unknown[] = [
  ...ODD_TEXTS,
  ...[
    null,
    true,
    false,
    [],
    {},
    -1,
    0,
    1,
    0.5,
    1e300,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    Number.MAX_SAFE_INTEGER,
  ],
  ...[{ a: { b: [] } }, [[]], ['x'], '__proto__', 'constructor'],
]

/** A tree of JSON (bigints allowed) with one place changed: an odd value, or a value, key or element taken out, doubled or exchanged. */
export function mutateTree(
  tree: unknown,
  random: Random,
  odd: readonly unknown[] = ODD_VALUES,
): unknown {
  const copy = structuredClone(tree)
  const places: { readonly parent: Record<string, unknown>; readonly key: string }[] = []
  const visit = (node: unknown) => {
    if (
      node === null ||
      typeof node !== 'object' ||
      Buffer.isBuffer(node) ||
      node instanceof Uint8Array
    )
      return
    for (const key of Object.keys(node)) {
      places.push({ parent: node as Record<string, unknown>, key })
      visit((node as Record<string, unknown>)[key])
    }
  }
  visit(copy)
  if (places.length === 0) return pick(random, odd)
  const { parent, key } = pick(random, places)
  const other = pick(random, places)
  switch (below(random, 6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else delete parent[key]
      break
    case 1:
      if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]))
      else parent[`${key}2`] = parent[key]
      break
    case 2:
      parent[key] = structuredClone(other.parent[other.key])
      break
    case 3:
      parent[key] = nearby(parent[key], random)
      break
    default:
      parent[key] = structuredClone(pick(random, odd))
  }
  return copy
}

/** A value of the same type, one step away. */
function nearby(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return value + pick(random, [-1, 1, 0.5, 1000])
  if (typeof value === 'bigint') return value + pick(random, [-1n, 1n, 1000n])
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string')
    return pick(random, [`${value}x`, value.slice(1), value.toUpperCase(), ` ${value}`])
  return null
}
