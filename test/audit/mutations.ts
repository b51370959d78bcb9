import type { Audit } from './audit'

/** A document with one number changed, and the number's path as `leavesOf` names it is found by its place in order. */
export function withNumber<T>(document: T, index: number, change: (value: number) => number): T {
  let at = -1
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy)
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]))
    if (typeof value !== 'number') return value
    at++
    return at === index ? change(value) : value
  }
  return copy(document) as T
}

/** By one where it counts, by a hundredth where it measures. */
export const byALittle = (value: number): number =>
  Number.isInteger(value) ? value + 1 : value * 1.01

/** Beyond every limit. */
export const byFar = (value: number): number => Math.abs(value) * 1e6 + 1e15

/** Of the elements of a long list, those whose numbers are changed: the first, one in the middle, the last. */
const ELEMENTS = 3

/** Numbers to change: all, but of the same field of many elements only some. */
export function spread(paths: readonly string[]): Set<string> {
  const alike = new Map<string, string[]>()
  for (const path of paths) {
    const field = path.replace(/\[\d+\]/g, '[]')
    alike.set(field, [...(alike.get(field) ?? []), path])
  }
  const chosen = [...alike.values()].flatMap(same =>
    Array.from(
      { length: ELEMENTS },
      (_, i) => same[Math.round((i * (same.length - 1)) / (ELEMENTS - 1))]!,
    ),
  )
  return new Set(chosen)
}

/**
 * Changes each number in turn and has the changed documents audited.
 *
 * @param paths of all numbers, in their order
 * @returns those whose change nobody named
 */
export function unnoticed<T>(
  documents: T,
  paths: readonly string[],
  audit: (documents: T) => Audit,
): string[] {
  const { exempt, audited, bounded } = audit(documents)
  const chosen = spread(paths)
  return paths.filter((path, index) => {
    if (exempt.has(path) || !chosen.has(path)) return false
    const change = audited.has(path) ? byALittle : byFar
    if (!audited.has(path) && !bounded.has(path)) return true
    const { differences } = audit(withNumber(documents, index, change))
    return !differences.some(difference => difference.paths.includes(path))
  })
}
