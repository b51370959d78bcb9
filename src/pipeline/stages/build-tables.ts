import { SILVER_TARGET_FILE_SIZE } from '../../contracts/choices'
import type {
  BronzeVerifyResult,
  GoldFinalizeResult,
  SilverBuildResult,
} from '../../contracts/jobs'
import { ISO_DATE, type PartitionDecision, type StrategyDecision } from '../../contracts/plan'
import { silverDecisions } from '../../sizing/strategy-selector'
import { Stage } from '../stage'
import { afterCommit, emitCommit, runJob } from './run-job'

interface SilverStageResult {
  readonly job: SilverBuildResult
  readonly strategy: StrategyDecision
  readonly partitioning: PartitionDecision
  readonly data_clock: string
}

const DAY_MS = 86_400_000

/** Build the silver table with the strategy that fits the measured bronze data. */
export function silverBuildStage(engine: string): Stage<SilverStageResult> {
  return new Stage<SilverStageResult>(
    'silver-build',
    async ctx => {
      const verified = ctx.results.get('bronze-verify') as BronzeVerifyResult | undefined
      const profile = verified?.profile ?? (await ctx.compute.profile({ signal: ctx.signal }))
      const { strategy, partitioning } = silverDecisions(ctx.config, profile)
      const data_clock = ctx.config.architecture.pipeline.data_clock ?? dayAfter(profile.max_date)
      const job = await runJob(
        ctx,
        engine,
        {
          kind: 'silver-build',
          strategy,
          profile,
          partitioning,
          target_file_size: SILVER_TARGET_FILE_SIZE,
          data_clock,
          processed_at: new Date().toISOString().replace('Z', '000'),
          run_id: ctx.run_id,
        },
        `${strategy.strategy}: ${strategy.reason}`,
      )
      emitCommit(ctx, ctx.config.architecture.tables.silver, job)
      return { job, strategy, partitioning, data_clock }
    },
    {
      needs: ['store', 'compute'],
      recordBase: { job_type: 'batch', engine },
      record: ({ job, strategy, partitioning, data_clock }) => ({
        measurement: job,
        job: {
          strategy: job.strategy,
          strategy_reason: strategy.reason,
          partitioning: `${partitioning.granularity}: ${partitioning.reason}`,
        },
        measurements: {
          strategy,
          partitioning,
          data_clock,
          snapshot_id: job.snapshot_id,
          partitions: job.partitions,
          longest_task_seconds: job.longest_task_seconds,
        },
      }),
      check: (ctx, job) => afterCommit(ctx, 'silver', job.output_size_gb),
    },
  )
}

/**
 * The data clock: the day after the newest event, so that recency does not depend on when the benchmark runs. Dates beyond
 * the year 9999, and a corpus without dates, leave it at the newest day that can be written.
 */
function dayAfter(date: string | null): string {
  if (date === null) return '1970-01-01'
  const next = ISO_DATE.test(date)
    ? new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10)
    : ''
  return ISO_DATE.test(next) ? next : '9999-12-31'
}

/** Aggregate silver into the daily KPIs. */
export function goldFinalizeStage(engine: string): Stage<GoldFinalizeResult> {
  return new Stage<GoldFinalizeResult>(
    'gold-finalize',
    async ctx => {
      const partitioning = ctx.config.architecture.pipeline.gold_partitioning
      const job = await runJob(
        ctx,
        engine,
        { kind: 'gold-finalize', partitioning, run_id: ctx.run_id },
        `partitioned by ${partitioning}`,
      )
      emitCommit(ctx, ctx.config.architecture.tables.gold, job)
      return job
    },
    {
      needs: ['store', 'compute'],
      recordBase: { job_type: 'batch', engine },
      record: job => ({
        measurement: job,
        job: { partitioning: job.partitioning },
        measurements: { snapshot_id: job.snapshot_id },
      }),
      check: (ctx, job) => afterCommit(ctx, 'gold', job.output_size_gb),
    },
  )
}
