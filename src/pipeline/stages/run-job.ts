import { shortMessage } from '../../contracts/errors'
import type { Job, JobResult } from '../../contracts/jobs'
import type { StageContext } from '../stage'

/** Hand a job to the engine and tell the listeners how it goes. The stage has the job's name. */
export async function runJob<J extends Job>(
  ctx: StageContext,
  engine: string,
  job: J,
  detail: string | null,
): Promise<JobResult<J['kind']>> {
  const stage = job.kind
  ctx.emit('job:submit', { stage, engine, job: job.kind, detail })
  ctx.emit('job:state', { stage, state: 'running', detail: null })
  try {
    const result = await ctx.compute.run(job, {
      signal: ctx.signal,
      onProgress: ctx.progress,
      onState: (state, detail) => ctx.emit('job:state', { stage, state, detail }),
    })
    ctx.emit('job:state', { stage, state: 'succeeded', detail: null })
    return result
  } catch (error) {
    ctx.emit('job:state', {
      stage,
      state: ctx.signal.aborted ? 'aborted' : 'failed',
      detail: shortMessage(error),
    })
    throw error
  }
}

/** Tell the listeners that a table has a new snapshot. */
export function emitCommit(
  ctx: StageContext,
  table: string,
  job: {
    readonly snapshot_id: string
    readonly output_rows: number | null
    readonly output_files: number | null
  },
): void {
  ctx.emit('batch:commit', {
    table,
    snapshot_id: job.snapshot_id,
    rows: job.output_rows ?? 0,
    files: job.output_files ?? 0,
  })
}
