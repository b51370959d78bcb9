/** From `at` on a reader sees data that landed up to `through`; both on one clock, seconds. */
export interface VisibleThrough {
  readonly at: number
  readonly through: number
}

export interface Freshness {
  readonly p50: number
  readonly p95: number
  /** Just before a commit, or at the end. */
  readonly max: number
}

/** A stretch of time, of which the age at the beginning and the length are in seconds. */
export interface AgeStep {
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
export function freshnessOfSteps(steps: readonly AgeStep[]): Freshness | null {
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
