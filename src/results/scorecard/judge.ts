import type { RunMetrics, ValidityRule } from '../../contracts/metrics'
import { deriveBenchmark, deriveRound } from '../derive/benchmark'
import { deriveJob, deriveStream } from '../derive/jobs'
import { marksOf } from './marks'
import { type Rule, type Verdict, verdictOf } from './rule'
import { computeScores, nullReasons, roundScores } from './scores'
import { checkRules } from './validity'
import { isSaturated } from './window-facts'

/** Rules beside the built-in ones. */
export interface JudgeOptions {
  /** Checked after the built-in rules. */
  readonly rules?: readonly Rule[]
}

/** Checks every rule of validity, and adds them up to the verdict. Pure. */
export function assess(
  metrics: RunMetrics,
  options: JudgeOptions = {},
): { verdict: Verdict; validity: readonly ValidityRule[] } {
  const validity = checkRules(metrics, options.rules)
  return { verdict: verdictOf(metrics, validity), validity }
}

/**
 * Fills in everything that follows from what was measured: totals, rates, medians, scores, outcomes, rules and verdict. A record is
 * written, and read back, through this alone.
 */
export function judge(metrics: RunMetrics, options: JudgeOptions = {}): RunMetrics {
  const derived = deriveStatus(deriveNumbers(metrics))
  const { verdict, validity } = assess(derived, options)
  const scores = roundScores(computeScores(derived))
  return {
    ...derived,
    verdict,
    validity: [...validity],
    pipeline_benchmark: {
      ...derived.pipeline_benchmark,
      scores,
      null_reasons: nullReasons(derived, scores),
      qph_kind: derived.benchmark?.qph_kind ?? null,
      marks: marksOf(derived),
      ...(derived.continuous && { pipeline_saturated: isSaturated(derived) }),
    },
  }
}

function deriveNumbers(metrics: RunMetrics): RunMetrics {
  const { continuous, benchmark } = metrics
  const benchmark_rounds = metrics.benchmark_rounds.map(deriveRound)
  return {
    ...metrics,
    jobs: metrics.jobs.map(deriveJob),
    streaming: metrics.streaming.map(stream =>
      deriveStream(stream, continuous?.window_seconds ?? 0),
    ),
    benchmark_rounds,
    benchmark: benchmark && deriveBenchmark(benchmark, benchmark_rounds),
  }
}

/** A stage and its job succeed together, and a run with both; whatever contradicts that did not succeed. */
function deriveStatus(metrics: RunMetrics): RunMetrics {
  const { pipeline_benchmark, total_elapsed_seconds, error_message } = metrics
  const failedStages = new Set(
    pipeline_benchmark.stages
      .filter(s => s.status !== 'succeeded' || s.error_message !== null)
      .map(s => s.stage_name),
  )
  const jobs = metrics.jobs.map(job =>
    failedStages.has(job.job_name) ? { ...job, success: false } : job,
  )
  const stages = pipeline_benchmark.stages.map(stage => {
    const job = jobs.find(({ job_name }) => job_name === stage.stage_name)
    const failed =
      stage.status === 'succeeded' && (job?.success === false || stage.error_message !== null)
    return {
      ...stage,
      ...(failed && { status: 'failed' as const }),
      ...(job && { start_time: job.start_time, elapsed_seconds: job.elapsed_seconds }),
    }
  })
  const failed =
    jobs.some(job => !job.success) ||
    stages.some(s => s.status !== 'succeeded') ||
    error_message !== null
  const status = metrics.status === 'succeeded' && failed ? 'failed' : metrics.status
  const left = total_elapsed_seconds - stages.reduce((sum, stage) => sum + stage.elapsed_seconds, 0)
  return {
    ...metrics,
    status,
    success: status === 'succeeded',
    orchestration_seconds: Math.min(metrics.orchestration_seconds, Math.max(0, left)),
    jobs,
    pipeline_benchmark: { ...pipeline_benchmark, stages },
  }
}
