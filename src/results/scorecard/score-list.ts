import type { Scores } from '../../contracts/metrics'
import { CONTINUOUS_SCORES, validRounds } from './continuous-score-list'
import type { ScoreInfo, ScoreInput } from './score-info'
import { timeToValue } from './scores'

const BATCH = ['bronze-verify', 'silver-build', 'gold-finalize']

/** Every score, in the order it is shown. What the formulas come to is `computeScores`. */
export const SCORE_LIST: readonly ScoreInfo[] = [
  {
    name: 'time_to_value_seconds',
    label: 'time to value',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula:
      'started_after_seconds + elapsed_seconds of gold-finalize − started_after_seconds of bronze-verify, both successful; none of a resumed run',
    inputs: valueInputs,
    missing: noTimeToValue,
  },
  {
    name: 'composite_qph',
    label: 'queries an hour (QpH)',
    unit: '',
    direction: 'higher',
    decimals: 1,
    formula:
      'by benchmark.qph_kind: power: queries ÷ Σ medians × 3600; throughput: queries × streams ÷ wall seconds × 3600; composite: √(power × throughput); median-of-rounds: median of qph over the valid rounds. None of an invalid benchmark, a part of the queries, or a cold cache that is not proven',
    inputs: ({ benchmark, benchmark_rounds }) => ({
      'benchmark.qph_kind': benchmark?.qph_kind ?? null,
      ...(benchmark?.qph_kind === 'median-of-rounds' && validRounds({ benchmark_rounds })),
      'benchmark.valid': benchmark ? String(benchmark.valid) : null,
      'benchmark.queries': benchmark?.queries.length ?? null,
      'benchmark.streams': benchmark?.streams ?? null,
      'benchmark.total_seconds': benchmark?.total_seconds ?? null,
      'benchmark.power_qph': benchmark?.power_qph ?? null,
      'benchmark.throughput_qph': benchmark?.throughput_qph ?? null,
    }),
  },
  ...CONTINUOUS_SCORES,
  {
    name: 'pipeline_throughput_gb_per_second',
    label: 'pipeline throughput',
    unit: 'GiB/s',
    direction: 'higher',
    decimals: 4,
    formula: 'Σ bytes_read of the batch jobs ÷ 2^30 ÷ time to value',
    inputs: metrics => ({ ...perJob(metrics, 'bytes_read'), ...valueInputs(metrics) }),
    missing: noTimeToValue,
  },
  {
    name: 'total_data_processed_gb',
    label: 'data read by the stages',
    unit: 'GiB',
    direction: 'none',
    decimals: 3,
    formula: 'Σ bytes_read of the batch jobs ÷ 2^30; data generation and queries are not in it',
    inputs: metrics => perJob(metrics, 'bytes_read'),
  },
  {
    name: 'total_core_hours',
    label: 'core hours',
    unit: 'h',
    direction: 'lower',
    decimals: 2,
    formula: 'Σ over the batch jobs: executor_count × executor_cores × elapsed_seconds ÷ 3600',
    inputs: coreInputs,
  },
  {
    name: 'compute_efficiency_gb_per_core_hour',
    label: 'compute efficiency',
    unit: 'GiB/core hour',
    direction: 'higher',
    decimals: 4,
    formula: 'data read by the stages ÷ core hours',
    inputs: metrics => ({ ...perJob(metrics, 'bytes_read'), ...coreInputs(metrics) }),
  },
  {
    name: 'scale_ratio',
    label: 'scale ratio',
    unit: '',
    direction: 'none',
    decimals: 3,
    formula: 'raw bytes ÷ (10 GiB × scale); generated data only; 0.95 to 1.05 is valid',
    inputs: ({ corpus }) => ({
      'corpus.bytes': corpus?.bytes ?? null,
      'corpus.scale': corpus?.scale ?? null,
    }),
  },
  {
    name: 'total_elapsed_seconds',
    label: 'all stages',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula: 'Σ elapsed_seconds of the stages, data generation and queries included',
    inputs: ({ pipeline_benchmark: { stages } }) =>
      Object.fromEntries(
        stages.map(stage => [`${stage.stage_name}.elapsed_seconds`, stage.elapsed_seconds]),
      ),
  },
  {
    name: 'datagen_seconds',
    label: 'data generation',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula: 'elapsed_seconds of datagen; beside the time to value, never in it',
    inputs: metrics => ({
      'datagen.elapsed_seconds': jobField(metrics, 'datagen', 'elapsed_seconds'),
    }),
  },
]

type JobField =
  | 'started_after_seconds'
  | 'elapsed_seconds'
  | 'bytes_read'
  | 'executor_count'
  | 'executor_cores'

function jobField({ jobs }: ScoreInput, name: string, field: JobField): number | string | null {
  return jobs.find(job => job.job_name === name)?.[field] ?? null
}

function valueInputs(metrics: ScoreInput) {
  return {
    'bronze-verify.started_after_seconds': jobField(
      metrics,
      'bronze-verify',
      'started_after_seconds',
    ),
    'gold-finalize.started_after_seconds': jobField(
      metrics,
      'gold-finalize',
      'started_after_seconds',
    ),
    'gold-finalize.elapsed_seconds': jobField(metrics, 'gold-finalize', 'elapsed_seconds'),
    resumed: metrics.resumed,
  }
}

function noTimeToValue(metrics: ScoreInput): string | null {
  if (metrics.continuous) return null
  const value = timeToValue(metrics)
  return typeof value === 'string' ? value : null
}

/** Why scores are null, by their names; of those that are null for no more than an unknown input nothing is said. */
export function nullReasons(metrics: ScoreInput, scores: Scores): Record<string, string> {
  return Object.fromEntries(
    SCORE_LIST.flatMap(({ name, missing }) => {
      const reason = scores[name] === null ? (missing?.(metrics) ?? null) : null
      return reason === null ? [] : [[name, reason]]
    }),
  )
}

function perJob(metrics: ScoreInput, ...fields: readonly JobField[]) {
  const names = metrics.jobs.map(job => job.job_name).filter(name => BATCH.includes(name))
  return Object.fromEntries(
    names.flatMap(name =>
      fields.map(field => [`${name}.${field}`, jobField(metrics, name, field)] as const),
    ),
  )
}

function coreInputs(metrics: ScoreInput) {
  return perJob(metrics, 'executor_count', 'executor_cores', 'elapsed_seconds')
}

const LEAST_SIGNIFICANT_DIGITS = 3

/**
 * A score as it is shown and saved: its decimals, but never fewer than three significant digits, so that what was measured
 * on a small corpus does not become 0.
 */
export function roundScore(info: ScoreInfo, value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const magnitude = Math.floor(Math.log10(Math.abs(value))) + 1
  const decimals = Math.min(100, Math.max(info.decimals, LEAST_SIGNIFICANT_DIGITS - magnitude))
  return Number(value.toFixed(decimals))
}

/** `roundScore` of each one that is known. */
export function roundScores(scores: Scores): Scores {
  const entries = SCORE_LIST.map(info => {
    const value = scores[info.name]
    return [info.name, value === null ? null : roundScore(info, value)] as const
  })
  return Object.fromEntries(entries) as Scores
}

/** One score with all that a reader needs to compute it again. */
export interface ScoreDetail extends Omit<ScoreInfo, 'inputs' | 'missing'> {
  /** Rounded as it is saved; `null` where an input is unknown. */
  readonly value: number | null
  /** Values that went into the formula, by name. */
  readonly inputs: Readonly<Record<string, number | string | null>>
}

export function scoreDetails(metrics: ScoreInput, scores: Scores): readonly ScoreDetail[] {
  return SCORE_LIST.map(({ inputs, missing: _, ...info }) => ({
    ...info,

    value: scores[info.name],
    inputs: inputs(metrics),
  }))
}
