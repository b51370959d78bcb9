import type { JobMeasurement } from '../../contracts/jobs'
import type { JobProgress, RunJobOptions } from '../../contracts/ports'
import type { ResultDocument } from './result-document'

export const bytesOf = (files: readonly { bytes: number }[]) =>
  files.reduce((sum, f) => sum + f.bytes, 0)

/** Shares of silver's raw bytes, where Spark tells what it read. */
export function withBytes(
  { onProgress }: RunJobOptions,
  bytes_total: number,
): Partial<RunJobOptions> {
  if (!onProgress) return {}
  return {
    onProgress: (p: JobProgress) => {
      const bytes = p.bytes === null ? null : Math.min(p.bytes, bytes_total)
      onProgress({
        ...p,
        bytes,
        bytes_total,
        phase: bytes !== null && bytes >= bytes_total ? 'writing' : 'reading',
      })
    },
  }
}

export function measurement({
  measured,
}: ResultDocument): Omit<
  JobMeasurement,
  'input_rows' | 'output_rows' | 'input_bytes' | 'output_bytes' | 'output_files'
> {
  const { elapsed_seconds, bytes_read, bytes_written, cpu_seconds, peak_memory_bytes } = measured
  return {
    elapsed_seconds,
    bytes_read: bytes_read || null,
    bytes_written,
    cpu_seconds,
    peak_memory_bytes,
  }
}

/** Spark counts no bytes of Iceberg's writers; the commit does. */
export function writtenTable(
  answer: Extract<ResultDocument, { job: 'silver-build' | 'gold-finalize' }>,
) {
  const { input_rows, output_rows, output_files, output_bytes, snapshot_id } = answer
  return {
    input_rows,
    output_rows,
    output_files,
    output_bytes,
    bytes_written: output_bytes,
    snapshot_id,
  }
}
