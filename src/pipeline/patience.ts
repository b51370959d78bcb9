/** How long an interrupted run waits for what others have to say: all of it together, and its record, take less than five seconds. */
const GRACE_MS = 500
/** For a stage to take back what it began. */
export const STAGE_GRACE_MS = 2000

/**
 * Waits for work that may not heed the signal, e.g. an answer of a server. From the abort on it has the grace left.
 *
 * @throws the signal's reason where the work has not ended by then
 */
export async function whilePatient<T>(
  work: Promise<T>,
  signal: AbortSignal,
  grace = GRACE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let giveUp = () => {}
  const over = new Promise<never>((_, reject) => {
    giveUp = () => {
      timer = setTimeout(() => reject(signal.reason), grace)
    }
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  }
}
