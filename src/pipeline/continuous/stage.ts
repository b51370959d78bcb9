import { Stage } from '../stage'
import { runWindow } from './window'
import type { WindowParts } from './window-parts'
import type { WindowRecorder } from './window-recorder'

/** Tables up to this size are fingerprinted without being asked to, as in a batch. */
const AUTO_LIMIT = 4 * 2 ** 30

/** The whole of a continuous run: it makes data, streams it, and asks queries meanwhile. */
export function continuousStage(parts: WindowParts): Stage<WindowRecorder> {
  return new Stage<WindowRecorder>(
    'continuous',
    async ctx => {
      const recorder = await runWindow(ctx, parts)
      const wanted = ctx.config.architecture.pipeline.fingerprint
      const bytes = recorder.silverBytes
      if (
        !ctx.signal.aborted &&
        recorder.drained &&
        (wanted === 'always' || (wanted === 'auto' && bytes <= AUTO_LIMIT))
      ) {
        for (const [stream, role] of [
          ['silver-stream', 'silver'],
          ['gold-refresh', 'gold'],
        ] as const)
          recorder.fingerprint(stream, await ctx.compute.fingerprint(role, { signal: ctx.signal }))
      }
      ctx.signal.throwIfAborted()
      return recorder
    },
    {
      needs: ['store', 'compute', ...(parts.rounds ? (['query engine'] as const) : [])],
      recordsJob: false,
      timeout: false,
      ...(parts.producer && { recordBase: { job_type: 'datagen' } }),
      record: recorder => recorder.record(),
    },
  )
}
