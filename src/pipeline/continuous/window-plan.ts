import type { ResolvedConfig } from '../../config/schema'
import type { ContinuousMetrics } from '../../contracts/continuous-metrics'
import type { RawSource, StreamJob, StreamName } from '../../contracts/streams'
import { type PacedPlan, producerPlan } from '../../datagen/paced'
import { BYTES_PER_ROW } from '../../datagen/plan'
import { MIB } from '../../shared/format'
import { choosePartitioning } from '../../sizing/partitioning'
import type { RoundOptions } from './schedule'

/** Settings of the streams that all runs of a config share. */
export type WindowJob = Omit<StreamJob, 'run_id' | keyof RawSource>

/** Plan of a window: its length, its streams, its producer. */
export interface WindowPlan {
  readonly engine: string
  readonly profile: ContinuousMetrics['profile']
  /** Seconds. */
  readonly duration: number
  /** `null`: nothing is made. */
  readonly producer: PacedPlan | null
  readonly job: WindowJob
  readonly rounds: Omit<RoundOptions, 'duration'>
  /** No benchmark is wanted. */
  readonly skipBenchmark: boolean
  /** Names of the tables that the streams write. */
  readonly tables: Readonly<Record<StreamName, string>>
}

/** Sizes that a short profile makes small so that they show. */
const RETENTION_SECONDS = { default: 600, short: 5 }
/** For a first round. */
const GUARD_SECONDS = { default: 60, short: 5 }
/** A store that is away is waited for. */
const PATIENCE_SECONDS = 120
/** Rows of silver are about half as large as raw ones, by the bench. */
const SILVER_SHARE = 0.5
const DAY_MS = 86_400_000

/** A config as what a window needs; pure. @param lyingBytes of raw data that lies there, where the run makes none */
export function windowPlan(
  config: ResolvedConfig,
  engine: string,
  { lyingBytes, skipBenchmark }: { lyingBytes: number; skipBenchmark: boolean },
): WindowPlan {
  const { pipeline, workload, tables } = config.architecture
  const { continuous } = pipeline
  const { profile } = continuous
  const producer = producerPlan(config)
  const { timestamp_start, timestamp_end } = workload.datagen
  const end = Date.parse(timestamp_end)
  const dates = Math.max(1, Math.ceil((end - Date.parse(timestamp_start)) / DAY_MS))
  const silver_target = continuous.silver_target_file_size_mb * MIB
  const { granularity: partitioning } = choosePartitioning({
    granularity: pipeline.silver_partitioning,
    bytes: (producer ? producer.rows * BYTES_PER_ROW : lyingBytes) * SILVER_SHARE,
    dates,
    months: Math.ceil(dates / 28),
    targetFileSize: silver_target,
  })
  return {
    engine,
    profile,
    duration: continuous.run_duration,
    producer,
    skipBenchmark,
    rounds: {
      warmup: continuous.benchmark_warmup,
      interval: continuous.benchmark_interval,
      gold_interval: continuous.gold_refresh_interval,
      guard: GUARD_SECONDS[profile],
    },
    tables: {
      'bronze-ingest': tables.bronze,
      'silver-stream': tables.silver,
      'gold-refresh': tables.gold,
    },
    job: {
      bronze: {
        trigger_seconds: continuous.bronze_trigger_interval,
        target_file_size: continuous.bronze_target_file_size_mb * MIB,
        max_files_per_trigger: continuous.max_files_per_trigger,
      },
      silver: {
        trigger_seconds: continuous.silver_trigger_interval,
        target_file_size: silver_target,
        partitioning,
      },
      gold: {
        trigger_seconds: continuous.gold_refresh_interval,
        target_file_size: continuous.gold_target_file_size_mb * MIB,
        partitioning: pipeline.gold_partitioning,
      },
      checkpoint_base: continuous.checkpoint_base,
      // The day after the last date that events may have: what a batch over the whole corpus finds.
      data_clock:
        pipeline.data_clock ??
        new Date(Math.ceil(end / DAY_MS) * DAY_MS).toISOString().slice(0, 10),
      retention_seconds: RETENTION_SECONDS[profile],
      patience_seconds: PATIENCE_SECONDS,
    },
  }
}
