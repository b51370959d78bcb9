/** A config while it is still what a user wrote. */
export type Tree = { readonly [key: string]: unknown }

/** A section: an object literal or a parsed mapping, not a list, date or class instance. */
export function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The value at a dotted path, `undefined` where there is none. */
export function at(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

/** A copy without the values at the paths; nothing else is copied than the sections on the way. */
export function without(tree: Tree, paths: readonly (readonly PropertyKey[])[]): Tree {
  const below = new Map<string, (readonly PropertyKey[])[]>()
  const whole = new Set<string>()
  for (const [key, ...rest] of paths) {
    if (key === undefined) continue
    const name = String(key)
    // A fault inside a list takes the whole list with it: removing one entry would move the others.
    if (rest.length === 0 || !isTree(tree[name])) whole.add(name)
    else if (!below.get(name)?.push(rest)) below.set(name, [rest])
  }
  const kept = Object.entries(tree).filter(([key]) => !whole.has(key))
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      below.has(key) ? without(value as Tree, below.get(key)!) : value,
    ]),
  )
}

/** `upper` over `lower`; sections merge key by key, everything else replaces. An `undefined` above changes nothing. */
export function merge(lower: Tree, upper: Tree): Tree {
  const entries = new Map(Object.entries(lower))
  for (const [key, value] of Object.entries(upper)) {
    if (value === undefined) continue
    const below = entries.get(key)
    if (isTree(below) && value === null) continue
    entries.set(key, isTree(below) && isTree(value) ? merge(below, value) : value)
  }
  return Object.fromEntries(entries)
}

/** Replace every value that is no section; `visit` gets its path. Lists are walked too. */
export function mapLeaves(
  value: unknown,
  visit: (leaf: unknown, path: readonly string[]) => unknown,
): unknown {
  const walk = (node: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, String(index)]))
    if (isTree(node))
      return Object.fromEntries(Object.entries(node).map(([k, v]) => [k, walk(v, [...path, k])]))
    return visit(node, path)
  }
  return walk(value, [])
}

/** Deepest nesting below a value; stops counting above `limit`, so that a cycle ends too. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  return Object.values(value).some(child => isDeeperThan(child, limit - 1))
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
