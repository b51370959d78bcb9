/**
 * Measures how late the documents of another process are read. Two monotonic clocks have no common zero, but run alike: the document
 * that came fastest shows the difference, and how much later than that another came.
 */
export class ReportClock {
  private least = Number.POSITIVE_INFINITY

  /** Notes a document that was just read. @param reported_seconds monotonic, of who wrote it @param seconds monotonic, ours */
  note(reported_seconds: number, seconds: number): void {
    this.least = Math.min(this.least, seconds - reported_seconds)
  }

  /** Seconds from the report until now, less the time that the fastest document took. */
  since(reported_seconds: number, seconds: number): number {
    return Math.max(0, seconds - reported_seconds - this.least)
  }
}
