import { ConfigError } from '../../contracts/errors'
import type { RunMetrics } from '../../contracts/metrics'
import { checkName, checkOptions, type OptionKinds } from '../../shared/check-options'
import type { ComparedArm, Comparison, Design, PairComparison } from './comparison'
import { UNDER_TEST, type UnderTest } from './differences'
import {
  type ArmsEvidence,
  controlEvidence,
  pairedEvidence,
  type Session,
  separateEvidence,
  sessionOf,
} from './evidence'
import { comparePair } from './pair-comparison'
import type { FactsArm, RunFacts } from './run-facts'

/** Runs of one config, in any order. */
export interface CompareArm {
  /** Short, e.g. `A`. */
  readonly name: string
  /** Origin of the name: a config, a run id, a branch. */
  readonly label?: string
  /** Records of equal runs, in the order they were made. */
  readonly runs: readonly RunMetrics[]
}

/** How arms are compared. */
export interface CompareOptions {
  /** Share from which a difference of times matters. Default 0.05. */
  readonly margin?: number
  /** Seconds below which it matters to nobody. Default 0.002, or 0.005 where queries go to a server. */
  readonly absoluteMargin?: number
  /** Intended differences. Engines may always differ between the arms of one session. */
  readonly underTest?: readonly UnderTest[]
  /** Seed of the random sign flips that more than 12 rounds get. Default 1. */
  readonly seed?: number
}

export const COMPARE_OPTIONS: OptionKinds<CompareOptions> = {
  margin: 'number',
  absoluteMargin: 'number',
  underTest: 'list',
  seed: 'number',
}

const FEWEST_SEPARATE = 4
const FEWEST_HISTORY = 8

/** `compareRuns` over runs that are reduced already. */
export function compareFacts(given: readonly FactsArm[], options: CompareOptions = {}): Comparison {
  checkOptions(options, COMPARE_OPTIONS, 'compareRuns')
  for (const what of options.underTest ?? [])
    checkName(what, UNDER_TEST, 'subject', 'the option underTest')
  check(given)
  const arms = given.map(arm => ({ ...arm, runs: measuredRuns(arm.runs) }))
  const turns = sessionOf(arms.map(({ runs }) => runs))
  const settings = settingsOf(arms, turns !== null, options)
  // Two runs picked out of a session are two runs, not a session that lacks the rest.
  const session = arms.every(({ runs }) => runs.length === 1) ? null : turns
  const sides = session && session.rounds.length > 0 ? ofRounds(arms, session) : arms
  const evidence = evidenceOf(sides, session, settings.seed)
  const controls = session ? controlEvidence(session, settings.seed, settings.margin) : []
  return {
    schema_version: 1,
    arms: arms.map(comparedArm),
    pairs: sides.slice(1).map(
      (b, arm): PairComparison =>
        comparePair({
          a: sides[0]!,
          b,
          design: session ? 'interleaved' : designOf(sides[0]!.runs.length, b.runs.length),
          session,
          evidence: evidence[arm]!,
          controls: controls[arm] ?? [],
          settings,
        }),
    ),
    settings,
  }
}

function comparedArm({ name, label, runs }: FactsArm): ComparedArm {
  const starts = runs.map(run => run.start_time).sort()
  const run_ids = runs.map(run => run.run_id)
  return {
    name,
    label: label ?? null,
    run_ids,
    first_start: starts[0]!,
    last_start: starts.at(-1)!,
  }
}

function check(arms: readonly FactsArm[]): void {
  const refuse = (message: string): never => {
    throw new ConfigError([{ path: 'arms', message }], 'compareRuns')
  }
  if (arms.length < 2) refuse('at least two sets of runs are compared.')
  for (const { name, runs } of arms) if (runs.length === 0) refuse(`${name} has no runs.`)
}

/** Neither the warm-up round nor a run that was broken off is looked at, unless there is nothing else. */
function measuredRuns(runs: readonly RunFacts[]): readonly RunFacts[] {
  const measured = runs.filter(run => run.series?.round !== 0 && run.verdict !== 'INTERRUPTED')
  return measured.length > 0 ? measured : runs
}

function settingsOf(arms: readonly FactsArm[], inTurns: boolean, options: CompareOptions) {
  const server = arms.some(({ runs }) => runs.some(run => run.benchmark?.server))
  const underTest = new Set<UnderTest>([
    ...(options.underTest ?? []),
    ...(inTurns ? (['engine'] as const) : []),
  ])
  return {
    margin: options.margin ?? 0.05,
    absolute_margin_seconds: options.absoluteMargin ?? (server ? 0.005 : 0.002),
    under_test: [...underTest],
    seed: options.seed ?? 1,
  }
}

function ofRounds(arms: readonly FactsArm[], { rounds }: Session): FactsArm[] {
  return arms.map((of, arm) => ({ ...of, runs: rounds.map(({ runs }) => runs[arm]!) }))
}

function evidenceOf(
  arms: readonly FactsArm[],
  session: Session | null,
  seed: number,
): ArmsEvidence[] {
  if (session && session.rounds.length > 0) return pairedEvidence(session, seed)
  return separateEvidence(arms.map(({ runs }) => runs))
}

function designOf(a: number, b: number): Design {
  if (a === 1 && b === 1) return 'single'
  if (Math.min(a, b) === 1 && Math.max(a, b) >= FEWEST_HISTORY) return 'history'
  return Math.min(a, b) < FEWEST_SEPARATE ? 'few' : 'separate'
}
