/**
 * How late the documents of a process elsewhere are read. Two monotonic clocks have no common zero, but run alike: the document that
 * came fastest shows the difference, and how much later than that another came.
 */
export class ToldClock {
  private least = Number.POSITIVE_INFINITY

  /** A document was just read. @param told_seconds monotonic, of who wrote it @param seconds monotonic, ours */
  note(told_seconds: number, seconds: number): void {
    this.least = Math.min(this.least, seconds - told_seconds)
  }

  /** Seconds from when something was told until now, less the time that the fastest document took. */
  since(told_seconds: number, seconds: number): number {
    return Math.max(0, seconds - told_seconds - this.least)
  }
}
