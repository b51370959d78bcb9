/** A number, text, flag or null of a document. */
export type Leaf = number | string | boolean | null

/** Fields that name an element of a list; lists without one are counted from 0. */
const NAMES = ['job_name', 'stage_name', 'rule', 'query', 'name', 'file'] as const

/** Every leaf of a document by its path: `jobs[silver-build].output_rows`, `benchmark.queries[Q1].samples[0].stream`. */
export function leavesOf(document: unknown, path = ''): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  walk(document, path, (at, leaf) => leaves.set(at, leaf))
  return leaves
}

function walk(value: unknown, path: string, take: (path: string, leaf: Leaf) => void): void {
  if (Array.isArray(value)) {
    for (const [i, element] of value.entries())
      walk(element, `${path}[${nameOf(element) ?? i}]`, take)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, part] of Object.entries(value))
      walk(part, path === '' ? key : `${path}.${key}`, take)
  } else if (value !== undefined) take(path, value as Leaf)
}

function nameOf(element: unknown): string | null {
  if (element === null || typeof element !== 'object') return null
  const fields = element as Record<string, unknown>
  const name = NAMES.map(key => fields[key]).find(text => typeof text === 'string')
  return (name as string | undefined) ?? null
}

export interface Difference {
  /** Leaves that this speaks of; the claim fails if any of them is wrong. */
  readonly paths: readonly string[]
  readonly message: string
}

/** Share by which a recomputed double may differ: another order of the same sum. */
const NOISE = 1e-9

/**
 * Compares a record with what was recomputed, leaf by leaf, and knows which numbers nobody has looked at.
 *
 * A leaf is *audited* when a small change of it would be seen, *bounded* when it is a measurement of which only limits can be
 * told from elsewhere, *exempt* when it measures nothing.
 */
export class Audit {
  readonly differences: Difference[] = []
  readonly audited = new Set<string>()
  readonly bounded = new Set<string>()
  readonly exempt = new Map<string, string>()

  constructor(private readonly leaves: ReadonlyMap<string, Leaf>) {}

  /** The recorded value; a path that is not there is a difference. */
  at(path: string): Leaf {
    const leaf = this.leaves.get(path)
    if (leaf === undefined) this.differ([path], `${path}: the record has no such value`)
    return leaf ?? null
  }

  number(path: string): number {
    const leaf = this.at(path)
    return typeof leaf === 'number' ? leaf : Number.NaN
  }

  /** The leaf is what was recomputed. */
  same(path: string, recomputed: Leaf, tolerance = NOISE): void {
    this.audited.add(path)
    const recorded = this.at(path)
    if (!equal(recorded, recomputed, tolerance))
      this.differ([path], `${path}: recorded ${show(recorded)}, recomputed ${show(recomputed)}`)
  }

  /** The leaf is what was recomputed to within so much, since the two were read from clocks. */
  near(path: string, recomputed: number, within: number): void {
    this.between(path, recomputed - within, recomputed + within, 'another clock')
  }

  /** The leaf is what was recomputed, rounded to so many decimals, or to three digits where those are fewer. */
  rounded(path: string, recomputed: number | null, decimals: number): void {
    const recorded = this.at(path)
    if (recomputed === null || typeof recorded !== 'number') {
      this.same(path, recomputed)
      return
    }
    this.audited.add(path)
    const digits = recomputed === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(recomputed)))
    const half = 0.5 * 10 ** -Math.max(decimals, digits)
    if (Math.abs(recorded - recomputed) > half * (1 + 1e-6))
      this.differ([path], `${path}: recorded ${recorded}, recomputed ${recomputed}`)
  }

  /** Every leaf of an object or list is what was recomputed, and there is no other. */
  sameAll(path: string, recomputed: unknown): void {
    const expected = leavesOf(recomputed, path)
    for (const [at, value] of expected) this.same(at, value)
    for (const at of this.below(path)) {
      if (expected.has(at)) continue
      this.audited.add(at)
      this.differ([at], `${at}: recorded ${show(this.at(at))}, recomputed: there is none`)
    }
  }

  /** A relation among leaves that a small change of any of them breaks. */
  relation(
    paths: readonly string[],
    statement: string,
    left: number,
    right: number,
    tolerance = NOISE,
  ): void {
    for (const path of paths) this.audited.add(path)
    if (!equal(left, right, tolerance)) {
      const recorded = paths.map(path => `${path} ${show(this.at(path))}`).join(', ')
      this.differ(
        paths,
        `${recorded}: ${statement}, which is ${show(left)} on one side and ${show(right)} on the other`,
      )
    }
  }

  /** Something that must hold, whatever leaves it is told from. */
  claim(statement: string, holds: boolean, detail: unknown = ''): void {
    if (!holds)
      this.differ(
        [],
        `${statement} does not hold${detail === '' ? '' : `: ${JSON.stringify(detail)}`}`,
      )
  }

  /** The leaf is a measurement that lies between two limits told from elsewhere. */
  between(path: string, least: number, most: number, why: string): void {
    this.bounded.add(path)
    const recorded = this.at(path)
    if (!(typeof recorded === 'number' && recorded >= least && recorded <= most))
      this.differ(
        [path],
        `${path}: recorded ${show(recorded)}, recomputed ${least} to ${most} (${why})`,
      )
  }

  /** Leaves that measure nothing, with the reason. */
  leave(pattern: RegExp, reason: string): void {
    for (const path of this.leaves.keys()) if (pattern.test(path)) this.exempt.set(path, reason)
  }

  below(path: string): string[] {
    return [...this.leaves.keys()].filter(
      at => at.startsWith(path) && /^[.[]/.test(at.slice(path.length)),
    )
  }

  /** Numbers that were neither audited nor bounded nor exempt. */
  unaudited(): string[] {
    const known = (path: string) =>
      this.audited.has(path) || this.bounded.has(path) || this.exempt.has(path)
    return [...this.leaves].flatMap(([path, leaf]) =>
      typeof leaf === 'number' && !known(path) ? [path] : [],
    )
  }

  /** Fail on the first difference, else on the first number that nobody looked at. */
  conclude(): void {
    const [first] = this.differences
    if (first) throw new Error(`${first.message} (${this.differences.length} differences)`)
    const unaudited = this.unaudited()
    if (unaudited.length > 0)
      throw new Error(
        `${unaudited.length} numbers of the record are not audited: ${unaudited.slice(0, 40).join(', ')}`,
      )
  }

  private differ(paths: readonly string[], message: string): void {
    this.differences.push({ paths, message })
  }
}

function equal(a: Leaf, b: Leaf, tolerance: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b
  // Counts and bytes are exact.
  if (Number.isInteger(a) && Number.isInteger(b)) return a === b
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))
}

const show = (leaf: Leaf): string => JSON.stringify(leaf)
