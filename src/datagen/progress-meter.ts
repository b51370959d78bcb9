import type { JobProgress } from '../contracts/jobs'

const INTERVAL_MS = 100

export interface MeterOptions {
  /** Rows that are to be made or checked now. */
  readonly rowsTotal: number
  readonly bytesTotal?: number
  /** Work on the rows, and the work that follows once all of them are through. */
  readonly phases: readonly [work: string, end: string]
  readonly report: ((progress: JobProgress) => void) | undefined
}

/** Counts rows and bytes that are really through, and reports at most ten times a second. */
export class ProgressMeter {
  private rows = 0
  private bytes = 0
  private reported = 0

  constructor(private readonly options: MeterOptions) {}

  add(rows: number, bytes: number): void {
    this.rows += rows
    this.bytes += bytes
    const { rowsTotal, phases } = this.options
    const through = this.rows >= rowsTotal
    if (!through && performance.now() - this.reported < INTERVAL_MS) return
    // All rows are through, the work is not: no share is known of what is left.
    if (through) this.send({ fraction: null, phase: phases[1] })
    else this.send({ fraction: this.rows / rowsTotal, phase: phases[0] })
  }

  /** Report the end of the work. */
  finish(): void {
    this.send({ fraction: 1 })
  }

  private send(state: Pick<JobProgress, 'fraction' | 'phase'>): void {
    this.reported = performance.now()
    const { rowsTotal: rows_total, bytesTotal: bytes_total = null, report } = this.options
    report?.({ rows: this.rows, rows_total, bytes: this.bytes, bytes_total, ...state })
  }
}
