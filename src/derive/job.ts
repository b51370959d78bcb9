import type { JobMetrics } from '../contracts/metrics'

/** The job with its rates and products computed from what was measured. Pure and idempotent. */
export function deriveJob(job: JobMetrics): JobMetrics {
  const { input_size_gb, input_rows, executor_count, executor_cores, elapsed_seconds } = job
  const seconds = job.engine_seconds ?? elapsed_seconds
  return {
    ...job,
    throughput_gb_per_second: rate(input_size_gb, seconds),
    throughput_rows_per_second: rate(input_rows, seconds),
    cpu_seconds_requested:
      executor_count === null || executor_cores === null ? null : executor_count * executor_cores * elapsed_seconds,
    success: job.success && job.error_message === null,
  }
}

const rate = (amount: number | null, seconds: number) => (amount === null || seconds <= 0 ? null : amount / seconds)
