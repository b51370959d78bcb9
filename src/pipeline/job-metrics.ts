import type { JobMetrics } from '../contracts/metrics'
import type { BatchJobName, ExecutorPlan, RunPlan } from '../contracts/plan'
import { deriveJob } from '../results/derive/jobs'
import { GIB } from '../shared/format'
import type { StageRecord } from './stage'

interface StageSpan {
  readonly start_time: string
  readonly end_time: string
  readonly started_after_seconds: number
  readonly elapsed_seconds: number
}

const gib = (bytes: number | null | undefined) => (bytes == null ? null : bytes / GIB)

/** One entry of `jobs[]` from what the stage measured, what the clock said and what the plan gave it. */
export function jobMetrics(
  name: string,
  span: StageSpan,
  record: StageRecord,
  plan: RunPlan,
  error: Error | null,
): JobMetrics {
  const m = record.measurement
  const asked = plan.jobs.find(j => j.job_name === (name as BatchJobName))
  return deriveJob({
    job_name: name,
    job_type: record.job_type ?? 'custom',
    engine: record.engine ?? 'user',
    ...span,
    engine_seconds: m?.elapsed_seconds ?? null,
    input_size_gb: gib(m?.input_bytes),
    output_size_gb: gib(m?.output_bytes),
    input_rows: m?.input_rows ?? null,
    output_rows: m?.output_rows ?? null,
    bytes_read: m?.bytes_read ?? null,
    bytes_written: m?.bytes_written ?? null,
    output_files: m?.output_files ?? null,
    throughput_gb_per_second: null,
    throughput_rows_per_second: null,
    cpu_seconds_requested: null,
    ...resources(asked, plan),
    cpu_seconds_used: m?.cpu_seconds ?? null,
    peak_memory_gb: gib(m?.peak_memory_bytes),
    strategy: null,
    strategy_reason: null,
    partitioning: null,
    output_fingerprint: null,
    corpus: m?.corpus ?? null,
    raw_input: m?.raw_input ?? null,
    success: error === null,
    error_message: error ? error.message : null,
    measurements: { ...record.measurements },
    ...record.job,
  })
}

type Resources = Pick<
  JobMetrics,
  'executor_count' | 'executor_cores' | 'executor_memory_gb' | 'requested' | 'memory_gb_requested'
>

/** Both what the page's table asks for and what was used: on one machine, one "executor" of so many cores. */
function resources(asked: ExecutorPlan | undefined, plan: RunPlan): Resources {
  if (!asked) {
    return {
      executor_count: null,
      executor_cores: null,
      executor_memory_gb: null,
      requested: null,
      memory_gb_requested: null,
    }
  }
  const requested = {
    tier: asked.tier,
    executor_count: asked.executors,
    executor_cores: asked.shape.cores,
    executor_memory_gb: asked.shape.memory / GIB,
  }
  const machine = plan.embedded
    ? { cores: plan.embedded.threads, memory: plan.embedded.memory }
    : plan.local_spark && { cores: plan.local_spark.cores, memory: plan.local_spark.memory }
  const used = machine
    ? { count: 1, ...machine, overhead: 0 }
    : {
        count: asked.executors,
        cores: asked.shape.cores,
        memory: asked.shape.memory,
        overhead: asked.shape.memory_overhead,
      }
  return {
    executor_count: used.count,
    executor_cores: used.cores,
    executor_memory_gb: used.memory / GIB,
    requested,
    memory_gb_requested: (used.count * (used.memory + used.overhead)) / GIB,
  }
}
