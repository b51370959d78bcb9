/**
 * Calls `work` every so many milliseconds. What it throws, e.g. for want of file descriptors, costs that one call: nothing that only
 * looks on may end the process.
 */
export function every(milliseconds: number, work: () => void): NodeJS.Timeout {
  return setInterval(() => {
    try {
      work()
    } catch {
      // The next call tries again.
    }
  }, milliseconds)
}
