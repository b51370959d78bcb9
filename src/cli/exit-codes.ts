import { LakebenchError } from '../contracts/errors'
import type { RunMetrics } from '../contracts/metrics'
import type { Comparison } from '../results/compare/comparison'
import type { GateVerdict } from '../results/compare/gate'

/** Every exit code of the command line, one per cause, never reused. */
export const EXIT_CODES = {
  ok: 0,
  /** A stage, benchmark, run or gate failed. */
  failed: 1,
  /** Wrong usage or config, or input that cannot be read. Nothing was started. */
  usage: 2,
  /** An engine, bucket, cluster or file system is missing, locked or too small. */
  prerequisite: 3,
  /** The run or score is invalid, or what was asked to be compared cannot be. */
  invalid: 4,
  /** Not enough evidence where evidence was required. */
  no_evidence: 5,
  /** Stopped by a signal. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]

const BY_ERROR_CODE: Readonly<Record<string, ExitCode>> = {
  CONFIG: EXIT_CODES.usage,
  INPUT: EXIT_CODES.usage,
  USAGE: EXIT_CODES.usage,
  PREREQUISITE: EXIT_CODES.prerequisite,
  CAPACITY: EXIT_CODES.prerequisite,
}

/** The code for an error that ended a command. What is not ours, or happened inside a run, is a failure. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof LakebenchError) return BY_ERROR_CODE[error.code] ?? EXIT_CODES.failed
  if (error instanceof Error && error.name === 'AbortError') return EXIT_CODES.interrupted
  return EXIT_CODES.failed
}

/** The code for a run that left its record. */
export function exitCodeOfRun(run: Pick<RunMetrics, 'status' | 'verdict'>): ExitCode {
  if (run.status === 'aborted') return EXIT_CODES.interrupted
  if (run.status === 'failed' || run.verdict === 'FAILED') return EXIT_CODES.failed
  return run.verdict === 'INVALID' ? EXIT_CODES.invalid : EXIT_CODES.ok
}

/** The code for a comparison that was made: whatever it found of times is an answer, not a failure. */
export function exitCodeOfComparison(
  { pairs }: Comparison,
  options: { readonly requireEvidence?: boolean } = {},
): ExitCode {
  if (pairs.some(pair => pair.differences.length > 0 || pair.invalid_reasons.length > 0))
    return EXIT_CODES.invalid
  const open = pairs.some(
    ({ headlines }) =>
      headlines.length === 0 || headlines.some(({ verdict }) => verdict === 'cannot tell'),
  )
  return open && options.requireEvidence ? EXIT_CODES.no_evidence : EXIT_CODES.ok
}

const BY_GATE_VERDICT: Readonly<Record<GateVerdict, ExitCode>> = {
  PASSED: EXIT_CODES.ok,
  FAILED: EXIT_CODES.failed,
  'NOT COMPARABLE': EXIT_CODES.invalid,
  'NO EVIDENCE': EXIT_CODES.no_evidence,
}

export const exitCodeOfGate = (verdict: GateVerdict): ExitCode => BY_GATE_VERDICT[verdict]
