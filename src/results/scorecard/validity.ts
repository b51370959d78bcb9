import type { JobMetrics, RunMetrics, ValidityRule } from '../../contracts/metrics'
import { QUERIES } from '../../workload/queries'
import { CONTINUOUS_RULES, windowOrder } from './continuous-validity'
import { KNOWN_ANSWERS_RULE } from './known-answers-rule'
import { LINEAGE_RULES } from './lineage-rules'
import type { Rule, RuleOutcome } from './rule'
import { computeScores, succeeded } from './scores'

export type { Rule, RuleOutcome }

/** How a run is judged: `PASSED`, `FAILED`, `INVALID`, `INTERRUPTED`. */
export type Verdict = RunMetrics['verdict']

/** Added to a record that says what its own content contradicts; no judging takes it away again. */
export const CONSISTENCY_RULE = 'record-consistent'
const SCALE_RATIO = { least: 0.95, most: 1.05 }
/** From this many rows a date on, losing a whole date to the silver filter (2 % of rows) does not happen by chance. */
const ROWS_PER_DATE_TO_BE_SURE = 50
/**
 * How far wall clock and monotonic clock may be apart over a stage or a window: seconds, or a share of it. Source: time servers slew a
 * clock by 0.0005 at most; whatever moves it further has set it.
 */
const CLOCK_TOLERANCE = { seconds: 1, share: 0.001 }
/** From this many rows on, a generated corpus has what each query asks for: purchases are 18 % of its rows. */
const ROWS_FOR_EVERY_QUERY = 500
const MAY_BE_EMPTY = new Set(QUERIES.filter(q => q.may_be_empty).map(q => q.id))
/** Two readings of one clock, rounded. */
const SAME_SECONDS = 1e-6

/** Every rule that makes a run invalid, in one place. */
export const VALIDITY_RULES: readonly Rule[] = [
  {
    rule: 'stages-succeeded',
    check: ({ pipeline_benchmark: { stages }, jobs }) => {
      const failed = stages.filter(stage => stage.status !== 'succeeded')
      const unsuccessful = jobs.filter(
        job => !job.success && !failed.some(s => s.stage_name === job.job_name),
      )
      const named = [
        ...failed.map(stage => `${stage.stage_name} ${stage.status}`),
        ...unsuccessful.map(job => `${job.job_name} failed`),
      ]
      return outcome(
        named.length === 0,
        named.join(', ') || `${stages.length} of ${stages.length} stages succeeded`,
      )
    },
  },
  {
    rule: 'benchmark-valid',
    check: ({ benchmark }) => {
      if (!benchmark) return null
      if (!benchmark.valid)
        return outcome(
          false,
          benchmark.invalid_reasons.join('; ') || 'the benchmark is marked invalid',
        )
      const failed = benchmark.queries.filter(query => !query.success).map(query => query.name)
      if (failed.length > 0) return outcome(false, `${failed.join(', ')} failed`)
      const answered = `all ${benchmark.queries.length} queries answered`
      if (benchmark.qph !== null) return outcome(true, answered)
      // Without a reason it was lost; with one it is withheld, and what was measured stands.
      return benchmark.qph_reason === null
        ? outcome(false, 'there is no QpH')
        : outcome(true, `${answered}; no QpH: ${benchmark.qph_reason}`)
    },
  },
  {
    rule: 'scale-ratio',
    check: metrics => {
      const ratio = computeScores(metrics).scale_ratio
      if (ratio === null) return null
      const { least, most } = SCALE_RATIO
      return outcome(
        ratio >= least && ratio <= most,
        `bronze is ${ratio.toFixed(4)} of its nominal size; ${least} to ${most} is valid`,
      )
    },
  },
  {
    rule: 'corpus-as-generated',
    check: ({ corpus }) => {
      const changed = corpus?.changed_files
      if (!changed) return null
      const more = changed.length > 1 ? ` (and ${changed.length - 1} more)` : ''
      return outcome(
        changed.length === 0,
        changed.length > 0 ? `${changed[0]}${more}` : 'no file was changed since',
      )
    },
  },
  {
    rule: 'bronze-rows',
    check: ({ jobs, corpus }) => {
      const rows = succeeded(jobs, 'bronze-verify')?.input_rows
      if (rows == null || corpus?.rows == null) return null
      return outcome(
        rows === corpus.rows,
        `bronze-verify read ${rows} rows; the corpus has ${corpus.rows}`,
      )
    },
  },
  {
    rule: 'silver-rows',
    check: ({ jobs, corpus }) => {
      const silver = succeeded(jobs, 'silver-build')
      if (silver?.output_rows == null) return null
      const bronze = bronzeRows(jobs, corpus)
      const passed = silver.output_rows > 0 && (bronze === null || silver.output_rows <= bronze)
      return outcome(
        passed,
        `silver has ${silver.output_rows} rows of bronze's ${bronze ?? 'unknown number'}`,
      )
    },
  },
  {
    rule: 'gold-rows',
    check: ({ jobs, corpus }) => {
      const gold = succeeded(jobs, 'gold-finalize')?.output_rows
      if (gold == null) return null
      const { dates, skew } = succeeded(jobs, 'bronze-verify')?.measurements ?? {}
      if (typeof dates !== 'number') return outcome(gold > 0, `gold has ${gold} rows`)
      const generated = corpus?.kind === 'generated'
      const sure =
        generated && rowsOffTheHottestDate(corpus.rows, dates, skew) >= ROWS_PER_DATE_TO_BE_SURE
      // Foreign data may have dates that the silver filter empties, and rows without a date, which are one group more.
      const passed = sure ? gold === dates : gold > 0 && gold <= dates + (generated ? 0 : 1)
      return outcome(passed, `gold has ${gold} rows; bronze has ${dates} dates`)
    },
  },
  {
    rule: 'queries-with-rows',
    check: ({ mode, benchmark, corpus }) => {
      // The rounds of a window meet tables that have only begun to fill.
      if (!benchmark || !corpus || mode === 'continuous') return null
      const empty = benchmark.queries
        .filter(q => q.success && q.rows_returned === 0)
        .map(q => q.name)
      const sure = corpus.kind === 'generated' && (corpus.rows ?? 0) >= ROWS_FOR_EVERY_QUERY
      const wrong = sure ? empty.filter(name => !MAY_BE_EMPTY.has(name)) : []
      return outcome(
        wrong.length === 0,
        wrong.length > 0
          ? `${wrong.join(', ')} returned no rows, which this corpus must give. The tables lack rows, or the engine loses some`
          : empty.length > 0
            ? `${empty.join(', ')} returned no rows, as ${corpus.kind} data may give`
            : 'every query returned rows',
      )
    },
  },
  KNOWN_ANSWERS_RULE,
  ...CONTINUOUS_RULES,
  ...LINEAGE_RULES,
  {
    rule: 'clock-order',
    check: metrics => {
      const moved = [...metrics.jobs.flatMap(driftFault), ...windowDrift(metrics)]
      const faults = [...clockFaults(metrics), ...windowOrder(metrics), ...moved]
      const stands =
        moved.length > 0
          ? [`${DEPENDS_ON_WALL_CLOCK}; durations and ages are monotonic and stand`]
          : []
      return outcome(
        faults.length === 0,
        [...faults, ...stands].join('; ') || 'times are in order, and both clocks agree',
      )
    },
  },
]

/** What the rules say of a run. A rule that throws is not met. */
export function checkRules(metrics: RunMetrics, further: readonly Rule[] = []): ValidityRule[] {
  const rules = [...VALIDITY_RULES, ...further]
  const checked = rules.flatMap(({ rule, check }): ValidityRule[] => {
    try {
      const result = check(metrics)
      return result === null ? [] : [{ rule, passed: result.passed, detail: result.detail }]
    } catch (error) {
      return [
        {
          rule,
          passed: false,
          detail: `the rule threw: ${error instanceof Error ? error.message : String(error)}`,
        },
      ]
    }
  })
  // Rules of the run's own time that nobody brought today stay as they were found.
  const kept = metrics.validity.filter(old => !rules.some(({ rule }) => rule === old.rule))
  return [...checked, ...kept]
}

/**
 * INVALID when the record contradicts itself; INTERRUPTED when aborted; FAILED when a stage or the benchmark failed; INVALID when another rule is not met; else PASSED.
 */
export function verdictOf(
  metrics: Pick<RunMetrics, 'status'>,
  validity: readonly ValidityRule[],
): Verdict {
  const unmet = validity.filter(rule => !rule.passed).map(rule => rule.rule)
  // Nothing of such a record can be relied on, its failures neither.
  if (unmet.includes(CONSISTENCY_RULE)) return 'INVALID'
  if (metrics.status === 'aborted') return 'INTERRUPTED'
  if (
    metrics.status === 'failed' ||
    unmet.includes('stages-succeeded') ||
    unmet.includes('benchmark-valid')
  )
    return 'FAILED'
  return unmet.length > 0 ? 'INVALID' : 'PASSED'
}

const outcome = (passed: boolean, detail: string): RuleOutcome => ({ passed, detail })

/** Mean rows of the dates other than the hottest, of which `skew` is the multiple of the mean of all. */
function rowsOffTheHottestDate(rows: number | null, dates: number, skew: unknown): number {
  if (rows === null || dates < 1) return 0
  const mean = rows / dates
  const hottest = typeof skew === 'number' ? mean * skew : mean
  return dates === 1 ? rows : (rows - hottest) / (dates - 1)
}

function bronzeRows(jobs: readonly JobMetrics[], corpus: RunMetrics['corpus']): number | null {
  return (
    succeeded(jobs, 'bronze-verify')?.input_rows ??
    succeeded(jobs, 'silver-build')?.input_rows ??
    corpus?.rows ??
    null
  )
}

function clockFaults({ jobs, start_time, end_time }: RunMetrics): string[] {
  const faults: string[] = []
  const before = (a: string, b: string) => Date.parse(a) <= Date.parse(b)
  if (!before(start_time, end_time)) faults.push('the run ends before it starts')
  for (const job of jobs)
    if (!before(job.start_time, job.end_time)) faults.push(`${job.job_name} ends before it starts`)
  const order = ['bronze-verify', 'silver-build', 'gold-finalize'].flatMap(
    name => succeeded(jobs, name) ?? [],
  )
  for (const [i, job] of order.slice(1).entries())
    if (overlaps(order[i]!, job) || !before(order[i]!.end_time, job.start_time))
      faults.push(`${job.job_name} starts before ${order[i]!.job_name} ends`)
  return faults
}

/** By the run's own clock, where one process carried out both. */
function overlaps(first: JobMetrics, second: JobMetrics): boolean {
  const [a, b] = [first.started_after_seconds, second.started_after_seconds]
  return a !== null && b !== null && a + first.elapsed_seconds > b + SAME_SECONDS
}

const DEPENDS_ON_WALL_CLOCK =
  'times of day in the record and in the tables (_ingested_at, the age of snapshots that are kept) are wrong'

/** A wall clock that was set during a stage also moves the times of day that it left. */
function driftFault({ job_name, start_time, end_time, elapsed_seconds }: JobMetrics): string[] {
  const wall = (Date.parse(end_time) - Date.parse(start_time)) / 1000
  const limit = Math.max(CLOCK_TOLERANCE.seconds, CLOCK_TOLERANCE.share * elapsed_seconds)
  if (Math.abs(wall - elapsed_seconds) <= limit) return []
  return [
    `the wall clock moved ${wall.toFixed(2)} s during ${job_name}, which took ${elapsed_seconds.toFixed(2)} s`,
  ]
}

function windowDrift({ continuous }: RunMetrics): string[] {
  if (!continuous?.clocks) return []
  const { window_seconds, drain_seconds, clocks } = continuous
  const seconds = window_seconds + (drain_seconds ?? 0)
  const limit = Math.max(CLOCK_TOLERANCE.seconds, CLOCK_TOLERANCE.share * seconds)
  const drift = clocks.largest_wall_drift_seconds
  return Math.abs(drift) <= limit
    ? []
    : [`the wall clock moved by ${drift.toFixed(2)} s against the window's own clock`]
}
