import { addAbortListener } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** A signal that never aborts. */
export const never = (): AbortSignal => AbortSignal.any([])

/** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}

/** How long an interrupted run waits for what others have to say: all of it together, and its record, take less than five seconds. */
const GRACE_MS = 500

/**
 * Waits for work that may not heed the signal, e.g. an answer of a server. From the abort on it has the grace left.
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
  const listener = addAbortListener(signal, () => {
    timer = setTimeout(giveUp, grace)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
    listener[Symbol.dispose]()
  }
}
