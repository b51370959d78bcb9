import type { JobMetrics, RunMetrics, Scores } from '../contracts/metrics'
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
  const timeToValue = timeToValueSeconds(metrics)
  const data = divide(sum(batch.map(job => job.bytes_read)), GIB)
  const coreHours = divide(sum(batch.map(coreSeconds)), 3600)
  return {
    time_to_value_seconds: timeToValue,
    total_elapsed_seconds: sum(metrics.pipeline_benchmark.stages.map(stage => stage.elapsed_seconds)),
    datagen_seconds: metrics.jobs.find(job => job.job_name === 'datagen')?.elapsed_seconds ?? null,
    total_data_processed_gb: data,
    pipeline_throughput_gb_per_second: divide(data, timeToValue),
    total_core_hours: coreHours,
    compute_efficiency_gb_per_core_hour: divide(data, coreHours),
    scale_ratio: metrics.continuous ? null : scaleRatio(metrics.corpus),
    composite_qph: metrics.benchmark?.valid ? metrics.benchmark.qph : null,
    ...continuousScores(metrics),
  }
}

function timeToValueSeconds({ jobs, total_elapsed_seconds }: ScoreInput): number | null {
  const bronze = succeeded(jobs, 'bronze-verify')
  const gold = succeeded(jobs, 'gold-finalize')
  if (!bronze || !gold) return null
  const seconds = (Date.parse(gold.end_time) - Date.parse(bronze.start_time)) / 1000
  // Longer than the run itself: it was interrupted and resumed in between, and the pause is nobody's value.
  const inOneSitting = seconds >= 0 && seconds <= total_elapsed_seconds + 1
  return inOneSitting ? seconds : null
}

/** The named job, if it did its work. */
export function succeeded(jobs: readonly JobMetrics[], name: string): JobMetrics | undefined {
  return jobs.find(job => job.job_name === name && job.success)
}

function coreSeconds({ executor_count, executor_cores, elapsed_seconds }: JobMetrics): number | null {
  return executor_count === null || executor_cores === null ? null : executor_count * executor_cores * elapsed_seconds
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
