import type { JobMetrics } from '../../contracts/metrics'
import type { StageContext } from '../stage'

/** Beyond this a table is fingerprinted only when the config says `always`. */
const AUTO_LIMIT = 4 * 2 ** 30

/** The table's content as one digest, so that strategies and engines can be compared; outside the stage's time. */
export async function fingerprintCheck(
  ctx: StageContext,
  role: 'silver' | 'gold',
  bytes: number | null,
): Promise<Partial<JobMetrics>> {
  const wanted = ctx.config.architecture.pipeline.fingerprint
  if (wanted === 'never' || (wanted === 'auto' && (bytes === null || bytes > AUTO_LIMIT))) return {}
  return { output_fingerprint: await ctx.compute.fingerprint(role, { signal: ctx.signal }) }
}
