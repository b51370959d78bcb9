import type { ContinuousMetrics, Landing, StreamBatch } from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { type AgeStep, type Freshness, freshnessOfSteps } from './freshness'

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

export interface LandingToGold {
  readonly p50: number
  readonly p95: number
  readonly max: number
  /** Files that these are of. */
  readonly files: number
}

/** Seconds from landing to gold, over the files whose landing was noted and that came to gold in the window. */
export function landingToGold(followed: readonly Followed[], window: number): LandingToGold | null {
  const times = followed.flatMap(({ at, noted, files, gold_at }) =>
    noted === 'before' || gold_at === null || gold_at > window
      ? []
      : [{ seconds: gold_at - at, files }],
  )
  if (times.length === 0) return null
  times.sort((a, b) => a.seconds - b.seconds)
  const files = times.reduce((sum, t) => sum + t.files, 0)
  // Nearest rank: a time that some file took.
  const rank = (share: number) => {
    let left = Math.ceil(files * share)
    return times.find(t => {
      left -= t.files
      return left <= 0
    })!.seconds
  }
  return { p50: rank(0.5), p95: rank(0.95), max: times.at(-1)!.seconds, files }
}

/** Files that landed in the window and were not in gold at its end; those that were left out, being broken, are not waited for. */
export const filesWaiting = (followed: readonly Followed[], window: number): number =>
  followed
    .filter(f => f.at <= window && !(seenBy(f) <= window))
    .reduce((sum, f) => sum + f.files, 0)

/** The moment from which on no row of it is unseen. */
const seenBy = ({ gold_at, left_out_at }: Followed) =>
  Math.min(gold_at ?? Infinity, left_out_at ?? Infinity)

/**
 * How long the oldest row that gold does not show has been waiting, over time: 0 where there is none, so that a source that is idle
 * makes no table stale.
 */
export function stalenessOf(
  followed: readonly Followed[],
  { window_seconds }: ContinuousMetrics,
): Freshness | null {
  return followed.length === 0 ? null : freshnessOfSteps(stalenessSteps(followed, window_seconds))
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
