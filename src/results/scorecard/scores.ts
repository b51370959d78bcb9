import type { JobMetrics, RunMetrics, Scores } from '../../contracts/metrics'
import { continuousScores } from './continuous-scores'
import type { ScoreInput } from './score-info'

const GIB = 1024 ** 3
/** Scale 1 is 10 GiB of bronze. */
const BYTES_PER_SCALE = 10 * GIB

/**
 * Every score of a batch run, unrounded, by the formulas of `SCORE_LIST`. `null` wherever something needed is unknown; never
 * 0 in its place.
 */
export function computeScores(metrics: ScoreInput): Scores {
  const batch = metrics.jobs.filter(job => job.job_type === 'batch')
  const value = timeToValue(metrics)
  const valueSeconds = typeof value === 'string' ? null : value
  const data = divide(sum(batch.map(job => job.bytes_read)), GIB)
  const coreHours = divide(sum(batch.map(coreSeconds)), 3600)
  return {
    time_to_value_seconds: valueSeconds,
    total_elapsed_seconds: sum(
      metrics.pipeline_benchmark.stages.map(stage => stage.elapsed_seconds),
    ),
    datagen_seconds: metrics.jobs.find(job => job.job_name === 'datagen')?.elapsed_seconds ?? null,
    total_data_processed_gb: data,
    pipeline_throughput_gb_per_second: divide(data, valueSeconds),
    total_core_hours: coreHours,
    compute_efficiency_gb_per_core_hour: divide(data, coreHours),
    scale_ratio: metrics.continuous ? null : scaleRatio(metrics.corpus),
    composite_qph: metrics.benchmark?.valid ? metrics.benchmark.qph : null,
    ...continuousScores(metrics),
  }
}

/** Seconds from the start of bronze-verify to the end of gold-finalize on the run's own clock, or why there are none. */
export function timeToValue({ jobs, resumed }: ScoreInput): number | string {
  if (resumed > 0)
    return 'the run was resumed: the pause is nobody’s value, and no clock counted through it'
  const [bronze, gold] = [succeeded(jobs, 'bronze-verify'), succeeded(jobs, 'gold-finalize')]
  if (!bronze || !gold)
    return `${bronze ? 'gold-finalize' : 'bronze-verify'} is none of this run’s successful stages`
  if (bronze.started_after_seconds === null || gold.started_after_seconds === null)
    return 'nobody noted when its stages began on a clock that counts on'
  return gold.started_after_seconds + gold.elapsed_seconds - bronze.started_after_seconds
}

/** The named job, if it did its work. */
export function succeeded(jobs: readonly JobMetrics[], name: string): JobMetrics | undefined {
  return jobs.find(job => job.job_name === name && job.success)
}

function coreSeconds({
  executor_count,
  executor_cores,
  elapsed_seconds,
}: JobMetrics): number | null {
  return executor_count === null || executor_cores === null
    ? null
    : executor_count * executor_cores * elapsed_seconds
}

function scaleRatio(corpus: RunMetrics['corpus']): number | null {
  if (corpus?.kind !== 'generated' || corpus.scale === null) return null
  return divide(corpus.bytes, BYTES_PER_SCALE * corpus.scale)
}

/** `null` for nothing, and where one of the values is unknown. */
function sum(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null
  let total = 0
  for (const value of values) {
    if (value === null) return null
    total += value
  }
  return total
}

function divide(value: number | null, by: number | null): number | null {
  return value === null || by === null || by <= 0 ? null : value / by
}
