import type { RunMetrics, SeriesPlace } from '../../contracts/metrics'
import { seededRandom } from '../statistics/resampling'
import { type Controls, machineConditions, NegativeControls } from './fixed-work'
import {
  attemptsOf,
  completeRounds,
  type SeriesFolder,
  type SeriesRecord,
  type SeriesRun,
} from './series-record'

export interface ArmRunOptions {
  readonly series: SeriesPlace
  readonly signal: AbortSignal
  /** Called with the run's id as soon as it has one. */
  readonly onStart: (runId: string) => void
}

/** One config of a session. Its run leaves an ordinary run folder, however it ends. */
export interface SessionArm {
  readonly name: string
  run(options: ArmRunOptions): Promise<RunMetrics>
}

/** Where a series of runs stands. */
export interface TurnProgress {
  /** Name of the config whose turn it is. */
  readonly arm: string
  /** 0 is the warm-up. */
  readonly round: number
  /** Rounds that the series was asked for. */
  readonly planned_rounds: number
  /** Runs that are over, and all that there will be, warm-up included. */
  readonly done: number
  /** Runs that the series will have. */
  readonly total: number
  /** The run that is over; `null` when one begins. */
  readonly metrics: RunMetrics | null
}

export interface SessionOptions {
  readonly signal: AbortSignal
  readonly onTurn?: (progress: TurnProgress) => void
  /** Looks at the warm-up's runs; a sentence says why no more should be run. */
  readonly afterWarmUp?: (runs: readonly RunMetrics[]) => string | null
  /** Default: `NegativeControls` in the series' folder. */
  readonly controls?: Controls
}

/**
 * Run what the record still lacks: a warm-up, then every missing round, each arm once, entire. Rounds come in pairs: the order
 * of the first is drawn, the second has it turned round, so that each arm starts as often and nobody knows where. The number of rounds was fixed before; nothing looks at times on the way. A round that was cut off is
 * begun anew, as its arms would not have been run in turns.
 *
 * @returns the record as it was last saved, and what was run now
 */
export async function runSession(
  folder: SeriesFolder,
  begun: SeriesRecord,
  arms: readonly SessionArm[],
  options: SessionOptions,
): Promise<{ record: SeriesRecord; runs: readonly RunMetrics[] }> {
  const state = new SessionState(folder, begun)
  const complete = new Set(completeRounds(begun))
  const missing = Array.from({ length: begun.planned_rounds }, (_, i) => i + 1).filter(
    round => !complete.has(round),
  )
  if (missing.length === 0) return { record: state.end('complete', null), runs: [] }
  const rounds = [0, ...missing]
  const controls = options.controls ?? new NegativeControls(folder.dir)
  const runs: RunMetrics[] = []
  let done = 0
  try {
    for (const round of rounds) {
      const attempt = attemptsOf(state.record, round)
      for (const [position, arm] of turnOrder(arms, round, begun.order_seed).entries()) {
        if (options.signal.aborted) return { record: state.end('interrupted', null), runs }
        const tell = (metrics: RunMetrics | null) =>
          options.onTurn?.({
            arm: arm.name,
            round,
            planned_rounds: begun.planned_rounds,
            done,
            total: rounds.length * arms.length,
            metrics,
          })
        tell(null)
        const series: SeriesPlace = {
          series_id: begun.series_id,
          kind: begun.type,
          arm: arm.name,
          round,
          attempt,
          position,
          planned_rounds: begun.planned_rounds,
          controls: controls.measure(),
          conditions: machineConditions(),
        }
        const metrics = await state.run(arm, { series, signal: options.signal })
        runs.push(metrics)
        done++
        tell(metrics)
        if (metrics.status === 'aborted') return { record: state.end('interrupted', null), runs }
      }
      const stop = round === 0 ? warmUpFault(runs, options) : null
      if (stop) return { record: state.end('stopped', stop), runs }
    }
    return { record: state.end('complete', null), runs }
  } catch (error) {
    state.end('interrupted', null)
    throw error
  } finally {
    controls.close()
  }
}

/** Finding that would make every round a waste. */
function warmUpFault(runs: readonly RunMetrics[], { afterWarmUp }: SessionOptions): string | null {
  const failed = runs.find(run => run.status === 'failed')
  if (failed) return `the warm-up of ${failed.series?.arm} failed: ${failed.error_message}`
  return afterWarmUp?.(runs) ?? null
}

/**
 * Drawn in odd rounds, turned round in the even ones after them. A fixed A B, B A would always start with the same arm, and
 * would meet whatever else on the machine comes and goes in such a rhythm.
 */
export function turnOrder<T>(arms: readonly T[], round: number, seed: number): readonly T[] {
  if (round === 0) return arms
  const random = seededRandom(seed)
  let drawn: T[] = []
  for (let pair = 0; pair < Math.ceil(round / 2); pair++) drawn = shuffled(arms, random)
  return round % 2 === 1 ? drawn : drawn.reverse()
}

function shuffled<T>(arms: readonly T[], random: () => number): T[] {
  const drawn = [...arms]
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[drawn[last], drawn[other]] = [drawn[other]!, drawn[last]!]
  }
  return drawn
}

/** The record, saved before and after every run. */
class SessionState {
  record: SeriesRecord
  private readonly folder: SeriesFolder

  constructor(folder: SeriesFolder, begun: SeriesRecord) {
    this.folder = folder
    this.record = begun
    this.save({ status: 'running', stopped_reason: null })
  }

  async run(arm: SessionArm, options: Omit<ArmRunOptions, 'onStart'>): Promise<RunMetrics> {
    const { round, attempt, position } = options.series
    const metrics = await arm.run({
      ...options,
      onStart: run_id =>
        this.note({ run_id, arm: arm.name, round, attempt, position, status: 'running' }),
    })
    this.note({
      run_id: metrics.run_id,
      arm: arm.name,
      round,
      attempt,
      position,
      status: metrics.status,
    })
    return metrics
  }

  end(status: SeriesRecord['status'], stopped_reason: string | null): SeriesRecord {
    this.save({ status, stopped_reason })
    return this.record
  }

  private note(run: SeriesRun): void {
    const others = this.record.runs.filter(({ run_id }) => run_id !== run.run_id)
    this.save({ runs: [...others, run] })
  }

  private save(change: Partial<SeriesRecord>): void {
    this.record = { ...this.record, ...change }
    this.folder.save(this.record)
  }
}
