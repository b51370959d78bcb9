import type { JobProgress } from '../contracts/jobs'

const INTERVAL_MS = 100

/** Counts rows and bytes that are really written, and tells at most ten times a second. */
export class ProgressMeter {
  private rows: number
  private bytes: number
  private told = 0

  constructor(
    private readonly rowsTotal: number,
    done: readonly { rows: number; bytes: number }[],
    private readonly tell: ((progress: JobProgress) => void) | undefined,
    private readonly bytesTotal: number | null = null,
  ) {
    this.rows = done.reduce((sum, file) => sum + file.rows, 0)
    this.bytes = done.reduce((sum, file) => sum + file.bytes, 0)
  }

  add(rows: number, bytes: number): void {
    this.rows += rows
    this.bytes += bytes
    if (performance.now() - this.told >= INTERVAL_MS) this.finish()
  }

  /** Tell the state now. */
  finish(): void {
    this.told = performance.now()
    const { rows, rowsTotal, bytes, bytesTotal } = this
    this.tell?.({ rows, rows_total: rowsTotal, bytes, bytes_total: bytesTotal, fraction: rows / rowsTotal })
  }
}
