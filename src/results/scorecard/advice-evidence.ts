import type { QueryMetrics } from '../../contracts/benchmark-metrics'
import type { StreamMetrics } from '../../contracts/continuous-metrics'
import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import type { RunPlan } from '../../contracts/plan'
import { GIB, MIB } from '../../shared/format'
import { BATCH_JOBS } from '../derive/jobs'
import { median, medianAbsoluteDeviation } from '../statistics/moments'

/** Share of the time from which on a stream or a job's cores are busy: above it they compute, and have no room for a slow moment. */
export const BUSY_SHARE = 0.8
/** Share of the cores that a job held below which it waits. */
export const WAITING_SHARE = 0.5

export const batchJobs = ({ jobs }: RunMetrics): JobMetrics[] =>
  jobs.filter(job => BATCH_JOBS.includes(job.job_name) && job.success)

/** CPU that a job used of what it held. */
export function busyShare({ cpu_seconds_used, cpu_seconds_requested }: JobMetrics): number | null {
  return cpu_seconds_used === null || !cpu_seconds_requested
    ? null
    : cpu_seconds_used / cpu_seconds_requested
}

export function busyText(job: JobMetrics): string {
  const busy = busyShare(job)
  return busy === null
    ? 'how busy its cores were is not known'
    : `its cores were ${percent(busy)} busy`
}

export function remedyFor(job: JobMetrics): string {
  const busy = busyShare(job)
  if (busy === null) return 'whether it computes or waits is not known.'
  if (busy >= BUSY_SHARE) return 'its cores are busy, so more of them shorten it.'
  return busy < WAITING_SHARE
    ? 'its cores wait, so faster storage shortens it.'
    : 'both cores and storage limit it.'
}

export function memoryShare({ peak_memory_gb, memory_gb_requested }: JobMetrics): number | null {
  return peak_memory_gb === null || !memory_gb_requested
    ? null
    : peak_memory_gb / memory_gb_requested
}

/** The job with most executors, where jobs run on executors at all. */
export function mostExecutors(
  { jobs }: RunMetrics,
  plan: RunPlan | null,
): { job: string; count: number } | null {
  const planned =
    plan && !plan.embedded && !plan.local_spark
      ? plan.jobs.map(job => ({ job: job.job_name as string, count: job.executors }))
      : []
  const used = jobs.map(job => ({ job: job.job_name, count: job.executor_count ?? 0 }))
  return [...planned, ...used].sort((x, y) => y.count - x.count)[0] ?? null
}

export function sparkOf({ config_snapshot }: RunMetrics): Record<string, unknown> {
  const compute = (
    config_snapshot.platform as { compute?: { spark?: Record<string, unknown> } } | undefined
  )?.compute
  return compute?.spark ?? {}
}

export function spreadOf({ samples }: QueryMetrics): number {
  const alone = samples.filter(s => s.stream === 0).map(s => s.engine_seconds)
  return alone.length < 2 ? 0 : medianAbsoluteDeviation(alone) / median(alone) || 0
}

export const percent = (share: number) => `${Math.round(share * 100)} %`
export const mib = (bytes: number) =>
  bytes >= GIB ? `${(bytes / GIB).toPrecision(3)} GiB` : `${(bytes / MIB).toPrecision(3)} MiB`

export const windowOf = ({ continuous }: RunMetrics): number => continuous?.window_seconds ?? 0

/** Streams by the share of the window in which they were at work, the busiest first. */
export const byBusy = ({ streaming }: RunMetrics): readonly StreamMetrics[] =>
  streaming.filter(s => s.busy !== null).sort((x, y) => y.busy! - x.busy!)

export const growthText = (growth: number, { continuous }: RunMetrics) =>
  `rows that wait grow by ${growth.toFixed(0)} a second, of ${continuous?.producer.offered_rows_per_second?.toFixed(0) ?? '?'} offered`
