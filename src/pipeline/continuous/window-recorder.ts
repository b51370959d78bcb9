import type { ContinuousMetrics, WindowRecord } from '../../contracts/continuous-metrics'
import type { CorpusRecord } from '../../contracts/metrics'
import type { StreamName } from '../../contracts/streams'
import type { StageContext, StageRecord } from '../stage'
import type { RoundScheduler } from './round-scheduler'
import type { WindowMetrics } from './window-metrics'
import type { WindowJob, WindowParts } from './window-parts'

/** Turns what was counted into the record, now and at the end. */
export class WindowRecorder {
  rounds: RoundScheduler | null = null
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
    private readonly parts: WindowParts,
    private readonly job: WindowJob,
    private readonly tally: WindowMetrics,
  ) {}

  /** Seconds of the window in earlier parts of a resumed run. */
  get earlierSeconds(): number {
    const earlier = this.ctx.earlier?.continuous
    return earlier ? (earlier.earlier_window_seconds ?? 0) + earlier.window_seconds : 0
  }

  tick(planned_seconds: number, next_round_at: number | null): void {
    const { tally } = this
    const sample = tally.sample(process.memoryUsage.rss())
    const rate = (name: StreamName) => tally.recentRate(name)
    this.ctx.emit('stream:progress', {
      elapsed_seconds: sample.at,
      planned_seconds,
      phase: this.phase,
      staleness_seconds: sample.staleness_seconds,
      bronze_backlog_rows: sample.bronze_backlog_rows,
      silver_backlog_rows: sample.silver_backlog_rows,
      rows_per_second: {
        'bronze-ingest': rate('bronze-ingest'),
        'silver-stream': rate('silver-stream'),
        'gold-refresh': rate('gold-refresh'),
      },
      next_round_at,
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
    this.tally.of(stream).fingerprint = digest
  }

  record(): StageRecord {
    const benchmark = this.parts.rounds?.summarise(this.rounds?.benchmarks ?? []) ?? null
    return {
      window: this.window(),
      ...(benchmark && { benchmark }),
      ...(this.corpus && { corpus: this.corpus }),
    }
  }

  private window(): WindowRecord {
    const { tally, parts, job, rounds, ctx } = this
    const { plan, engine, profile } = parts
    const window = this.windowSeconds ?? tally.now()
    const earlier = ctx.earlier?.continuous
    return {
      streaming: tally.streaming(engine, job, window, this.error),
      benchmark_rounds: [...(rounds?.records ?? [])],
      continuous: {
        profile,
        started_at: tally.startedAt,
        planned_seconds: parts.duration,
        window_seconds: window,
        earlier_window_seconds: this.earlierSeconds,
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
          warmup_seconds: rounds?.settings.warmup ?? 0,
          interval_seconds: rounds?.settings.interval ?? 0,
          guard_seconds: rounds?.settings.guard ?? 0,
          ended: rounds?.ended ?? null,
        },
        clocks: tally.clocks(),
        quarantined: tally.quarantined,
        samples: tally.windowSamples(),
      },
    }
  }
}
