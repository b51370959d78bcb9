import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import { BATCH_JOBS, succeeded } from '../derive/jobs'
import { outcome, type Rule } from './rule'

/**
 * How far wall clock and monotonic clock may be apart over a stage or a window: seconds, or a share of it. Source: time servers slew a
 * clock by 0.0005 at most; whatever moves it further has set it.
 */
const CLOCK_TOLERANCE = { seconds: 1, share: 0.001 }
/** Two readings of one clock, rounded. */
const SAME_SECONDS = 1e-6
const DEPENDS_ON_WALL_CLOCK =
  'times of day in the record and in the tables (_ingested_at, the age of snapshots that are kept) are wrong'

/** Times are in order, and both clocks agree. */
export const CLOCK_RULE: Rule = {
  rule: 'clock-order',
  check: metrics => {
    const moved = [...metrics.jobs.flatMap(driftFault), ...windowDrift(metrics)]
    const faults = [...clockFaults(metrics), ...windowOrder(metrics), ...moved]
    const stands =
      moved.length > 0
        ? [`${DEPENDS_ON_WALL_CLOCK}; durations and ages are monotonic and stand`]
        : []
    return outcome(
      faults.length === 0,
      [...faults, ...stands].join('; ') || 'times are in order, and both clocks agree',
    )
  },
}

function clockFaults({ jobs, start_time, end_time }: RunMetrics): string[] {
  const faults: string[] = []
  const before = (a: string, b: string) => Date.parse(a) <= Date.parse(b)
  if (!before(start_time, end_time)) faults.push('the run ends before it starts')
  for (const job of jobs)
    if (!before(job.start_time, job.end_time)) faults.push(`${job.job_name} ends before it starts`)
  const order = BATCH_JOBS.flatMap(name => succeeded(jobs, name) ?? [])
  for (const [i, job] of order.slice(1).entries())
    if (overlaps(order[i]!, job) || !before(order[i]!.end_time, job.start_time))
      faults.push(`${job.job_name} starts before ${order[i]!.job_name} ends`)
  return faults
}

/** By the run's own clock, where one process carried out both. */
function overlaps(first: JobMetrics, second: JobMetrics): boolean {
  const [a, b] = [first.started_after_seconds, second.started_after_seconds]
  return a !== null && b !== null && a + first.elapsed_seconds > b + SAME_SECONDS
}

/** A wall clock that was set during a stage also moves the times of day that it left. */
function driftFault({ job_name, start_time, end_time, elapsed_seconds }: JobMetrics): string[] {
  const wall = (Date.parse(end_time) - Date.parse(start_time)) / 1000
  const limit = Math.max(CLOCK_TOLERANCE.seconds, CLOCK_TOLERANCE.share * elapsed_seconds)
  if (Math.abs(wall - elapsed_seconds) <= limit) return []
  return [
    `the wall clock moved ${wall.toFixed(2)} s during ${job_name}, which took ${elapsed_seconds.toFixed(2)} s`,
  ]
}

function windowDrift({ continuous }: RunMetrics): string[] {
  if (!continuous?.clocks) return []
  const { window_seconds, drain_seconds, clocks } = continuous
  const seconds = window_seconds + (drain_seconds ?? 0)
  const limit = Math.max(CLOCK_TOLERANCE.seconds, CLOCK_TOLERANCE.share * seconds)
  const drift = clocks.largest_wall_drift_seconds
  return Math.abs(drift) <= limit
    ? []
    : [`the wall clock moved by ${drift.toFixed(2)} s against the window's own clock`]
}

/** Times of a window that are out of order on its own clock. */
function windowOrder({ continuous, streaming, benchmark_rounds }: RunMetrics): string[] {
  if (!continuous) return []
  const faults: string[] = []
  const ordered = (what: string, times: readonly number[]) => {
    if (times.some((time, i) => i > 0 && time < times[i - 1]!))
      faults.push(`${what} are out of order`)
  }
  const committed = new Map<number, number>()
  for (const { job_name, batches } of streaming) {
    ordered(
      `batches of ${job_name}`,
      batches.map(b => b.at),
    )
    ordered(
      `batch numbers of ${job_name}`,
      batches.map(b => b.batch),
    )
    if (batches.some(b => b.through !== null && b.through > b.at))
      faults.push(`${job_name} shows data before it landed`)
    if (job_name === 'bronze-ingest') for (const b of batches) committed.set(b.batch, b.at)
  }
  if (
    continuous.landings.some(
      l => l.at > (committed.get(l.bronze_batch ?? Number.NaN) ?? Number.POSITIVE_INFINITY),
    )
  )
    faults.push('a file is in bronze before it landed')
  ordered(
    'benchmark rounds',
    benchmark_rounds.flatMap(r => [r.at, r.at + r.elapsed_seconds]),
  )
  ordered(
    'samples',
    continuous.samples.map(s => s.at),
  )
  return faults
}
