export interface RetryOptions {
  /** Seconds from the first attempt on; none begins after them. */
  readonly seconds: number
  /** Milliseconds before the second attempt; each later wait is up to twice as long, to `longest_wait` at most. */
  readonly first_wait: number
  readonly longest_wait?: number
  /** Whether another attempt may help, and does no harm. */
  readonly mayHelp: (error: Error) => boolean | Promise<boolean>
  /** Told of each failure that is followed by another attempt. */
  readonly onRetry?: ((error: Error) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Do the work, and again while a failure may pass. The one place where lakebench repeats what failed; vendors' clients repeat
 * their own requests.
 *
 * @throws the last failure, or the signal's reason
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { seconds, first_wait, longest_wait = first_wait, mayHelp, onRetry, signal } = options
  const { default: pRetry } = await import('p-retry')
  return pRetry(work, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: seconds * 1000,
    minTimeout: first_wait,
    maxTimeout: longest_wait,
    randomize: true,
    signal,
    shouldRetry: async ({ error }) => {
      signal?.throwIfAborted()
      if (!(await mayHelp(error))) return false
      onRetry?.(error)
      return true
    },
  })
}
