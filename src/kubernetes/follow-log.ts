import { pause } from '../shared/abort'
import { MIB } from '../shared/format'
import type { KubeApi } from './kube-api'
import { hasStatus } from './kube-error'

/** A container's state, as far as its output is concerned. */
export type Writer = 'runs' | 'succeeded' | 'failed'

const PAUSE_MS = 1_000
/** A stream ends with its container; the pod's state says so a little later. */
const STATE_MS = 5_000

export interface FollowOptions {
  readonly signal: AbortSignal
  writer(): Writer
  /** Resolves when the pod's state is known anew. */
  next(): Promise<void>
}

/**
 * Hand on a container's output line by line until it has ended and all of it was read, or the signal aborts. The kubelet ends a
 * stream after hours and the API server when it restarts; the next one goes on after the last line that was seen. Where a
 * container failed its last lines tell why: they are asked for once more, in case the stream was cut before them.
 */
export async function followLog(
  api: KubeApi,
  pod: { readonly name: string; readonly container: string },
  onLines: (lines: readonly string[]) => Promise<void>,
  { signal, writer, next }: FollowOptions,
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
      // A second stream begins at the second of the last line, which was seen already.
      const timeOf = (line: string) => line.slice(0, line.indexOf(' '))
      const take = async (stamped: readonly string[]) => {
        const fresh = stamped.filter(line => line.includes(' ') && timeOf(line) > seen)
        last = fresh.length === 0 ? last : timeOf(fresh.at(-1)!)
        await onLines(fresh.map(line => line.slice(line.indexOf(' ') + 1)))
      }
      for await (const chunk of stream) await take(lines.push(chunk as Buffer))
      await take([lines.end()])
      for (const end = performance.now() + STATE_MS; writer() === 'runs'; )
        if (performance.now() > end) break
        else await next()
      if (ended || writer() === 'succeeded') return
    } catch (error) {
      if (signal.aborted) return
      // The pod is gone, and its output with it.
      if (hasStatus(error, 404) || ended) return
    }
    if (writer() === 'runs') await pause(PAUSE_MS, signal)
  }
}

/** A line longer than this is none of the server's. Bytes. */
const LONGEST = 8 * MIB

/** Whole lines out of chunks that may end anywhere, inside a character too. */
class LineSplitter {
  private rest: Buffer[] = []
  private length = 0

  /** @throws RangeError where a line has no end */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.rest.push(chunk.subarray(from, at))
      lines.push(this.take())
      from = at + 1
    }
    if (from < chunk.length) {
      this.rest.push(chunk.subarray(from))
      this.length += chunk.length - from
      if (this.length > LONGEST) throw new RangeError(`a line is longer than ${LONGEST} bytes`)
    }
    return lines
  }

  /** The text after the last line end. */
  end(): string {
    return this.take()
  }

  private take(): string {
    const line = Buffer.concat(this.rest).toString('utf8')
    this.rest = []
    this.length = 0
    return line
  }
}
