import type { z } from 'zod'
import { isSlipOf, nearest } from '../shared/check-options'
import { EARLIER_KEYS } from './earlier-keys'
import { ConfigSchema } from './schema'

/** Kind of value that the schema expects in one place. */
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

let known: ReadonlyMap<string, KnownKey> | undefined

/** Every key of the config by its dotted path, in schema order. */
function knownKeys(): ReadonlyMap<string, KnownKey> {
  known ??= new Map(collect(ConfigSchema, []).map(key => [key.path.join('.'), key]))
  return known
}

function collect(schema: z.core.$ZodType, path: readonly string[]): KnownKey[] {
  const definition = unwrapped(schema)
  const own: KnownKey[] = path.length > 0 ? [{ path, kind: kindOf(definition) }] : []
  return own.concat(
    ...Object.entries(definition.shape ?? {}).map(([key, child]) => collect(child, [...path, key])),
  )
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

/** The kind of value at a path; `undefined` where no key is known. */
export function kindAt(path: readonly string[]): KeyKind | undefined {
  return knownKeys().get(path.join('.'))?.kind
}

let names: readonly string[] | undefined

/** Every name that a key may have, anywhere. */
function knownNames(): readonly string[] {
  names ??= [
    ...new Set(
      [...AT_THE_TOP, ...knownKeys().keys(), ...EARLIER_KEYS.keys()].map(p => p.split('.').at(-1)!),
    ),
  ]
  return names
}

/**
 * As much of a path as may be shown: up to a name that is none of ours, nor a slip of one. What stands where a key belongs may be a
 * secret that has lost its own.
 */
export function shownPart(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const end = path.findIndex(part => typeof part !== 'number' && !isOurs(String(part)))
  return end === -1 ? path : path.slice(0, end)
}

const isOurs = (name: string) => /^\d{1,4}$/.test(name) || isSlipOf(name, knownNames())

/** Advises on a key that a section does not have. */
export function adviseUnknownKey(
  section: readonly string[],
  key: string,
): { message: string; suggestion?: string } {
  const earlier = EARLIER_KEYS.get([...section, key].join('.'))
  if (earlier) return { message: `is a key of earlier versions: ${earlier}` }
  const unknown = isOurs(key) ? 'unknown key' : 'has an unknown key'
  const all = [...knownKeys().values()]
  const siblings = all
    .filter(
      k => k.path.length === section.length + 1 && section.every((part, i) => k.path[i] === part),
    )
    .map(k => k.path.at(-1)!)
    .concat(section.length === 0 ? AT_THE_TOP : [])
  const elsewhere = all.filter(k => k.path.at(-1) === key).map(k => k.path.join('.'))
  if (elsewhere.length === 1)
    return { message: `${unknown} here; it belongs elsewhere.`, suggestion: elsewhere[0]! }
  if (elsewhere.length > 1)
    return {
      message: `${unknown} here; it is known as ${elsewhere.map(p => `\`${p}\``).join(', ')}.`,
    }

  const sibling = nearest(key, siblings)
  if (sibling) return { message: `${unknown}.`, suggestion: [...section, sibling].join('.') }
  const farther = nearest(key, [...new Set(all.map(k => k.path.at(-1)!))])
  const path = farther && all.find(k => k.path.at(-1) === farther)!.path.join('.')
  if (path) return { message: `${unknown}.`, suggestion: path }
  return { message: `${unknown}. Known here: ${siblings.join(', ')}.` }
}
