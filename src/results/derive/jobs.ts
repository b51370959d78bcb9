import type { StreamBatch, StreamMetrics } from '../../contracts/continuous-metrics'
import type { JobMetrics } from '../../contracts/metrics'
import { GIB } from '../../shared/format'

/** Jobs of a batch, as they run. */
export const BATCH_JOBS: readonly string[] = ['bronze-verify', 'silver-build', 'gold-finalize']

/** The named job, if it did its work. */
export const succeeded = (jobs: readonly JobMetrics[], name: string): JobMetrics | undefined =>
  jobs.find(job => job.job_name === name && job.success)

/** The job with its rates and products computed from what was measured. Pure and idempotent. */
export function deriveJob(job: JobMetrics): JobMetrics {
  const { executor_count, executor_cores, elapsed_seconds } = job
  // What moved: a job that only makes data, such as the generator, is as fast as it writes.
  const [bytes, rows] =
    job.job_type === 'datagen'
      ? [job.bytes_written, job.output_rows]
      : [job.bytes_read, job.input_rows]
  const seconds = job.engine_seconds ?? elapsed_seconds
  return {
    ...job,
    throughput_gb_per_second: rate(bytes === null ? null : bytes / GIB, seconds),
    throughput_rows_per_second: rate(rows, seconds),
    cpu_seconds_requested:
      executor_count === null || executor_cores === null
        ? null
        : executor_count * executor_cores * elapsed_seconds,
    success: job.success && job.error_message === null,
  }
}

const rate = (amount: number | null, seconds: number) =>
  amount === null || seconds <= 0 ? null : amount / seconds

/** The stream with its totals computed from its batches; `window` is how many seconds the window took. Pure and idempotent. */
export function deriveStream(stream: StreamMetrics, window: number): StreamMetrics {
  const { batches, job_name } = stream
  const within = batches.filter(batch => batch.at <= window)
  const times = within.map(batch => batch.seconds * 1000).sort((a, b) => a - b)
  const rows = rowsOf(batches)
  const rowsWithin = rowsOf(within)
  const busy = times.reduce((a, b) => a + b, 0)
  return {
    ...stream,
    total_batches: batches.length,
    total_rows_processed: rows,
    unique_rows_processed: job_name === 'gold-refresh' ? null : rows,
    throughput_rps: window > 0 ? rowsWithin / window : null,
    micro_batch_duration_ms: times.length > 0 ? busy / times.length : null,
    micro_batch_p95_ms: times[Math.ceil(times.length * 0.95) - 1] ?? null,
    micro_batch_max_ms: times.at(-1) ?? null,
    batch_size: within.length > 0 ? rowsWithin / within.length : null,
    busy: window > 0 ? busy / 1000 / window : null,
    freshness_seconds: oldest(within, window),
    success: stream.success && stream.error_message === null,
  }
}

const rowsOf = (batches: readonly StreamBatch[]) =>
  batches.reduce((sum, batch) => sum + batch.input_rows, 0)

/** Oldest that a reader saw the table: just before each commit, and at the end. */
function oldest(batches: readonly StreamBatch[], end: number): number | null {
  const ages = batches.flatMap(({ through }, i) =>
    through === null ? [] : [(batches[i + 1]?.at ?? end) - through],
  )
  return ages.length > 0 ? Math.max(...ages) : null
}
