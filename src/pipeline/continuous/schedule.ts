/** Settings of benchmark rounds in the config; seconds. */
export interface RoundOptions {
  readonly duration: number
  readonly warmup: number
  readonly interval: number
  readonly gold_interval: number
  /** Time that must be left before the end for a round of unknown length. */
  readonly guard: number
}

/** The wishes after clamping. Times are seconds from the start of the window. */
export interface RoundSettings {
  readonly duration: number
  readonly warmup: number
  readonly interval: number
  readonly guard: number
  /** Values that were clamped, a sentence each. */
  readonly warnings: readonly string[]
  /** Why there can be no round at all; `null` where there can. */
  readonly impossible: string | null
}

/** A round is given this many times what the last one took. */
const GUARD_FACTOR = 1.2
/** How often to look again for what has no time of its own. */
const LOOK_AGAIN_SECONDS = 1

/** Warm-up and interval are raised to the gold interval: before its first refresh, and within one, queries meet no stable gold. */
export function settleRounds({
  duration,
  warmup,
  interval,
  gold_interval,
  guard,
}: RoundOptions): RoundSettings {
  const warnings: string[] = []
  const atLeastGold = (name: string, value: number) => {
    if (value >= gold_interval) return value
    warnings.push(
      `${name} ${value} is below gold_refresh_interval ${gold_interval} and was raised to it.`,
    )
    return gold_interval
  }
  const settled = {
    warmup: atLeastGold('benchmark_warmup', warmup),
    interval: atLeastGold('benchmark_interval', interval),
  }
  const needed = settled.warmup + Math.max(settled.interval, guard)
  const impossible =
    duration >= needed
      ? null
      : `a window of ${Number(duration.toFixed(1))} s has no room for a benchmark round: it needs benchmark_warmup ${settled.warmup} s and then ${needed - settled.warmup} s; use --duration ${Math.ceil(needed)} or more, or shorter intervals (--profile short)`
  return { duration, guard, warnings, impossible, ...settled }
}

export interface RoundState {
  /** Since the start of the window. */
  readonly elapsed: number
  /** When the next round is due. */
  readonly next_at: number
  /** Seconds of the last round; `null` before the first. */
  readonly last_round: number | null
  /** Gold has been committed in this run. */
  readonly gold_ready: boolean
}

export type RoundStep =
  | { readonly do: 'start' }
  /** Look again at this time, or before. */
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'end'; readonly why: string }

/** Seconds that must be left for a round to start. Source: the page's adaptive end-of-window guard, `max(60, 1.2 × last round)`. */
export const guardSeconds = (guard: number, lastRound: number | null): number =>
  Math.max(guard, GUARD_FACTOR * (lastRound ?? 0))

/** Decides the next step. Pure: whoever calls it has the clock. */
export function nextStep(
  settings: RoundSettings,
  { elapsed, next_at, last_round, gold_ready }: RoundState,
): RoundStep {
  if (settings.impossible) return { do: 'end', why: settings.impossible }
  const guard = guardSeconds(settings.guard, last_round)
  const latest = settings.duration - guard
  if (Math.max(elapsed, next_at) > latest) {
    const why = gold_ready
      ? `the window ends before another round of up to ${Math.ceil(guard)} s would`
      : 'gold had no content in time: the first refresh did not end before the window was too short for a round'
    return { do: 'end', why }
  }
  if (elapsed < next_at) return { do: 'wait', until: next_at }
  return gold_ready
    ? { do: 'start' }
    : { do: 'wait', until: Math.min(elapsed + LOOK_AGAIN_SECONDS, settings.duration) }
}

/** The next round is due an interval after the last one ended. */
export const dueAfterRound = (
  elapsed: number,
  { interval }: Pick<RoundSettings, 'interval'>,
): number => elapsed + interval
