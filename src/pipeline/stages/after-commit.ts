import { shortMessage } from '../../contracts/errors'
import { FINGERPRINT_LIMIT } from '../../contracts/limits'
import type { JobMetrics } from '../../contracts/metrics'
import type { StageContext } from '../stage'

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
  const bytes = size_gb === null ? FINGERPRINT_LIMIT.always : size_gb * 2 ** 30
  if (bytes > FINGERPRINT_LIMIT[wanted]) return {}
  return { output_fingerprint: await ctx.compute.fingerprint(role, { signal: ctx.signal }) }
}
