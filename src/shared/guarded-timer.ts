/** `work` for a listener: what it throws is nobody's, and would end the process. */
export function guarded<A extends readonly unknown[]>(
  work: (...given: A) => void,
): (...given: A) => void {
  return (...given) => {
    try {
      work(...given)
    } catch {
      // Whoever waits for the outcome hears of it there.
    }
  }
}

/**
 * Calls `work` every so many milliseconds. What it throws, e.g. for want of file descriptors, costs that one call: nothing that only
 * looks on may end the process.
 */
export function every(milliseconds: number, work: () => void): NodeJS.Timeout {
  return setInterval(guarded(work), milliseconds)
}
