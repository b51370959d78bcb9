import type { RunFacts } from './run-facts'

/** Something that must be the same for two runs to answer one question, and is not. */
export interface Difference {
  /** Name of what differs. */
  readonly what: string
  /** Its value in the baseline. */
  readonly a: string
  /** Its value on the other side. */
  readonly b: string
}

/** Things that a user may declare to be compared: `engine` also covers versions. */
export const UNDER_TEST = ['engine', 'machine'] as const
/** A difference that a comparison may be declared to be about. */
export type UnderTest = (typeof UNDER_TEST)[number]

/** Why the times of two runs say nothing of each other: other data, engines, settings or answers. */
export function differencesOf(
  a: RunFacts,
  b: RunFacts,
  underTest: readonly UnderTest[] = [],
): Difference[] {
  const found: Difference[] = []
  const unlike = (what: string, x: unknown, y: unknown) => {
    if (x !== y) found.push({ what, a: String(x ?? 'unknown'), b: String(y ?? 'unknown') })
  }
  unlike('mode', a.mode, b.mode)
  if (a.corpus || b.corpus) {
    unlike('corpus digest', a.corpus?.digest, b.corpus?.digest)
    unlike('scale', a.corpus?.scale, b.corpus?.scale)
  } else found.push({ what: 'corpus', a: 'unknown', b: 'unknown' })
  if (!underTest.includes('engine')) compareEngines(a, b, unlike)
  if (!underTest.includes('machine'))
    // What an older record does not say contradicts nothing.
    for (const key of union(a.machine, b.machine))
      if (key in a.machine && key in b.machine)
        unlike(`machine ${key.replaceAll('_', ' ')}`, a.machine[key], b.machine[key])
  compareStages(a, b, unlike)
  // Queries that were not reached are a failure, not another question.
  if (a.benchmark_failure === null && b.benchmark_failure === null)
    compareBenchmarks(a.benchmark, b.benchmark, unlike)
  return found
}

type Unlike = (what: string, x: unknown, y: unknown) => void

function compareEngines(a: RunFacts, b: RunFacts, unlike: Unlike): void {
  for (const name of union(a.stages, b.stages)) {
    const [x, y] = [a.stages[name], b.stages[name]]
    // A stage that was not reached names no engine.
    if (x?.engine !== '' && y?.engine !== '') unlike(`${name} engine`, x?.engine, y?.engine)
  }
  if (a.benchmark_failure === null && b.benchmark_failure === null)
    unlike('benchmark engine', a.benchmark?.engine, b.benchmark?.engine)
  for (const name of union(a.engines, b.engines))
    if (name in a.engines && name in b.engines)
      unlike(`${name} version`, a.engines[name], b.engines[name])
}

function compareStages(a: RunFacts, b: RunFacts, unlike: Unlike): void {
  for (const name of union(a.stages, b.stages)) {
    const [x, y] = [a.stages[name], b.stages[name]]
    if (!x || !y) unlike(name, x ? 'run' : 'not run', y ? 'run' : 'not run')
    else if (x.failure === null && y.failure === null) {
      unlike(`${name} output rows`, x.rows, y.rows)
      // Fingerprints are taken of small tables only; one alone contradicts nothing.
      if (x.fingerprint && y.fingerprint)
        unlike(`${name} output fingerprint`, x.fingerprint, y.fingerprint)
    }
  }
}

function compareBenchmarks(
  a: RunFacts['benchmark'],
  b: RunFacts['benchmark'],
  unlike: Unlike,
): void {
  for (const key of ['mode', 'cache', 'streams', 'iterations', 'warmup_runs'] as const)
    unlike(`benchmark ${key}`, a?.[key], b?.[key])
  const [x, y] = [a?.queries ?? {}, b?.queries ?? {}]
  for (const name of union(x, y)) {
    const [p, q] = [x[name], y[name]]
    if (!p || !q) unlike(name, p ? 'asked' : 'not asked', q ? 'asked' : 'not asked')
    else if (p.failure !== null || q.failure !== null) continue
    else if (p.fingerprint === null || q.fingerprint === null)
      unlike(`${name} rows returned`, p.rows, q.rows)
    else unlike(`${name} answer`, p.fingerprint, q.fingerprint)
  }
}

const union = (a: object, b: object) => new Set([...Object.keys(a), ...Object.keys(b)])

/** A counted quantity, the same at every repetition: one run a side is enough to compare it. */
export interface ExactDifference {
  /** e.g. `silver-build files`. */
  readonly what: string
  /** Unit of the counts. */
  readonly unit: 'bytes' | 'files' | 'rows'
  /** Least and most over the runs of a side. */
  readonly a: readonly [least: number, most: number]
  /** The same of the other side. */
  readonly b: readonly [least: number, most: number]
  /** b ÷ a; `null` where a side varies by itself, or a is 0. */
  readonly ratio: number | null
  /** Equal configs gave different counts, which is a finding of its own. */
  readonly varies: boolean
}

/** Bytes, files, rows and findings that are not the same on both sides, or vary within one. */
export function exactDifferences(
  a: readonly RunFacts[],
  b: readonly RunFacts[],
): ExactDifference[] {
  const [x, y] = [countsOfAll(a), countsOfAll(b)]
  return [...x].flatMap(([what, { unit, values }]) => {
    const others = y.get(what)?.values
    if (!others) return []
    const [p, q] = [range(values), range(others)]
    const varies = p[0] !== p[1] || q[0] !== q[1]
    if (!varies && p[0] === q[0]) return []
    return [{ what, unit, a: p, b: q, ratio: varies || p[0] === 0 ? null : q[0] / p[0], varies }]
  })
}

type Counted = Map<string, { unit: ExactDifference['unit']; values: number[] }>

function countsOfAll(runs: readonly RunFacts[]): Counted {
  const counted: Counted = new Map()
  const add = (what: string, unit: ExactDifference['unit'], value: number | null) => {
    if (value === null) return
    const entry = counted.get(what) ?? { unit, values: [] }
    entry.values.push(value)
    counted.set(what, entry)
  }
  for (const run of runs) {
    for (const [name, stage] of Object.entries(run.stages)) {
      add(`${name} rows`, 'rows', stage.rows)
      add(`${name} bytes`, 'bytes', stage.bytes)
      add(`${name} files`, 'files', stage.files)
      for (const [kind, count] of Object.entries(stage.counts))
        add(`${name} ${kind}`, 'rows', count)
    }
    for (const [name, query] of Object.entries(run.benchmark?.queries ?? {}))
      add(`${name} rows`, 'rows', query.rows)
  }
  return counted
}

const range = (values: readonly number[]): readonly [number, number] => [
  Math.min(...values),
  Math.max(...values),
]
