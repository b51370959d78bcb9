/** From `at` on, readers see what landed up to `through`; seconds of one clock. */
export interface Visible {
  readonly at: number
  readonly through: number
}

/** For a while a value grows by a second a second, or stays where it is. */
interface Span {
  readonly from: number
  readonly to: number
  readonly length: number
}

interface Ages {
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** How old a table was over time. */
export function ageOver(commits: readonly Visible[], end: number): Ages | null {
  return agesOf(
    commits.flatMap(({ at, through }, i) => {
      const until = Math.min(commits[i + 1]?.at ?? end, end)
      return until > at ? [{ from: at - through, to: until - through, length: until - at }] : []
    }),
  )
}

/** How long the oldest of several had been waiting, over time; 0 while none was. `null`: it still waits. */
export function waitOver(
  waits: readonly { readonly from: number; readonly to: number | null }[],
  end: number,
): Ages | null {
  const moments = [0, end, ...waits.flatMap(({ from, to }) => [from, to ?? end])].filter(
    at => at >= 0 && at <= end,
  )
  const edges = [...new Set(moments)].sort((a, b) => a - b)
  return agesOf(
    edges.slice(1).map((to, i) => {
      const at = edges[i]!
      const oldest = oldestAt(waits, (at + to) / 2)
      const since = oldest ?? at
      return { from: at - since, to: oldest === null ? 0 : to - since, length: to - at }
    }),
  )
}

/** When the oldest of those began that wait at a moment. */
export function oldestAt(
  waits: readonly { readonly from: number; readonly to: number | null }[],
  at: number,
): number | null {
  const waiting = waits.filter(({ from, to }) => from <= at && (to === null || to > at))
  return waiting.length === 0 ? null : Math.min(...waiting.map(wait => wait.from))
}

/**
 * Quantiles over time by another way than the product's: the share of time at an age is a function that only grows, so each is
 * searched for between the youngest and the oldest, halving the space until doubles have no more room.
 */
function agesOf(spans: readonly Span[]): Ages | null {
  if (spans.length === 0) return null
  const total = spans.reduce((sum, { length }) => sum + length, 0)
  const within = ({ from, to, length }: Span, age: number) =>
    from === to ? (age >= from ? length : 0) : Math.max(0, Math.min(to, age) - from)
  const younger = (age: number) => spans.reduce((sum, span) => sum + within(span, age), 0) / total
  const max = Math.max(...spans.map(span => span.to))
  const quantile = (share: number) => {
    let [low, high] = [Math.min(...spans.map(span => span.from)), max]
    for (let i = 0; i < 100; i++) {
      const half = (low + high) / 2
      if (younger(half) < share) low = half
      else high = half
    }
    return high
  }
  return { p50: quantile(0.5), p95: quantile(0.95), max }
}
