import type { GoldFinalizeResult } from '../../contracts/jobs'
import { Stage } from '../stage'
import { afterCommit } from './after-commit'
import { emitCommit, runJob } from './run-job'

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
        job_type: 'batch',
        engine,
        measurement: job,
        job: { partitioning: job.partitioning },
        measurements: { snapshot_id: job.snapshot_id },
      }),
      check: (ctx, job) => afterCommit(ctx, 'gold', job.output_size_gb),
    },
  )
}
