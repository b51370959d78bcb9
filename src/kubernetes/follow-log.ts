import { setTimeout as delay } from 'node:timers/promises'
import type { KubeApi } from './kube-api'
import { hasStatus } from './kube-error'
import { LineSplitter } from './line-splitter'

/** Whether a container still writes, as the pod's state says. */
export type Writer = 'runs' | 'succeeded' | 'failed'

const PAUSE_MS = 1_000
/** A stream ends with its container; the pod's state says so a little later. */
const TOLD_MS = 3_000
const LOOK_MS = 100

/**
 * Hand on a container's output line by line until it has ended and all of it was read, or the signal aborts. The kubelet ends a
 * stream after hours and the API server when it restarts; the next one goes on after the last line that was seen. Where a
 * container failed its last lines tell why: they are asked for once more, in case the stream was cut before them.
 */
export async function followLog(
  api: KubeApi,
  pod: { readonly name: string; readonly container: string },
  onLine: (line: string) => void,
  { signal, writer }: { readonly signal: AbortSignal; writer(): Writer },
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const ended = writer() !== 'runs'
    try {
      const stream = await api.open(api.in('api/v1', 'pods', pod.name) + '/log', {
        query: {
          container: pod.container,
          follow: !ended,
          timestamps: true,
          sinceTime: last === '' ? undefined : last,
        },
        signal,
      })
      const lines = new LineSplitter()
      const seen = last
      const take = (line: string) => {
        const space = line.indexOf(' ')
        const at = line.slice(0, space)
        // A second stream begins at the second of the last line, which was seen already.
        if (space < 0 || at <= seen) return
        last = at
        onLine(line.slice(space + 1))
      }
      for await (const chunk of stream) for (const line of lines.push(chunk as Buffer)) take(line)
      take(lines.end())
      if (ended || (await endOf(writer, signal)) === 'succeeded') return
    } catch (error) {
      if (signal.aborted) return
      // The pod is gone, and its output with it.
      if (hasStatus(error, 404) || ended) return
    }
    await delay(writer() === 'runs' ? PAUSE_MS : 0, undefined, { signal }).catch(() => {})
  }
}

/** What a writer is in, once it has ended; `runs` where it seems that it has not. */
async function endOf(writer: () => Writer, signal: AbortSignal): Promise<Writer> {
  const end = performance.now() + TOLD_MS
  while (writer() === 'runs' && performance.now() < end)
    await delay(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  return writer()
}
