import type { PathIssue } from './issues'
import { kindAt } from './known-keys'
import { at, isTree, merge, type Tree } from './tree'

/** Full paths of the keys that may stand at the top. */
const SHORTHANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['scale', ['architecture', 'workload', 'datagen', 'scale']],
  ['seed', ['architecture', 'workload', 'datagen', 'seed']],
  ['storage', ['platform', 'storage']],
])

export interface Layer {
  readonly tree: Tree
  /** Shorthands that were used, so that issues name what the user wrote. */
  readonly shorthands: readonly string[]
  readonly issues: readonly PathIssue[]
}

/** One layer in full paths: shorthands moved, empty sections dropped. */
export function normaliseLayer(input: Tree): Layer {
  const issues: PathIssue[] = []
  const shorthands: string[] = []
  const rest: [string, unknown][] = []
  const moved: Tree[] = []
  const own = withoutEmptySections(input, [])
  for (const [key, value] of Object.entries(own)) {
    const path = SHORTHANDS.get(key)
    if (key === 'generate') {
      const message =
        typeof value === 'boolean'
          ? 'is an option of a run (`--generate`, or `generate` of runBatch), not a part of the config.'
          : 'must be true or false, and is an option of a run, not a part of the config.'
      issues.push({ path: [key], message })
    } else if (!path) {
      rest.push([key, value])
    } else if (value !== undefined) {
      const dotted = path.join('.')
      if (at(own, path) !== undefined)
        issues.push({ path: [key], message: `is also given as \`${dotted}\`; keep one of them.` })
      shorthands.push(key)
      moved.push(nest(path, key === 'storage' ? storageBlock(value) : value))
    }
  }
  const tree = moved.reduce((tree, part) => merge(tree, part), Object.fromEntries(rest) as Tree)
  return { tree, shorthands, issues }
}

/** Later layers over earlier ones. A storage of another type replaces: an s3 block must not survive under a local path. */
export function mergeLayers(lower: Tree, upper: Tree): Tree {
  const above = at(upper, ['platform', 'storage', 'type'])
  const below = at(lower, ['platform', 'storage', 'type'])
  const merged = merge(lower, upper)
  if (above === undefined || above === below) return merged
  const storage = at(upper, ['platform', 'storage'])
  return { ...merged, platform: { ...(merged.platform as Tree), storage } }
}

/** The path as the user wrote it, if a shorthand stood for it. */
export function writtenPath(
  path: readonly PropertyKey[],
  shorthands: readonly string[],
): readonly PropertyKey[] {
  for (const name of shorthands) {
    const full = SHORTHANDS.get(name)!
    if (full.every((part, i) => path[i] === part)) return [name, ...path.slice(full.length)]
  }
  return path
}

function storageBlock(value: unknown): unknown {
  if (typeof value === 'string') return { path: value }
  if (!isTree(value) || 'type' in value || 'path' in value || 's3' in value) return value
  return { type: 's3', s3: value }
}

export function nest(path: readonly string[], value: unknown): Tree {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree
}

/** A section without keys is `null` in YAML, and means that nothing is set there. */
function withoutEmptySections(tree: Tree, path: readonly string[]): Tree {
  const entries = Object.entries(tree).filter(
    ([k, v]) => !(v === null && kindAt([...path, k]) === 'section'),
  )
  return Object.fromEntries(
    entries.map(([k, v]) => [k, isTree(v) ? withoutEmptySections(v, [...path, k]) : v]),
  )
}
