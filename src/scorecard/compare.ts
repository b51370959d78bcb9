import type { RunMetrics } from '../contracts/metrics'
import { SCORE_LIST, type ScoreDirection, type ScoreName } from './score-list'
import { computeScores } from './scores'
import { alignRows, formatNumber } from './table'

export interface ComparedScore {
  readonly name: ScoreName
  readonly unit: string
  /** Which way is better. */
  readonly direction: ScoreDirection
  readonly a: number | null
  /** The baseline's. */
  readonly b: number | null
  /** a ÷ b; `null` where one is unknown or b is 0. */
  readonly ratio: number | null
}

/** Something that must be the same for two runs to answer one question, and is not. */
export interface Difference {
  readonly what: string
  readonly a: string
  readonly b: string
}

/** Two runs side by side: every score, and all that makes them answer different questions. */
export class ScorecardComparison {
  readonly scores: readonly ComparedScore[]
  readonly differences: readonly Difference[]
  /** No differences. Says nothing of times. */
  readonly comparable: boolean
  readonly note =
    'One run against one run does not judge times: nothing here says how much they vary between equal runs. Repeat both, in turns, before calling one faster.'

  constructor(a: RunMetrics, b: RunMetrics) {
    this.scores = compareScores(a, b)
    this.differences = findDifferences(a, b)
    this.comparable = this.differences.length === 0
  }

  toString(): string {
    const shown = (value: number | null) => formatNumber(value)
    const rows = this.scores.map(s => [s.name, shown(s.a), shown(s.b), shown(s.ratio), s.unit])
    const differences = this.differences.map(d => `  ${d.what}: ${d.a} | ${d.b}`)
    return [
      alignRows([['score', 'a', 'b', 'a / b', 'unit'], ...rows]),
      this.comparable ? 'Same corpus, engines and answers.' : `Not comparable:\n${differences.join('\n')}`,
      this.note,
    ].join('\n\n')
  }
}

function compareScores(a: RunMetrics, b: RunMetrics): ComparedScore[] {
  const [of, baseline] = [computeScores(a), computeScores(b)]
  return SCORE_LIST.map(({ name, unit, direction }) => {
    const [x, y] = [of[name], baseline[name]]
    return { name, unit, direction, a: x, b: y, ratio: x === null || y === null || y === 0 ? null : x / y }
  })
}

function findDifferences(a: RunMetrics, b: RunMetrics): Difference[] {
  const differences: Difference[] = []
  const unlike = (what: string, x: unknown, y: unknown) => {
    if (x !== y) differences.push({ what, a: String(x ?? 'unknown'), b: String(y ?? 'unknown') })
  }
  // A run that did not pass has numbers for no comparison, even against its like.
  for (const side of ['a', 'b'] as const) {
    const verdict = (side === 'a' ? a : b).verdict
    if (verdict !== 'PASSED') differences.push({ what: `verdict of ${side}`, a: a.verdict, b: b.verdict })
  }
  unlike('mode', a.mode, b.mode)
  if (a.corpus || b.corpus) {
    unlike('corpus digest', a.corpus?.digest, b.corpus?.digest)
    unlike('scale', a.corpus?.scale, b.corpus?.scale)
  } else differences.push({ what: 'corpus', a: 'unknown', b: 'unknown' })

  for (const name of union(batchJobs(a).keys(), batchJobs(b).keys())) {
    const [x, y] = [batchJobs(a).get(name), batchJobs(b).get(name)]
    unlike(`${name} engine`, x?.engine, y?.engine)
    unlike(`${name} output rows`, x?.output_rows, y?.output_rows)
    // Fingerprints are taken of small tables only; one alone contradicts nothing.
    if (x?.output_fingerprint && y?.output_fingerprint)
      unlike(`${name} output fingerprint`, x.output_fingerprint, y.output_fingerprint)
  }
  compareBenchmarks(a.benchmark, b.benchmark, unlike)
  return differences
}

function compareBenchmarks(
  a: RunMetrics['benchmark'],
  b: RunMetrics['benchmark'],
  unlike: (what: string, x: unknown, y: unknown) => void,
): void {
  for (const key of ['engine', 'mode', 'cache', 'streams', 'iterations', 'warmup_runs'] as const)
    unlike(`benchmark ${key}`, a?.[key], b?.[key])
  const [x, y] = [a, b].map(side => new Map(side?.queries.map(query => [query.name, query])))
  for (const name of union(x!.keys(), y!.keys())) {
    const [p, q] = [x!.get(name), y!.get(name)]
    if (!p || !q) unlike(name, p ? 'asked' : 'not asked', q ? 'asked' : 'not asked')
    else if (p.fingerprint === null || q.fingerprint === null)
      unlike(`${name} rows returned`, p.rows_returned, q.rows_returned)
    else unlike(`${name} answer`, p.fingerprint, q.fingerprint)
  }
}

const batchJobs = (metrics: RunMetrics) =>
  new Map(metrics.jobs.filter(job => job.job_type === 'batch').map(job => [job.job_name, job]))

const union = (a: Iterable<string>, b: Iterable<string>) => new Set([...a, ...b])
