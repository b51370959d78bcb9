import type { BenchmarkMetrics, BenchmarkRound } from '../../contracts/benchmark-metrics'
import { pause } from '../../shared/abort'
import { benchmarkQueries } from '../../workload/benchmark-queries'
import { benchmarkRound, type RoundResult } from '../benchmark/benchmark-round'
import type { StageContext } from '../stage'
import { dueAfterRound, nextStep, type RoundSettings, settleRounds } from './schedule'
import type { WindowMetrics } from './window-metrics'
import type { WindowPlan } from './window-plan'

/** Runs benchmark rounds when the schedule says so, and keeps what came of them. */
export class RoundScheduler {
  readonly settings: RoundSettings
  readonly records: BenchmarkRound[] = []
  readonly benchmarks: BenchmarkMetrics[] = []
  /** Why there is no further round; `null` while there may be one. */
  ended: string | null = null
  private due: number

  constructor(
    private readonly ctx: StageContext,
    { rounds, skipBenchmark }: WindowPlan,
    private readonly tally: WindowMetrics,
    /** Seconds of the window that are left. */
    duration: number,
  ) {
    this.settings = settleRounds({ ...rounds, duration })
    this.due = this.settings.warmup
    if (skipBenchmark || ctx.queryEngine === null) this.ended = 'no benchmark was asked for'
    else for (const warning of this.settings.warnings) ctx.warn(warning)
  }

  /** Seconds from the start of the window; `null` where no round will come. */
  get nextAt(): number | null {
    return this.ended === null ? this.due : null
  }

  /** Resolves when no further round will be. A round that has begun is not cut short by the end of the window. */
  async run(signal: AbortSignal): Promise<void> {
    const { tally, settings } = this
    let last_round: number | null = null
    while (this.ended === null && !signal.aborted) {
      const gold_ready = tally.staleness() !== null
      const step = nextStep(settings, {
        elapsed: tally.now(),
        next_at: this.due,
        last_round,
        gold_ready,
      })
      if (step.do === 'end') this.close(step.why)
      else if (step.do === 'wait') await this.wait(step.until, signal)
      else {
        last_round = await this.round(signal)
        this.due = dueAfterRound(tally.now(), settings)
      }
    }
    this.ended ??= 'the window was ended'
  }

  private close(why: string): void {
    this.ended = why
    if (this.records.length === 0)
      this.ctx.warn(`No benchmark round was run: ${why}. So there is no QpH.`)
  }

  private async wait(until: number, signal: AbortSignal): Promise<void> {
    const ms = (until - this.tally.now()) * 1000
    // An interrupt of the run ends the waiting as well: no round is begun then.
    const any = AbortSignal.any([signal, this.ctx.signal])
    await pause(ms, any)
    if (this.ctx.signal.aborted) this.ended ??= 'the run was interrupted'
  }

  /** Seconds that the round took. */
  private async round(signal: AbortSignal): Promise<number> {
    const { ctx, tally } = this
    const round = this.records.length + 1
    const at = tally.now()
    const freshness = tally.staleness(at)
    const staleness = tally.unseen(at)
    const { emit, queryEngine, config } = ctx
    const engine = queryEngine!
    emit('round:start', { round })
    const stop = AbortSignal.any([signal, ctx.signal])
    let result: RoundResult
    try {
      const queries = benchmarkQueries(engine.dialect)
      const options = { signal: stop, emit }
      result = await benchmarkRound(engine, queries, config.architecture.benchmark, options)
    } catch (error) {
      if (!stop.aborted) throw error
      this.ended = 'the run was ended during a round'
      return tally.now() - at
    }
    const elapsed_seconds = tally.now() - at
    const record = {
      ...roundRecord(round, at, elapsed_seconds, freshness, result),
      gold_staleness_seconds: staleness,
    }
    this.records.push(record)
    this.benchmarks.push(result.metrics)
    emit('round:end', {
      round,
      qph: record.qph,
      duration_ms: elapsed_seconds * 1000,
      gold_freshness_seconds: freshness,
      q9_contention: record.q9_contention_observed,
      invalid_reasons: record.valid
        ? [result.metrics.qph_reason].filter(r => r !== null)
        : record.invalid_reasons,
    })
    return elapsed_seconds
  }
}

function roundRecord(
  round: number,
  at: number,
  elapsed_seconds: number,
  gold_freshness_seconds: number | null,
  { metrics, contention, retries, retry_used, flush }: RoundResult,
): Omit<BenchmarkRound, 'gold_staleness_seconds'> {
  return {
    round,
    at,
    elapsed_seconds,
    valid: metrics.valid,
    invalid_reasons: metrics.invalid_reasons,
    qph: metrics.qph,
    total_seconds: metrics.total_seconds,
    gold_freshness_seconds,
    q9_contention_observed: contention,
    q9_retry_used: retry_used,
    q9_retries: retries,
    metadata_flush: flush,
    queries_in_set: metrics.queries_in_set,
    queries: metrics.queries.map(q => ({
      name: q.name,
      class: q.class,
      engine_seconds: q.engine_seconds,
      rows_returned: q.rows_returned,
      success: q.success,
      error_message: q.error_message,
    })),
  }
}
