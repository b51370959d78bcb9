import { METRICS_SCHEMA_VERSION, type RunMetrics, type ValidityRule } from '../../contracts/metrics'
import { deriveBenchmark, deriveRound } from '../derive/benchmark'
import { deriveJob, deriveStream } from '../derive/jobs'
import { marksOf } from './marks'
import { CONSISTENCY_RULE, type Rule, type Verdict, verdictOf } from './rule'
import { computeScores, nullReasons, roundScores } from './scores'
import { checkRules, VALIDITY_RULES } from './validity'
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

/** Something that a record says and that its own content contradicts. */
interface Contradiction {
  readonly path: string
  readonly recorded: unknown
  readonly derived: unknown
}

/** More would bury the first ones. */
const MOST_SHOWN = 10
const TOLERANCE = 1e-9

/**
 * What every version computed as this one does. A formula that changes raises `schema_version`, and what older records have of it is
 * computed anew without being held against them.
 */
const SAME_IN_EVERY_VERSION = [
  /^(status|success)$/,
  /^jobs\.\d+\.(success|cpu_seconds_requested)$/,
  /^pipeline_benchmark\.stages\./,
  /^pipeline_benchmark\.scores\.(total_elapsed_seconds|datagen_seconds|total_data_processed_gb|total_core_hours|scale_ratio|compute_efficiency_gb_per_core_hour|composite_qph|total_rows_processed)$/,
  /^benchmark\.(valid|qph|power_qph|total_seconds)$/,
  /^benchmark\.queries\.\d+\.(success|engine_seconds|elapsed_seconds)$/,
]

/**
 * Judges a record that was read: everything that follows from its content is computed anew, and what it says otherwise is named in
 * the rule `record-consistent`, which makes it INVALID.
 *
 * @param version the schema version that the record was written with
 */
export function judgeAgain(
  record: RunMetrics,
  version: number,
  options: JudgeOptions = {},
): RunMetrics {
  const judged = judge(record, options)
  const found = [
    ...contradictions(record, judged, version),
    ...verdictContradictions(record, judged, version),
  ]
  if (found.length === 0) return judged
  const others = record.validity.filter(({ rule }) => rule !== CONSISTENCY_RULE)
  const rule = { rule: CONSISTENCY_RULE, passed: false, detail: sentence(found) }
  return judge({ ...judged, validity: [...others, rule] }, options)
}

/** Says what in a record contradicts its own content; `null` where nothing does. */
export function contradictionOf({ validity }: Pick<RunMetrics, 'validity'>): string | null {
  return validity.find(({ rule, passed }) => rule === CONSISTENCY_RULE && !passed)?.detail ?? null
}

/** What no judging of today touches is the same in both documents, so whatever differs follows from something else. */
function contradictions(record: RunMetrics, judged: RunMetrics, version: number): Contradiction[] {
  const { verdict: _v, validity: _r, ...recorded } = record
  const { verdict: _w, validity: _s, ...derived } = judged
  const found = differences(recorded, derived, '')
  return version === METRICS_SCHEMA_VERSION
    ? found
    : found.filter(({ path }) => SAME_IN_EVERY_VERSION.some(known => known.test(path)))
}

/** Rules that did not exist when the record was written are not held against what it says. */
function verdictContradictions(
  record: RunMetrics,
  judged: RunMetrics,
  version: number,
): Contradiction[] {
  if (record.validity.length === 0)
    return [{ path: 'validity', recorded: 'no rule', derived: `${judged.validity.length} rules` }]
  const own = verdictOf(record, record.validity)
  const verdict =
    own === record.verdict ? [] : [{ path: 'verdict', recorded: record.verdict, derived: own }]
  if (version !== METRICS_SCHEMA_VERSION) return verdict
  const rules = record.validity.flatMap(({ rule, passed }): Contradiction[] => {
    const today =
      VALIDITY_RULES.some(known => known.rule === rule) &&
      judged.validity.find(r => r.rule === rule)
    return today && today.passed !== passed
      ? [
          {
            path: `validity.${rule}`,
            recorded: outcomeText(passed),
            derived: outcomeText(today.passed),
          },
        ]
      : []
  })
  return [...verdict, ...rules]
}

const outcomeText = (passed: boolean) => (passed ? 'met' : 'not met')

function differences(recorded: unknown, derived: unknown, path: string): Contradiction[] {
  if (recorded === derived || isSameNumber(recorded, derived)) return []
  if (!isObject(recorded) || !isObject(derived))
    return [{ path, recorded: recorded ?? null, derived: derived ?? null }]
  const keys = new Set([...Object.keys(recorded), ...Object.keys(derived)])
  return [...keys].flatMap(key =>
    differences(recorded[key], derived[key], path === '' ? key : `${path}.${key}`),
  )
}

/** The same sum in another order differs in its last digits. */
const isSameNumber = (a: unknown, b: unknown) =>
  typeof a === 'number' &&
  typeof b === 'number' &&
  Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function sentence(found: readonly Contradiction[]): string {
  const shown = found
    .slice(0, MOST_SHOWN)
    .map(
      ({ path, recorded, derived }) =>
        `${path}: the record says ${text(recorded)}, its own content gives ${text(derived)}`,
    )
  const more = found.length - shown.length
  return `edited, or written by something else: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
