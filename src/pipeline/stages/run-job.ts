import { FINGERPRINT_LIMIT } from '../../contracts/choices'
import { shortMessage } from '../../contracts/errors'
import type { Job, JobResult } from '../../contracts/jobs'
import type { JobMetrics } from '../../contracts/metrics'
import { GIB } from '../../shared/format'
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
    const state = ctx.signal.aborted ? 'aborted' : 'failed'
    ctx.emit('job:state', { stage, state, detail: shortMessage(error) })
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
  const [rows, files] = [job.output_rows ?? 0, job.output_files ?? 0]
  ctx.emit('batch:commit', { table, snapshot_id: job.snapshot_id, rows, files })
}

/**
 * What a written table needs once the pipeline is through, outside every measured time: replaced files go, and the content
 * becomes one digest, so that strategies and engines can be compared.
 */
export async function afterCommit(
  ctx: Pick<StageContext, 'compute' | 'config' | 'signal' | 'warn'>,
  role: 'silver' | 'gold',
  size_gb: number | null,
): Promise<Partial<JobMetrics>> {
  await ctx.compute.expireSnapshots(role, { signal: ctx.signal }).catch((error: unknown) => {
    ctx.signal.throwIfAborted()
    ctx.warn(
      `Files of the replaced ${role} table are still there: ${shortMessage(error)}. The next run removes them.`,
    )
  })
  const wanted = ctx.config.architecture.pipeline.fingerprint
  const bytes = size_gb === null ? FINGERPRINT_LIMIT.always : size_gb * GIB
  if (bytes > FINGERPRINT_LIMIT[wanted]) return {}
  return { output_fingerprint: await ctx.compute.fingerprint(role, { signal: ctx.signal }) }
}
