import { addAbortListener } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, guarded } from './guard'

/** A signal that never aborts. */
export const never = (): AbortSignal => AbortSignal.any([])

/** Resolves after so many milliseconds and no sooner, or as soon as the signal aborts; never rejects. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + milliseconds
  let left = Math.max(0, milliseconds)
  do {
    await sleep(left, undefined, { signal }).catch(() => {})
    left = end - performance.now()
    // Node's timers know whole milliseconds, and may fire up to one early.
  } while (left > 0 && !signal.aborted)
}

/** From an interrupt until nothing is waited for any more; the rest of five seconds is for writing the record. */
const ENDING_MS = 4300
/** How long an interrupted run waits for one answer of others. */
const GRACE_MS = 500
/** Even at the end of that, for what is answered at once. */
const LEAST_MS = 50

/** When each signal was aborted, so that all that is waited for after it shares one deadline. */
const aborts = new WeakMap<AbortSignal, number>()

/** Milliseconds since a signal was aborted; counted from the first time that somebody asks. */
function sinceAbort(signal: AbortSignal): number {
  const now = performance.now()
  const then = aborts.get(signal) ?? now
  aborts.set(signal, then)
  return now - then
}

/**
 * Waits for work that may not heed the signal, e.g. an answer of a server. From the abort on it has the grace, and all that is
 * waited for with this signal less than five seconds.
 *
 * @throws the signal's reason where the work has not ended by then
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  grace = GRACE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let giveUp = () => {}
  const over = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason)
  })
  const listener = addAbortListener(
    signal,
    guarded(() => {
      const left = Math.max(LEAST_MS, Math.min(grace, ENDING_MS - sinceAbort(signal)))
      timer = after(left, giveUp)
    }),
  )
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
    listener[Symbol.dispose]()
  }
}
