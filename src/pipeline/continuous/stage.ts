import { shortMessage } from '../../contracts/errors'
import { FINGERPRINT_LIMIT } from '../../contracts/limits'
import type { RunMetrics } from '../../contracts/metrics'
import { windowOf } from '../resume'
import { Stage, type StageRecord } from '../stage'
import { runWindow } from './window'
import type { WindowParts } from './window-parts'
import type { WindowRecorder } from './window-recorder'

/** The whole of a continuous run: it makes data, streams it, and asks queries meanwhile. */
export function continuousStage(parts: WindowParts): Stage<WindowRecorder> {
  return new Stage<WindowRecorder>(
    'continuous',
    async ctx => {
      const recorder = await runWindow(ctx, parts)
      const wanted = ctx.config.architecture.pipeline.fingerprint
      const bytes = recorder.silverBytes
      if (!ctx.signal.aborted && recorder.drained && bytes <= FINGERPRINT_LIMIT[wanted]) {
        for (const [stream, role] of [
          ['silver-stream', 'silver'],
          ['gold-refresh', 'gold'],
        ] as const) {
          const digest = await ctx.compute
            .fingerprint(role, { signal: ctx.signal })
            .catch((error: unknown) => {
              // As in a batch: a check that fails costs no result.
              if (!ctx.signal.aborted)
                ctx.warn(`The fingerprint of ${role} failed: ${shortMessage(error)}`)
              return null
            })
          if (digest !== null) recorder.fingerprint(stream, digest)
        }
      }
      ctx.signal.throwIfAborted()
      return recorder
    },
    {
      needs: ['store', 'compute', ...(parts.rounds ? (['query engine'] as const) : [])],
      recordsJob: false,
      keeps: finished,
      timeout: false,
      ...(parts.producer && { recordBase: { job_type: 'datagen' } }),
      record: recorder => recorder.record(),
    },
  )
}

/** A run that came to its end, all of it in gold, is not run again: its window is over, and nothing is left to take. */
function finished(earlier: RunMetrics): StageRecord | null {
  const window = windowOf(earlier)
  if (earlier.status !== 'succeeded' || !window?.continuous.drained) return null
  const { benchmark, corpus } = earlier
  return { window, ...(benchmark && { benchmark }), ...(corpus && { corpus }) }
}
