import { type JobProgress, UNCOUNTED } from '../../contracts/jobs'
import { ioCounters } from './meter'

/** From this share on, what is left to read is no part of the time that is left. */
const ALL_READ = 0.999

type Report = (progress: JobProgress) => void

/**
 * Progress of the COPY statements that write a table: the share of the input that is read, then the bytes that are written so far.
 * How much there will be to write is known to nobody before it is written, so writing has no share.
 *
 * @param inputBytes what all statements together read; `null` where that is not known
 */
export function copyProgress(
  statements: number,
  inputBytes: number | null,
  report: Report,
): (index: number) => Report {
  const before = ioCounters()
  return index => progress => {
    const now = ioCounters()
    const scanned = progress.fraction === null ? null : (index + progress.fraction) / statements
    // DuckDB's share of a COPY moves by whole files; the bytes that went through read calls move all the time.
    const bytes =
      inputBytes && before && now ? Math.min(inputBytes, now.rchar - before.rchar) : null
    const share = bytes === null ? scanned : bytes / inputBytes!
    if ((share ?? 0) >= ALL_READ || (scanned ?? 0) >= ALL_READ)
      report({
        ...UNCOUNTED,
        bytes: before && now ? now.wchar - before.wchar : null,
        phase: 'writing',
      })
    else
      report({
        ...UNCOUNTED,
        bytes,
        bytes_total: bytes && inputBytes,
        fraction: share,
        phase: 'reading',
      })
  }
}
