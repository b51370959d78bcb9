import { setTimeout as sleep } from 'node:timers/promises'
import { HttpFailure } from './http-failure'

const RETRY_STATUS = new Set([429, 502, 503, 504])

/** Whether asking for the same page again can help: Trino keeps a page until the next one is asked for. */
const passing = (error: unknown): boolean =>
  error instanceof HttpFailure &&
  (error.kind === 'connection' || (error.kind === 'status' && RETRY_STATUS.has(error.status!)))

/** As Trino's protocol asks: 50 to 100 ms between attempts. */
const pause = () => 50 + Math.random() * 50

/** Ask again while the failure may pass, for at most `seconds`. Rejects with the last failure, or the signal's reason. */
export async function retried<T>(
  request: () => Promise<T>,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<T> {
  const until = performance.now() + seconds * 1000
  for (;;) {
    try {
      return await request()
    } catch (error) {
      signal.throwIfAborted()
      if (!passing(error) || performance.now() >= until) throw error
      await sleep(pause(), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}
