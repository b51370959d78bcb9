import { distance } from 'fastest-levenshtein'
import { ConfigError, type ConfigIssue } from '../contracts/errors'
import { localPath } from './local-path'

const KINDS = {
  any: () => true,
  text: (value: unknown) => typeof value === 'string',
  /** Text that is read as paths of a config are. */
  path: (value: unknown) => typeof value === 'string',
  number: (value: unknown) => typeof value === 'number',
  boolean: (value: unknown) => typeof value === 'boolean',
  function: (value: unknown) => typeof value === 'function',
  list: Array.isArray,
  object: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
  signal: (value: unknown) => value instanceof AbortSignal,
} as const

const WORDS: Readonly<Record<keyof typeof KINDS, string>> = {
  any: '',
  text: 'text',
  path: 'text',
  number: 'a number',
  boolean: 'true or false',
  function: 'a function',
  list: 'a list',
  object: 'an object',
  signal: 'an AbortSignal',
}

/** Every option of `T` with what it takes: a kind, or the values it may have. One that is missing does not compile. */
export type OptionKinds<T> = {
  readonly [K in keyof Required<T>]: keyof typeof KINDS | readonly unknown[]
}

/**
 * Refuses options that nobody would look at, and those of another kind than is looked at: a misspelled option is otherwise ignored, or
 * ends far inside.
 *
 * @param what the options' owner, for the error, e.g. `runBatch`
 * @returns the options, `{}` where none were given; a `path` as what it stands for (`localPath`)
 * @throws ConfigError naming each with the nearest that there is
 */
export function checkOptions<T extends object>(
  given: T | undefined,
  kinds: OptionKinds<T>,
  what: string,
  noun = 'option',
): T {
  if (given === undefined) return {} as T
  const source = `the ${noun}s of ${what}`
  if (!KINDS.object(given))
    throw new ConfigError([{ path: '', message: `must be an object of ${noun}s.` }], source)
  const known = new Map<string, keyof typeof KINDS | readonly unknown[]>(Object.entries(kinds))
  const issues = Object.entries(given).flatMap(([name, value]) => issueOf(name, value, known, noun))
  if (issues.length > 0) throw new ConfigError(issues, source)
  const paths = Object.entries(given).filter(
    ([name, value]) => known.get(name) === 'path' && value !== undefined,
  )
  return {
    ...given,
    ...Object.fromEntries(paths.map(([name, value]) => [name, localPath(value, name)])),
  }
}

/** Refuses a name that is none of those known. @throws ConfigError with the nearest */
export function checkName(
  name: string,
  known: readonly string[],
  kind: string,
  what: string,
): void {
  if (known.includes(name)) return
  throw new ConfigError([unknownName(name, known, kind)], what)
}

function issueOf(
  name: string,
  value: unknown,
  known: ReadonlyMap<string, keyof typeof KINDS | readonly unknown[]>,
  noun: string,
): ConfigIssue[] {
  const kind = known.get(name)
  if (kind === undefined) return [unknownName(name, [...known.keys()], noun)]
  if (value === undefined) return []
  if (typeof kind === 'string')
    return KINDS[kind](value)
      ? []
      : [{ path: name, message: `must be ${WORDS[kind]}; got ${shown(value)}.` }]
  if (kind.includes(value)) return []
  const names = kind.filter(known => typeof known === 'string')
  const suggestion = typeof value === 'string' ? nearest(value, names) : undefined
  const message = `must be one of ${kind.map(shown).join(', ')}; got ${shown(value)}.`
  return [{ path: name, message, suggestion }]
}

function unknownName(name: string, known: readonly string[], kind: string): ConfigIssue {
  const suggestion = nearest(name, known)
  return suggestion
    ? { path: name, message: `unknown ${kind}.`, suggestion }
    : { path: name, message: `unknown ${kind}. Known: ${known.join(', ')}.` }
}

/** Never an object's content: it may hold a secret. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (Array.isArray(value)) return 'a list'
  return value !== null && typeof value === 'object'
    ? 'an object'
    : typeof value === 'function'
      ? 'a function'
      : String(value)
}

/** Longer words are slips of nothing, and comparing them takes time. Characters. */
const LONGEST_WORD = 64

/** Whether a word is one of those known, the beginning of one, or at most two letters off: as little of a secret could it tell. */
export function isSlipOf(word: string, known: readonly string[]): boolean {
  if (word.length > LONGEST_WORD || !/^[\w-]+$/.test(word)) return false
  const letters = plain(word)
  const most = word.length < 4 ? 1 : 2
  return known.some(
    name => plain(name).startsWith(letters) || distance(letters, plain(name)) <= most,
  )
}

const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, '')

/** The word among `candidates` that was most likely meant, if any is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))
  const begun = candidates.filter(
    candidate => word.length > 2 && plain(candidate).startsWith(plain(word)),
  )
  if (begun.length === 1) return begun[0]
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    const d = distance(plain(word), plain(candidate))
    if (d < bestDistance) [best, bestDistance] = [candidate, d]
  }
  return best
}

/** @throws ConfigError naming each option that is needed and not given */
export function requireOptions<T extends object>(
  given: T,
  names: readonly (keyof T & string)[],
  what: string,
): void {
  const missing = names.filter(name => given[name] === undefined)
  if (missing.length === 0) return
  throw new ConfigError(
    missing.map(path => ({ path, message: 'is needed.' })),
    `the options of ${what}`,
  )
}

/** Those of the given options that `kinds` names, for who takes no others. */
export function pickOptions<T extends object>(given: NoInfer<T>, kinds: OptionKinds<T>): T {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name in kinds)) as T
}
