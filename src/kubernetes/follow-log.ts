import { setTimeout as delay } from 'node:timers/promises'
import type { KubeApi } from './kube-api'
import { hasStatus } from './kube-error'
import { LineSplitter } from './line-splitter'

const PAUSE_MS = 1_000

/**
 * Hand on a container's output line by line until it has ended and all of it was read, or the signal aborts. The kubelet ends a
 * stream after hours and the API server when it restarts; the next one goes on after the last line that was seen.
 */
export async function followLog(
  api: KubeApi,
  pod: { readonly name: string; readonly container: string },
  onLine: (line: string) => void,
  { signal, hasEnded }: { readonly signal: AbortSignal; hasEnded(): boolean },
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const ended = hasEnded()
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
      if (ended) return
    } catch (error) {
      if (signal.aborted) return
      // The pod is gone, and its output with it.
      if (hasStatus(error, 404) || ended) return
    }
    await delay(hasEnded() ? 0 : PAUSE_MS, undefined, { signal }).catch(() => {})
  }
}
