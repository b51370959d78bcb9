import type { RunFacts } from './run-facts'

/** One round in which every arm ran once. */
export interface Round {
  readonly round: number
  /** By arm, in the order of the arms. */
  readonly runs: readonly RunFacts[]
}

export interface Session {
  readonly series_id: string
  readonly planned_rounds: number
  /** Complete ones, warm-up left out. */
  readonly rounds: readonly Round[]
  /** Measured rounds that were begun and lack an arm. */
  readonly incomplete: readonly number[]
}

/** The rounds of one interleaved session, or `null` where the arms were not run in turns. */
export function sessionOf(arms: readonly (readonly RunFacts[])[]): Session | null {
  const places = arms.map(runs => runs.map(run => run.series))
  const first = places[0]?.[0]
  if (!first || arms.length < 2) return null
  const together = places
    .flat()
    .every(place => place?.kind === 'ab' && place.series_id === first.series_id)
  const oneArmEach = places.every(of => new Set(of.map(place => place?.arm)).size === 1)
  const distinct = new Set(places.map(of => of[0]?.arm)).size === arms.length
  if (!together || !oneArmEach || !distinct) return null
  const byRound = arms.map(measuredByRound)
  const numbers = [...new Set(byRound.flatMap(rounds => [...rounds.keys()]))].sort((x, y) => x - y)
  const complete = numbers
    .map(round => completeRound(round, byRound))
    .filter(round => round !== null)
  return {
    series_id: first.series_id,
    planned_rounds: first.planned_rounds,
    rounds: complete,
    incomplete: numbers.filter(number => !complete.some(({ round }) => round === number)),
  }
}

/** Runs by round and attempt; the warm-up is not looked at. */
function measuredByRound(runs: readonly RunFacts[]): Map<number, Map<number, RunFacts>> {
  const rounds = new Map<number, Map<number, RunFacts>>()
  for (const run of runs) {
    const { round, attempt } = run.series!
    // An interrupted run says nothing, not even that something broke.
    if (round === 0 || run.verdict === 'INTERRUPTED') continue
    const attempts = rounds.get(round) ?? new Map<number, RunFacts>()
    attempts.set(attempt, run)
    rounds.set(round, attempts)
  }
  return rounds
}

/** The last attempt at which every arm ran: arms of different attempts were not run in turns. */
function completeRound(
  round: number,
  byRound: readonly ReadonlyMap<number, ReadonlyMap<number, RunFacts>>[],
): Round | null {
  const attempts = byRound.map(rounds => rounds.get(round))
  const common = [...(attempts[0]?.keys() ?? [])].filter(attempt =>
    attempts.every(of => of?.has(attempt)),
  )
  if (common.length === 0) return null
  const last = Math.max(...common)
  return { round, runs: attempts.map(of => of!.get(last)!) }
}
