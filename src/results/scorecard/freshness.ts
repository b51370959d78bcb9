import type { Landing, StreamBatch } from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'

/** From `at` on a reader sees data that landed up to `through`; both on one clock, seconds. */
export interface VisibleThrough {
  readonly at: number
  readonly through: number
}

/** Percentiles of an age, seconds. */
export interface Freshness {
  readonly p50: number
  readonly p95: number
  /** Just before a commit, or at the end. */
  readonly max: number
}

/** A stretch of time, of which the age at the beginning and the length are in seconds. */
interface AgeStep {
  readonly from: number
  readonly length: number
  /** By a second a second; otherwise it stays as it is. */
  readonly grows: boolean
}

/**
 * The age of a table over time, as any reader would have seen it: it grows by a second a second and falls at each commit to
 * the age of what that commit brought. Percentiles are over time, exact, not over samples. Time before the first commit
 * with data has no age and is left out; so is what happens after `end`.
 *
 * @returns `null` where nothing was visible before `end`
 */
export function freshnessOf(
  commits: readonly VisibleThrough[],
  start: number,
  end: number,
): Freshness | null {
  return freshnessOfSteps(sawtooth(commits, start, end))
}

/** The same of any course of an age; `null` of none. */
function freshnessOfSteps(steps: readonly AgeStep[]): Freshness | null {
  if (steps.length === 0) return null
  return { p50: quantile(steps, 0.5), p95: quantile(steps, 0.95), max: Math.max(...steps.map(top)) }
}

const top = ({ from, length, grows }: AgeStep) => (grows ? from + length : from)

function sawtooth(commits: readonly VisibleThrough[], start: number, end: number): AgeStep[] {
  const sorted = [...commits].sort((a, b) => a.at - b.at)
  const rises: AgeStep[] = []
  let through = Number.NEGATIVE_INFINITY
  for (const [i, commit] of sorted.entries()) {
    // A commit without newer data leaves the table as old as it was.
    through = Math.max(through, commit.through)
    const from = Math.max(commit.at, start)
    const to = Math.min(sorted[i + 1]?.at ?? end, end)
    if (to > from) rises.push({ from: from - through, length: to - from, grows: true })
  }
  return rises
}

/** The age that is not exceeded for this share of the time. */
function quantile(steps: readonly AgeStep[], share: number): number {
  const wanted = share * steps.reduce((sum, s) => sum + s.length, 0)
  const edges = [...new Set(steps.flatMap(s => [s.from, top(s)]))].sort((a, b) => a - b)
  const below = (age: number) => steps.reduce((sum, s) => sum + timeBelow(s, age), 0)
  if (below(edges[0]!) >= wanted) return edges[0]!
  let low = 0
  let high = edges.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (below(edges[middle]!) < wanted) low = middle
    else high = middle
  }
  // Between two edges the time below grows evenly.
  const [from, to] = [edges[low]!, edges[high]!]
  const [a, b] = [below(from), below(to)]
  return b > a ? from + ((wanted - a) / (b - a)) * (to - from) : to
}

/** Seconds of a step with at most this age. */
function timeBelow({ from, length, grows }: AgeStep, age: number): number {
  if (!grows) return age >= from ? length : 0
  return Math.min(Math.max(age - from, 0), length)
}

/** Raw files that landed at one moment, and when the commit came that made their rows visible in gold; `null`: none did. */
export interface Followed extends Landing {
  readonly gold_at: number | null
}

/** Each landing with its commit of gold, by the numbers of the batches: landing → bronze → silver → gold. */
export function followLandings({
  streaming,
  continuous,
}: Pick<RunMetrics, 'streaming' | 'continuous'>): Followed[] {
  const batchesOf = (name: string) => streaming.find(s => s.job_name === name)?.batches ?? []
  const [silver, gold] = [batchesOf('silver-stream'), batchesOf('gold-refresh')]
  const holds = (batches: readonly StreamBatch[], batch: number | null) =>
    batch === null
      ? undefined
      : batches.find(b => b.source_batch !== null && b.source_batch >= batch)
  return (continuous?.landings ?? []).map(landing => {
    const inSilver = holds(silver, landing.bronze_batch)
    return { ...landing, gold_at: holds(gold, inSilver?.batch ?? null)?.at ?? null }
  })
}

/** Seconds from landing to gold, of each file whose landing was noted and that came to gold in the window. */
export const secondsToGold = (followed: readonly Followed[], window: number): number[] =>
  followed.flatMap(({ at, noted, files, gold_at }) =>
    noted === 'before' || gold_at === null || gold_at > window
      ? []
      : new Array<number>(files).fill(gold_at - at),
  )

/** Percentiles over files, by nearest rank: a time that some file took. `null` of none. */
export function landingToGold(seconds: readonly number[]): Freshness | null {
  if (seconds.length === 0) return null
  const sorted = [...seconds].sort((a, b) => a - b)
  const rank = (share: number) => sorted[Math.ceil(sorted.length * share) - 1]!
  return { p50: rank(0.5), p95: rank(0.95), max: sorted.at(-1)! }
}

/** Files that landed in the window and were not in gold at its end; those that were left out, being broken, are not waited for. */
export const filesWaiting = (followed: readonly Followed[], window: number): number =>
  followed
    .filter(f => f.at <= window && !(seenBy(f) <= window))
    .reduce((sum, f) => sum + f.files, 0)

/** Moment from which on no row of it is unseen. */
export const seenBy = ({ gold_at, left_out_at }: Followed) =>
  Math.min(gold_at ?? Infinity, left_out_at ?? Infinity)

/**
 * How long the oldest row that gold does not show has been waiting, over time: 0 where there is none, so that a source that is idle
 * makes no table stale.
 */
export function stalenessOf(followed: readonly Followed[], window: number): Freshness | null {
  return followed.length === 0 ? null : freshnessOfSteps(stalenessSteps(followed, window))
}

function stalenessSteps(followed: readonly Followed[], end: number): AgeStep[] {
  const waits = followed
    .map(f => ({ from: Math.max(0, f.at), landed: f.at, to: Math.min(end, seenBy(f)) }))
    .filter(w => w.to > w.from)
    .sort((a, b) => a.landed - b.landed)
  const steps: AgeStep[] = []
  let at = 0
  for (const { from, landed, to } of waits) {
    if (from > at) steps.push({ from: 0, length: from - at, grows: false })
    const begin = Math.max(from, at)
    // Whatever landed before this and waits longer has been counted.
    if (to > begin) steps.push({ from: begin - landed, length: to - begin, grows: true })
    at = Math.max(at, to)
  }
  if (end > at) steps.push({ from: 0, length: end - at, grows: false })
  return steps
}
