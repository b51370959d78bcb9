import type { JobMetrics } from '../../contracts/metrics'

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
    throughput_gb_per_second: rate(bytes === null ? null : bytes / 2 ** 30, seconds),
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
