import type { ResolvedConfig } from '../config/schema'
import type { PacedPlan } from '../datagen/paced'
import { BYTES_PER_ROW } from '../datagen/plan'
import { benchmarkQueries } from '../pipeline/benchmark/benchmark-queries'
import { benchmarkRound, medianOfRounds } from '../pipeline/benchmark/benchmark-round'
import { USUAL_GUARD_SECONDS } from '../pipeline/continuous/schedule'
import type { Producer, Rounds, WindowParts } from '../pipeline/continuous/window-parts'
import { choosePartitioning } from '../sizing/partitioning'
import { RAW_PREFIX } from '../workload/raw-columns'
import { producerPlan } from './raw-data'

/** How a continuous run is carried out, beside its config. */
export interface ContinuousOptions {
  /** Leave the rounds of queries out. Default false. */
  readonly skipBenchmark?: boolean
  /** Accepted for symmetry with a batch: a new continuous run makes its raw data anew in any case. */
  readonly regenerate?: boolean
  /** The run goes on where an earlier process left it. */
  readonly resumed?: boolean
}

const MIB = 2 ** 20
/** Sizes that a short profile makes small so that they show. */
const RETENTION_SECONDS = { default: 600, short: 5 }
const GUARD_SECONDS = { default: USUAL_GUARD_SECONDS, short: 5 }
/** A store that is away is waited for. */
const PATIENCE_SECONDS = 120
/** Rows of silver are about half as large as raw ones, by the bench. */
const SILVER_SHARE = 0.5
const DAY_MS = 86_400_000

/** A config as what a window needs; pure, but for the producer and the queries that it brings. */
export function continuousParts(
  config: ResolvedConfig,
  engine: string,
  options: ContinuousOptions,
): WindowParts {
  const { pipeline, workload, tables, query_engine, benchmark } = config.architecture
  const { continuous } = pipeline
  const { profile } = continuous
  const duration = continuous.run_duration
  const producer = producerPlan(config)
  const { timestamp_start, timestamp_end } = workload.datagen
  const dates = Math.max(
    1,
    Math.ceil((Date.parse(timestamp_end) - Date.parse(timestamp_start)) / DAY_MS),
  )
  const silver_target = continuous.silver_target_file_size_mb * MIB
  const partitioning = (rawBytes: number) =>
    choosePartitioning({
      granularity: pipeline.silver_partitioning,
      bytes: rawBytes * SILVER_SHARE,
      dates,
      months: Math.ceil(dates / 28),
      targetFileSize: silver_target,
    }).granularity
  const rounds: Rounds | null =
    options.skipBenchmark || query_engine.type === 'none'
      ? null
      : {
          run: (engine, run) =>
            benchmarkRound(engine, benchmarkQueries(engine.dialect), benchmark, run),
          summarise: medianOfRounds,
        }
  return {
    engine,
    profile,
    duration,
    plan: { producer },
    producer: producer && producerOf(config, producer, options),
    rawPrefix: RAW_PREFIX,
    rounds,
    roundWishes: {
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
    job: lyingBytes => ({
      bronze: {
        trigger_seconds: continuous.bronze_trigger_interval,
        target_file_size: continuous.bronze_target_file_size_mb * MIB,
        max_files_per_trigger: continuous.max_files_per_trigger,
      },
      silver: {
        trigger_seconds: continuous.silver_trigger_interval,
        target_file_size: silver_target,
        partitioning: partitioning(producer ? producer.rows * BYTES_PER_ROW : lyingBytes),
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
        new Date(Math.ceil(Date.parse(timestamp_end) / DAY_MS) * DAY_MS).toISOString().slice(0, 10),
      retention_seconds: RETENTION_SECONDS[profile],
      patience_seconds: PATIENCE_SECONDS,
    }),
  }
}

function producerOf(config: ResolvedConfig, plan: PacedPlan, options: ContinuousOptions): Producer {
  const resume = options.resumed ?? false
  const session = () => import('./corpus-session')
  return {
    makeRoom: async () => (await session()).makeRoomInto(config, { plan, resume }),
    run: async run => (await session()).produceInto(config, { ...run, plan, resume }),
  }
}
