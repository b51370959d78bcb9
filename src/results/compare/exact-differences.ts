import type { RunFacts } from './run-facts'

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
