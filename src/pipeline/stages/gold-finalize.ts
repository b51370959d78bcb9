import type { GoldFinalizeResult } from '../../contracts/jobs'
import { Stage } from '../stage'
import { fingerprintCheck } from './fingerprint-check'
import { emitCommit } from './silver-build'

/** Aggregate silver into the daily KPIs. */
export function goldFinalizeStage(engine: string): Stage<GoldFinalizeResult> {
  return new Stage<GoldFinalizeResult>(
    'gold-finalize',
    async ctx => {
      const partitioning = ctx.config.architecture.pipeline.gold_partitioning
      ctx.emit('job:submit', {
        stage: 'gold-finalize',
        engine,
        job: 'gold-finalize',
        detail: `partitioned by ${partitioning}`,
      })
      const job = await ctx.compute.run(
        { kind: 'gold-finalize', partitioning, run_id: ctx.run_id },
        { signal: ctx.signal, onProgress: ctx.progress },
      )
      emitCommit(ctx, ctx.config.architecture.tables.gold, job)
      return job
    },
    {
      recordBase: { job_type: 'batch', engine },
      record: job => ({
        job_type: 'batch',
        engine,
        measurement: job,
        job: { partitioning: job.partitioning },
        measurements: { snapshot_id: job.snapshot_id },
      }),
      check: (ctx, job) => fingerprintCheck(ctx, 'gold', job.output_bytes),
    },
  )
}
