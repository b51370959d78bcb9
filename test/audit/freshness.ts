/** From `at` on, readers see what landed up to `through`; seconds of one clock. */
export interface Visible {
  readonly at: number
  readonly through: number
}

/**
 * How old a table was over time, by another way than the product's: the share of time at an age is a function that only grows, so
 * each quantile is searched for between the youngest and the oldest, halving the space until doubles have no more room.
 */
export function ageOver(commits: readonly Visible[], end: number): { p50: number; p95: number; max: number } | null {
  const spans = commits.flatMap(({ at, through }, i) => {
    const until = Math.min(commits[i + 1]?.at ?? end, end)
    return until > at ? [{ from: at - through, to: until - through }] : []
  })
  if (spans.length === 0) return null
  const total = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  const younger = (age: number) =>
    spans.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, age) - from), 0) / total
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
