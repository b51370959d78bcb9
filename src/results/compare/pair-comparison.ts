import type { Comparison, Design, MetricComparison, PairComparison } from './comparison'
import { type Difference, differencesOf, exactDifferences, type UnderTest } from './differences'
import { type ArmsEvidence, type ControlEvidence, outsideUsual, type Session } from './evidence'
import type { FactsArm, RunFacts } from './run-facts'
import type { PairEvidence } from './timed-metrics'
import { LEAST_ROUNDS, type MetricContext, metricComparison, percent } from './verdicts'

export interface PairInput {
  readonly a: FactsArm
  readonly b: FactsArm
  readonly design: Design
  readonly session: Session | null
  readonly evidence: ArmsEvidence
  readonly controls: readonly ControlEvidence[]
  readonly settings: Comparison['settings']
}

/** One arm against the first, with all that keeps its times from being judged. */
export function comparePair(input: PairInput): PairComparison {
  const { a, b, design, session, evidence, controls, settings } = input
  const underTest = settings.under_test as readonly UnderTest[]
  const differences = differencesBetween(a, b, underTest)
  const all = differencesBetween(a, b, [])
  const invalid_reasons = session ? invalidReasons(session, controls, b.name) : []
  const context: MetricContext = {
    design,
    differences,
    invalid_reasons,
    sizes: [a.runs.length, b.runs.length],
    margin: { relative: settings.margin, absolute: settings.absolute_margin_seconds },
  }
  const judged = (of: readonly PairEvidence[]): MetricComparison[] =>
    of.map(one =>
      metricComparison(one, context, design === 'history' ? isUnusual(one, a.runs, b.runs) : null),
    )
  return {
    a: a.name,
    b: b.name,
    design,
    differences,
    under_test: all.filter(({ what }) => !differences.some(found => found.what === what)),
    invalid_reasons,
    controls: controls.map(({ control, effect, p, moved }) => ({
      control,
      ratio: Math.exp(effect),
      adjusted_p: p,
      moved,
    })),
    exact: exactDifferences(a.runs, b.runs),
    headlines: judged(evidence.headlines),
    metrics: judged(evidence.metrics),
    notes: notesOf(input),
  }
}

/** Over all runs of both sides, each kind of difference once. */
function differencesBetween(
  a: FactsArm,
  b: FactsArm,
  underTest: readonly UnderTest[],
): Difference[] {
  const found = new Map<string, Difference>()
  const add = (difference: Difference) => {
    if (!found.has(difference.what)) found.set(difference.what, difference)
  }
  // A run that broke off says nothing of its engine or answers; a passed one is the measure.
  const reference = a.runs.find(run => run.verdict === 'PASSED') ?? a.runs[0]!
  const own = b.runs.find(run => run.verdict === 'PASSED') ?? b.runs[0]!
  for (const run of b.runs)
    for (const difference of differencesOf(reference, run, underTest)) add(difference)
  for (const [{ name, runs }, first] of [
    [a, reference],
    [b, own],
  ] as const) {
    for (const run of runs) {
      if (run.verdict === 'INVALID' || run.verdict === 'INTERRUPTED')
        add({
          what: `verdict of ${name}`,
          a: 'PASSED',
          b: `${run.verdict} (run ${run.run_id}: ${run.reason})`,
        })
      // Nothing may differ within a side, whatever is under test.
      for (const { what, ...rest } of differencesOf(first, run))
        add({ what: `${what} within ${name}`, ...rest })
    }
  }
  return [...found.values()]
}

function invalidReasons(
  session: Session,
  controls: readonly ControlEvidence[],
  arm: string,
): string[] {
  const { rounds, planned_rounds, incomplete } = session
  const moved = controls.filter(control => control.moved)
  return [
    ...moved.map(
      ({ control, effect }) =>
        `the ${control} control, fixed work that no config touches, took ${percent(Math.exp(effect))} before ${arm}: the machine changed with the arms`,
    ),
    ...(incomplete.length > 0 ? [`round ${incomplete.join(', ')} lacks an arm`] : []),
    ...(rounds.length < planned_rounds
      ? [
          `${rounds.length} of ${planned_rounds} planned rounds are there; --resume ${session.series_id} completes it`,
        ]
      : []),
  ]
}

function notesOf({ a, b, design, session }: PairInput): string[] {
  const notes: string[] = []
  if (session && session.planned_rounds < LEAST_ROUNDS)
    notes.push(
      `${session.planned_rounds} rounds judge no time; it takes ${LEAST_ROUNDS}, and 10 or 12 to see 10 %.`,
    )
  const shared = b.runs.filter(run => a.runs.some(other => other.run_id === run.run_id)).length
  if (shared > 0) notes.push(`${shared === 1 ? 'One run is' : `${shared} runs are`} on both sides.`)
  for (const { name, runs } of session ? [] : [a, b]) {
    const planned = runs[0]!.series?.kind === 'repeat' ? runs[0]!.series.planned_rounds : 0
    if (runs.length < planned)
      notes.push(`${name} has ${runs.length} of the ${planned} runs that were planned.`)
  }
  if (design === 'separate' && shared === 0)
    notes.push(`The runs did not take turns: ${gapBetween(a.runs, b.runs)}.`)
  const proportion = proportionOf(a.runs, b.runs)
  if (proportion) notes.push(proportion)
  if (design === 'single')
    notes.push('One run against one run does not judge times; only exact things are compared.')
  return notes
}

/** Machines put in proportion by the fixed work that was timed on both; no more than that, so never a correction. */
function proportionOf(a: readonly RunFacts[], b: readonly RunFacts[]): string | null {
  const [x, y] = [a, b].map(runs => runs.find(run => run.calibration)?.calibration)
  if (!x || !y) return null
  const ratios = Object.keys(x)
    .filter(work => work in y)
    .map(work => `${work.replace('_seconds', '')} ${(y[work]! / x[work]!).toFixed(2)}`)
  return `Fixed work took, in proportion, B over A: ${ratios.join(', ')}. It compares the machines, and corrects no time.`
}

function gapBetween(a: readonly RunFacts[], b: readonly RunFacts[]): string {
  const span = (runs: readonly RunFacts[]) => {
    const times = runs.map(run => Date.parse(run.start_time)).sort((x, y) => x - y)
    return [times[0]!, times.at(-1)!] as const
  }
  const [[firstA, lastA], [firstB, lastB]] = [span(a), span(b)]
  const gap = firstB > lastA ? firstB - lastA : firstA > lastB ? firstA - lastB : null
  if (gap === null) return 'they overlap in time, but not as rounds of one session'
  const hours = gap / 3_600_000
  const shown =
    hours >= 48
      ? `${Math.round(hours / 24)} days`
      : hours >= 1
        ? `${hours.toFixed(1)} h`
        : 'under an hour'
  return `${shown} lie between the sets`
}

function isUnusual(
  { metric }: PairEvidence,
  a: readonly RunFacts[],
  b: readonly RunFacts[],
): boolean | null {
  return a.length > 1 ? outsideUsual(metric, a, b[0]!) : outsideUsual(metric, b, a[0]!)
}
