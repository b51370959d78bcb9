import type { JobProgress } from '../../../contracts/ports'

/** Progress of a Spark job. Totals and `fraction` are known where the module reports them. */
export interface JobCounters extends JobProgress {
  /** Tasks of the stages that Spark has planned so far; the total grows. */
  readonly tasks: number | null
  readonly tasks_total: number | null
  readonly bytes_written: number | null
}

const NOTHING: JobCounters = {
  rows: null,
  rows_total: null,
  bytes: null,
  bytes_total: null,
  fraction: null,
  tasks: null,
  tasks_total: null,
  bytes_written: null,
}

/**
 * Puts together what the driver counts and what the module reports, each of which tells a part. A listener that throws does
 * not end a job.
 */
export function driverProgress(
  listener: ((progress: JobCounters) => void) | undefined,
): (reported: Readonly<Record<string, unknown>>) => void {
  let known = NOTHING
  return reported => {
    const fresh = Object.entries(reported).filter(
      ([name, value]) => name in NOTHING && Number.isFinite(value),
    )
    known = {
      ...known,
      ...Object.fromEntries(fresh),
      ...(typeof reported.phase === 'string' && { phase: reported.phase }),
    }
    try {
      listener?.({ ...known, fraction: known.fraction ?? fractionOf(known) })
    } catch {
      // The listener's own affair.
    }
  }
}

function fractionOf({ rows, rows_total, bytes, bytes_total }: JobCounters): number | null {
  if (rows !== null && rows_total) return Math.min(1, rows / rows_total)
  if (bytes !== null && bytes_total) return Math.min(1, bytes / bytes_total)
  return null
}
