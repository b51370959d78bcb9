import { ConfigError } from '../../contracts/errors'
import { checkOptions } from '../../shared/check-options'
import type { Comparison, MetricComparison, PairComparison } from './comparison'
import type { FactsArm } from './run-facts'
import { headlineMetrics, spreadOf, timedMetrics } from './timed-metrics'
import { percent, SIGNIFICANCE } from './verdicts'

/** Limits that a candidate has to keep. */
export interface GateOptions {
  /** Share by which a time may grow, 0.1 for 10 %. */
  readonly maxRegression: number
  /** Absolute limits of times, as `parseLimit` reads them. */
  readonly limits?: readonly Limit[]
  /** Fails what cannot be told: it is not enough to pass. */
  readonly requireEvidence?: boolean
}

/**
 * - `failed`: shown to be over the limit, or it broke
 * - `passed`: shown to be within it
 * - `undecided`: neither is shown
 * - `not compared`: invalid or not comparable
 */
export type CheckStatus = 'passed' | 'failed' | 'undecided' | 'not compared'

/** One finding of a gate. */
export interface GateCheck {
  /** Stable: `stage.silver-build`, `query.Q3`, `queries`, `pipeline`; a limit's is `limit: Q3 < 800 ms`. */
  readonly id: string
  /** Its name for people. */
  readonly label: string
  /** How the limit was kept. */
  readonly status: CheckStatus
  /** The finding against the limit, one sentence. */
  readonly message: string
  /** Median of the candidate. */
  readonly seconds: number | null
  /** The time on both sides; null for an absolute limit. */
  readonly comparison: MetricComparison | null
}

/** Verdict of a gate on a candidate: NOT COMPARABLE for other data or answers, NO EVIDENCE where times cannot be told apart. */
export type GateVerdict = 'PASSED' | 'FAILED' | 'NOT COMPARABLE' | 'NO EVIDENCE'

/** Whether a candidate may land, with every check. */
export interface GateResult {
  /** Verdict over all checks. */
  readonly verdict: GateVerdict
  /** Largest share by which a time may have grown. */
  readonly max_regression: number
  /** One for each limit, then one for each metric that was compared. */
  readonly checks: readonly GateCheck[]
  /** Worst first, one sentence each. */
  readonly failures: readonly string[]
  /** Warnings that limit the worth of the verdict. */
  readonly warnings: readonly string[]
  /** With the baseline; `null` where there is none. */
  readonly comparison: Comparison | null
}

/**
 * May this land? A time fails only where the evidence is there: its adjusted p is at most 0.05 and the whole 95 % interval is
 * above the limit. What broke fails too. What differs in its question is `NOT COMPARABLE`.
 *
 * @param comparison the candidate against its baseline; `null` where limits alone are asked
 */
export function judgeGate(
  comparison: Comparison | null,
  candidate: FactsArm,
  options: GateOptions,
): GateResult {
  checkOptions(
    options,
    { maxRegression: 'number', limits: 'list', requireEvidence: 'boolean' },
    'judgeGate',
  )
  const pair = comparison?.pairs[0] ?? null
  const checks = [
    ...(options.limits ?? []).map(limit => limitCheck(limit, candidate)),
    ...(pair
      ? [...pair.headlines, ...pair.metrics].map(metric =>
          regressionCheck(metric, comparison!, options),
        )
      : []),
  ]
  const failed = checks
    .filter(check => check.status === 'failed')
    .sort((x, y) => severity(y) - severity(x))
  return {
    verdict: verdictOf(checks, pair, options),
    max_regression: options.maxRegression,
    checks,
    failures: failed.map(({ label, message }) => `${label}: ${message}`),
    warnings: pair ? warningsOf(pair, checks) : [],
    comparison,
  }
}

function verdictOf(
  checks: readonly GateCheck[],
  pair: PairComparison | null,
  options: GateOptions,
): GateVerdict {
  const has = (status: CheckStatus) => checks.some(check => check.status === status)
  if (has('failed')) return 'FAILED'
  if ((pair && pair.differences.length > 0) || has('not compared')) return 'NOT COMPARABLE'
  return has('undecided') && options.requireEvidence ? 'NO EVIDENCE' : 'PASSED'
}

function limitCheck(limit: Limit, candidate: FactsArm): GateCheck {
  const seconds = measuredFor(limit, candidate)
  const common = { id: `limit: ${limit.text}`, label: limit.metric, seconds, comparison: null }
  if (seconds === null)
    return { ...common, status: 'failed', message: `has no time; the limit is ${limit.text}` }
  const status = seconds < limit.seconds ? 'passed' : 'failed'
  return {
    ...common,
    status,
    message: `median ${seconds.toPrecision(3)} s; the limit is ${limit.text}`,
  }
}

function regressionCheck(
  metric: MetricComparison,
  { settings }: Comparison,
  { maxRegression }: GateOptions,
): GateCheck {
  // Times so short that the share is less than anybody notices may grow by the margin's seconds instead.
  const seconds = metric.margin_by === 'seconds' && metric.margin > 1 + maxRegression
  const allowed = seconds
    ? { ratio: metric.margin, text: `limit +${settings.absolute_margin_seconds * 1000} ms` }
    : { ratio: 1 + maxRegression, text: `limit ${percent(1 + maxRegression)}` }
  return {
    id: metric.metric,
    label: metric.label,
    ...regressionOf(metric, allowed),
    seconds: metric.b?.median ?? null,
    comparison: metric,
  }
}

function regressionOf(
  { verdict, interval, adjusted_p, reason, ratio }: MetricComparison,
  allowed: { readonly ratio: number; readonly text: string },
): { status: CheckStatus; message: string } {
  if (verdict === 'broke') return { status: 'failed', message: `broke: ${reason}` }
  if (verdict === 'fixed') return { status: 'passed', message: `fixed: ${reason}` }
  if (verdict === 'invalid' || verdict === 'not comparable')
    return { status: 'not compared', message: `${verdict}: ${reason}` }
  if (!interval || ratio === null) return { status: 'undecided', message: `cannot tell: ${reason}` }
  const found = `${percent(ratio)} [${percent(interval[0])}, ${percent(interval[1])}], ${allowed.text}`
  if (interval[0] > allowed.ratio && adjusted_p !== null && adjusted_p <= SIGNIFICANCE)
    return { status: 'failed', message: found }
  if (interval[1] <= allowed.ratio) return { status: 'passed', message: found }
  return { status: 'undecided', message: `cannot tell: ${found}` }
}

/** Broken before slow, and slow by how much is certain. */
function severity({ comparison }: GateCheck): number {
  if (!comparison || comparison.verdict === 'broke') return Number.POSITIVE_INFINITY
  return comparison.interval?.[0] ?? 0
}

function warningsOf(pair: PairComparison, checks: readonly GateCheck[]): string[] {
  const undecided = checks.filter(check => check.status === 'undecided').map(check => check.label)
  return [
    ...pair.differences.map(
      ({ what, a, b }) => `not comparable: ${what} is ${a} in ${pair.a}, ${b} in ${pair.b}`,
    ),
    ...pair.invalid_reasons.map(reason => `invalid: ${reason}`),
    ...(undecided.length > 0 ? [`not enough evidence for ${undecided.join(', ')}`] : []),
    ...pair.exact
      .filter(({ unit, ratio }) => unit !== 'rows' && ratio !== null && ratio > 1)
      .map(({ what, ratio }) => `${what} grew by ${percent(ratio!)}`),
    ...pair.notes,
  ]
}

/** An absolute limit, which needs no baseline: `Q3<800ms`, `silver-build<40s`, `pipeline<2min`. */
export interface Limit {
  /** As it was given. */
  readonly text: string
  /** A query, a stage, `queries` or `pipeline`. */
  readonly metric: string
  /** The time may not be longer. */
  readonly seconds: number
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, min: 60, h: 3600 }

/**
 * A limit such as `time_to_value<60s`.
 *
 * @throws ConfigError for a text that is no limit
 */
export function parseLimit(text: string): Limit {
  const [, metric, amount, unit] =
    /^\s*([\w.-]+)\s*<\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h)\s*$/.exec(text) ?? []
  if (!metric || !amount || !unit)
    throw new ConfigError(
      [
        {
          path: '--limit',
          message: `${JSON.stringify(text)} is no limit such as Q3<800ms or silver-build<40s.`,
        },
      ],
      'gate',
    )
  return { text: `${metric} < ${amount} ${unit}`, metric, seconds: Number(amount) * UNITS[unit]! }
}

/** Median seconds of what a limit names; `null` where the runs have none. @throws ConfigError for a name nobody knows */
export function measuredFor({ metric, text }: Limit, { runs }: FactsArm): number | null {
  const known = [...headlineMetrics(runs), ...timedMetrics(runs)]
  const found = known.find(
    ({ id }) => id === metric || id === `query.${metric}` || id === `stage.${metric}`,
  )
  if (!found) {
    const names = known.map(({ id }) => id.replace(/^(query|stage)\./, ''))
    throw new ConfigError(
      [
        {
          path: '--limit',
          message: `${text}: there is no ${metric}; these runs have ${names.join(', ')}.`,
        },
      ],
      'gate',
    )
  }
  return spreadOf(found, runs)?.median ?? null
}
