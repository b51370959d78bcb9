import type { ContinuousMetrics, WindowRecord } from '../../contracts/continuous-metrics'
import type { CorpusRecord, RunMetrics } from '../../contracts/metrics'
import type { StreamName } from '../../contracts/streams'
import { medianOfRounds } from '../benchmark/benchmark-round'
import type { StageContext, StageRecord } from '../stage'
import type { RoundScheduler } from './round-scheduler'
import type { WindowMetrics } from './window-metrics'
import type { WindowPlan } from './window-plan'

/** Turns what was counted into the record, now and at the end. */
export class WindowRecorder {
  corpus: CorpusRecord | null = null
  phase: 'window' | 'drain' = 'window'
  /** `null` while the window goes by. */
  windowSeconds: number | null = null
  drainSeconds: number | null = null
  drained = false
  error: string | null = null
  private endedBy: ContinuousMetrics['ended_by'] = 'still running'

  constructor(
    private readonly ctx: StageContext,
    private readonly plan: WindowPlan,
    private readonly tally: WindowMetrics,
    private readonly rounds: RoundScheduler,
  ) {}

  /** A sample for the record, and a look for the listeners. */
  tick(): void {
    const { tally, rounds } = this
    const sample = tally.sample(process.memoryUsage.rss())
    const rate = (name: StreamName) => tally.recentRate(name)
    this.ctx.emit('stream:progress', {
      elapsed_seconds: sample.at,
      planned_seconds: rounds.settings.duration,
      phase: this.phase,
      staleness_seconds: sample.staleness_seconds,
      bronze_backlog_rows: sample.bronze_backlog_rows,
      silver_backlog_rows: sample.silver_backlog_rows,
      rows_per_second: {
        'bronze-ingest': rate('bronze-ingest'),
        'silver-stream': rate('silver-stream'),
        'gold-refresh': rate('gold-refresh'),
      },
      next_round_at: rounds.nextAt,
    })
  }

  async save(endedBy: ContinuousMetrics['ended_by']): Promise<void> {
    this.endedBy = endedBy
    await this.ctx.keepRecord(this.record())
  }

  /** Bytes of silver as its batches wrote them. */
  get silverBytes(): number {
    return this.tally.of('silver-stream').batches.reduce((sum, b) => sum + b.bytes, 0)
  }

  fingerprint(stream: StreamName, digest: string): void {
    this.tally.of(stream).output_fingerprint = digest
  }

  record(): StageRecord {
    const benchmark = medianOfRounds(this.rounds.benchmarks)
    return {
      window: this.window(),
      ...(benchmark && { benchmark }),
      ...(this.corpus && { corpus: this.corpus }),
    }
  }

  private window(): WindowRecord {
    const { tally, plan, rounds, ctx } = this
    const { profile, job } = plan
    const window = this.windowSeconds ?? tally.now()
    const earlier = ctx.earlier?.continuous
    return {
      streaming: tally.streaming(window, this.error),
      benchmark_rounds: [...rounds.records],
      continuous: {
        profile,
        started_at: tally.startedAt,
        planned_seconds: plan.duration,
        window_seconds: window,
        earlier_window_seconds: earlierSeconds(ctx.earlier),
        drain_seconds: this.drainSeconds,
        drained: this.drained,
        ended_by: this.endedBy,
        resumed: ctx.earlier ? (earlier?.resumed ?? 0) + 1 : 0,
        data_clock: job.data_clock,
        silver_partitioning: job.silver.partitioning,
        producer: {
          offered_rows_per_second: plan.producer?.rows_per_second ?? null,
          planned_rows: plan.producer?.rows ?? null,
          rows_per_file: plan.producer?.rows_per_file ?? null,
          ...tally.producer(),
        },
        landings: tally.landed(),
        rounds: {
          warmup_seconds: rounds.settings.warmup,
          interval_seconds: rounds.settings.interval,
          guard_seconds: rounds.settings.guard,
          ended: rounds.ended,
        },
        clocks: tally.clocks(),
        quarantined: tally.quarantined,
        samples: tally.windowSamples(),
      },
    }
  }
}

/** Seconds of the window in earlier parts of a resumed run. */
export const earlierSeconds = (earlier: RunMetrics | null): number =>
  (earlier?.continuous?.earlier_window_seconds ?? 0) + (earlier?.continuous?.window_seconds ?? 0)
