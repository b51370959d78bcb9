import type { RunMetrics } from '../../contracts/metrics'

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
  /** `null` where the rule does not apply to this run. */
  check(metrics: RunMetrics): RuleOutcome | null
}
