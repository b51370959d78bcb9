import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommitUnknownError, PrerequisiteError, shortMessage } from '../../../contracts/errors'

/** Errors that a store gives while it is away or comes back. */
const PASSING = /\b(EIO|ESTALE|ETIMEDOUT|ENOTCONN|EHOSTDOWN|EHOSTUNREACH|ECONNRESET|EAGAIN)\b/
/** What was begun when the store went away fails like this, and the store may be back before anyone looks. */
const VANISHED = /\bENOENT\b|No such file or directory/
/** What this machine lacks, whatever the file. */
const SHORTAGE =
  /out of memory|could not allocate|too many open files|\b(EMFILE|ENFILE|ENOMEM|ENOSPC)\b|no space left/i
const MOST_VANISHED = 3
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 2000

/** Whether what was said of a failure is of a storage that is away, or was a moment ago. */
export const mayPass = (said: string): boolean => PASSING.test(said) || VANISHED.test(said)

/** Whether what was said of a failure to read a file may be of something else than the file. */
export const sparesTheFile = (said: string): boolean => mayPass(said) || SHORTAGE.test(said)

export interface PatienceOptions {
  /** Whether the store is there. */
  readonly present: () => Promise<boolean>
  readonly seconds: number
  readonly signal: AbortSignal
  readonly onRetry: (why: string) => void
}

/**
 * Do a batch, and again while the store is away, up to `seconds` each time. A batch reads its position from the table first,
 * so one whose commit nobody knows about may be done again.
 */
export async function withPatience<T>(
  batch: () => Promise<T>,
  options: PatienceOptions,
): Promise<T> {
  const { present, seconds, signal, onRetry } = options
  let awaySince: number | null = null
  let vanished = 0
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    signal.throwIfAborted()
    let why = 'the storage is not there'
    try {
      if (await present()) return await batch()
    } catch (error) {
      signal.throwIfAborted()
      const passing = error instanceof CommitUnknownError || PASSING.test(causes(error))
      const mayBeBack = VANISHED.test(causes(error)) && ++vanished <= MOST_VANISHED
      if (!passing && !mayBeBack && (await present())) throw error
      why = shortMessage(error)
    }
    awaySince ??= performance.now()
    if (performance.now() - awaySince > seconds * 1000) {
      throw new PrerequisiteError(
        `The storage did not come back within ${seconds} s: ${why}. Tables are as they were.`,
      )
    }
    if (wait === FIRST_WAIT_MS) onRetry(why)
    await sleep(wait, undefined, { signal }).catch(() => {})
  }
}

function causes(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message} ${error.cause === undefined ? '' : causes(error.cause)}`
}
