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

interface Rise {
  /** Age when the rise begins, and how long it goes on; both seconds. */
  readonly from: number
  readonly length: number
}

/**
 * The age of a table over time, as any reader would have seen it: it grows by a second a second and falls at each commit to
 * the age of what that commit brought. Percentiles are over time, exact, not over samples. Time before the first commit
 * with data has no age and is left out; so is what happens after `end`.
 *
 * @returns `null` where nothing was visible before `end`
 */
export function freshnessOf(commits: readonly VisibleThrough[], start: number, end: number): Freshness | null {
  const rises = sawtooth(commits, start, end)
  if (rises.length === 0) return null
  return { p50: quantile(rises, 0.5), p95: quantile(rises, 0.95), max: Math.max(...rises.map(r => r.from + r.length)) }
}

function sawtooth(commits: readonly VisibleThrough[], start: number, end: number): Rise[] {
  const sorted = [...commits].sort((a, b) => a.at - b.at)
  const rises: Rise[] = []
  let through = Number.NEGATIVE_INFINITY
  for (const [i, commit] of sorted.entries()) {
    // A commit without newer data leaves the table as old as it was.
    through = Math.max(through, commit.through)
    const from = Math.max(commit.at, start)
    const to = Math.min(sorted[i + 1]?.at ?? end, end)
    if (to > from) rises.push({ from: from - through, length: to - from })
  }
  return rises
}

/** The age that is not exceeded for this share of the time. */
function quantile(rises: readonly Rise[], share: number): number {
  const wanted = share * rises.reduce((sum, r) => sum + r.length, 0)
  const edges = [...new Set(rises.flatMap(r => [r.from, r.from + r.length]))].sort((a, b) => a - b)
  const below = (age: number) => rises.reduce((sum, r) => sum + Math.min(Math.max(age - r.from, 0), r.length), 0)
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
