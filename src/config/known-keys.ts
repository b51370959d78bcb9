import type { z } from 'zod'
import { nearest } from '../check-options'
import { ConfigSchema } from './schema'

/** What the schema says of one place in the config. */
export type KeyKind = 'section' | 'number' | 'boolean' | 'other'

interface KnownKey {
  readonly path: readonly string[]
  readonly kind: KeyKind
}

type Definition = {
  readonly type: string
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
}

/** Shorthands and the run's option, which are no keys of the schema itself. */
const AT_THE_TOP = ['scale', 'seed', 'storage', 'generate']

let known: readonly KnownKey[] | undefined

/** Every key of the config, in schema order. */
function knownKeys(): readonly KnownKey[] {
  known ??= collect(ConfigSchema, [])
  return known
}

function collect(schema: z.core.$ZodType, path: readonly string[]): KnownKey[] {
  const definition = unwrapped(schema)
  const own: KnownKey[] = path.length > 0 ? [{ path, kind: kindOf(definition) }] : []
  return own.concat(...Object.entries(definition.shape ?? {}).map(([key, child]) => collect(child, [...path, key])))
}

function unwrapped(schema: z.core.$ZodType): Definition {
  const definition = schema._zod.def as Definition
  const inner = definition.innerType ?? (definition.type === 'pipe' ? definition.in : undefined)
  return inner ? unwrapped(inner) : definition
}

function kindOf({ type }: Definition): KeyKind {
  // A map of free keys is a section as well: an empty one in YAML is null.
  if (type === 'object' || type === 'record') return 'section'
  return type === 'number' || type === 'boolean' ? type : 'other'
}

/** What stands at a path; `undefined` where no key is known. */
export function kindAt(path: readonly string[]): KeyKind | undefined {
  const wanted = path.join('.')
  return knownKeys().find(key => key.path.join('.') === wanted)?.kind
}

/** What to say of a key that a section does not have. */
export function adviseUnknownKey(section: readonly string[], key: string): { message: string; suggestion?: string } {
  const all = knownKeys()
  const siblings = all
    .filter(k => k.path.length === section.length + 1 && section.every((part, i) => k.path[i] === part))
    .map(k => k.path.at(-1)!)
    .concat(section.length === 0 ? AT_THE_TOP : [])
  const elsewhere = all.filter(k => k.path.at(-1) === key).map(k => k.path.join('.'))
  if (elsewhere.length === 1) return { message: 'unknown key here; it belongs elsewhere.', suggestion: elsewhere[0]! }
  if (elsewhere.length > 1)
    return { message: `unknown key here; it is known as ${elsewhere.map(p => `\`${p}\``).join(', ')}.` }

  const sibling = nearest(key, siblings)
  if (sibling) return { message: 'unknown key.', suggestion: [...section, sibling].join('.') }
  const farther = nearest(key, [...new Set(all.map(k => k.path.at(-1)!))])
  const path = farther && all.find(k => k.path.at(-1) === farther)!.path.join('.')
  if (path) return { message: 'unknown key.', suggestion: path }
  return { message: `unknown key. Known here: ${siblings.join(', ')}.` }
}
