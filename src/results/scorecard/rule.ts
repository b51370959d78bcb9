import type { RunMetrics, ValidityRule } from '../../contracts/metrics'

/** Finding of a rule of validity. */
export interface RuleOutcome {
  /** Whether the run keeps the rule. */
  readonly passed: boolean
  /** One sentence with the numbers. */
  readonly detail: string
}

/** Something that must hold for a run's numbers to mean what they say. */
export interface Rule {
  /** Unique; the key in the record. */
  readonly rule: string
  /** The runs that it is for; left out where it is for both kinds. */
  readonly mode?: RunMetrics['mode']
  /** `null` where the rule does not apply to this run. */
  check(metrics: RunMetrics): RuleOutcome | null
}

export const outcome = (passed: boolean, detail: string): RuleOutcome => ({ passed, detail })

/** How a run is judged: `PASSED`, `FAILED`, `INVALID`, `INTERRUPTED`. */
export type Verdict = RunMetrics['verdict']

/** Added to a record that says what its own content contradicts; no judging takes it away again. */
export const CONSISTENCY_RULE = 'record-consistent'

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
