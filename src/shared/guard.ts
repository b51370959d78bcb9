/**
 * `work` for a timer or a listener: what it throws, or a promise of its rejects with, is nobody's and would end the process.
 *
 * @param failed hears of it; left out where whoever waits for the outcome hears of it there
 */
export function guarded<A extends readonly unknown[]>(
  work: (...given: A) => unknown,
  failed: (error: unknown) => void = () => {},
): (...given: A) => void {
  return (...given) => {
    try {
      const done = work(...given)
      if (done instanceof Promise) done.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

/**
 * Calls `work` every so many milliseconds. What it throws, e.g. for want of file descriptors, costs that one call: nothing that only
 * looks on may end the process.
 */
export const every = (milliseconds: number, work: () => unknown): NodeJS.Timeout =>
  setInterval(guarded(work), milliseconds)

/** Calls `work` once, after so many milliseconds. */
export const after = (milliseconds: number, work: () => unknown): NodeJS.Timeout =>
  setTimeout(guarded(work), milliseconds)
