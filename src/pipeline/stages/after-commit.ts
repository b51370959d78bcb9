import { shortMessage } from '../../contracts/errors'
import type { JobMetrics } from '../../contracts/metrics'
import type { StageContext } from '../stage'

/** Beyond this a table is fingerprinted only when the config says `always`. */
const AUTO_LIMIT = 4 * 2 ** 30

/**
 * What a written table needs once the pipeline is through, outside every measured time: replaced files go, and the content
 * becomes one digest, so that strategies and engines can be compared.
 */
export async function afterCommit(
  ctx: Pick<StageContext, 'compute' | 'config' | 'signal' | 'warn'>,
  role: 'silver' | 'gold',
  bytes: number | null,
): Promise<Partial<JobMetrics>> {
  await ctx.compute.tidy(role).catch((error: unknown) => {
    ctx.warn(`Files of the replaced ${role} table are still there: ${shortMessage(error)}. The next run removes them.`)
  })
  const wanted = ctx.config.architecture.pipeline.fingerprint
  if (wanted === 'never' || (wanted === 'auto' && (bytes === null || bytes > AUTO_LIMIT))) return {}
  return { output_fingerprint: await ctx.compute.fingerprint(role, { signal: ctx.signal }) }
}
