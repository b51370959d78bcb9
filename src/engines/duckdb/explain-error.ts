import { shortMessage } from '../../contracts/errors'

/** Causes a user can act on, found in the engine's text; the remedy is added. */
const REMEDIES: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /no space left|disk full|ENOSPC|max_temp_directory_size/i,
    remedy:
      'The disk is full: free space or set platform.storage.path to a larger one. Tables are as they were.',
  },
  {
    pattern: /file too large|EFBIG/i,
    remedy: 'The system limits file sizes here (ulimit -f). Tables are as they were.',
  },
  {
    pattern: /read-only file system|permission denied|EROFS|EACCES/i,
    remedy:
      'The folder cannot be written: check its permissions or choose another platform.storage.path.',
  },
  {
    pattern: /out of memory/i,
    remedy: 'Raise platform.compute.embedded.memory, or lower platform.compute.embedded.threads.',
  },
  { pattern: /too many open files|EMFILE/i, remedy: 'Raise the limit of open files (ulimit -n).' },
  {
    pattern: /could not convert timestamp\(ms\)/i,
    remedy:
      'A time in milliseconds lies beyond the year 294246, which DuckDB cannot read: correct it, or write the column in microseconds.',
  },
  {
    pattern: /snappy|zstd|corrupt|invalid.*parquet|decompress|page header/i,
    remedy:
      'A data file is damaged. For generated data, `lakebench generate --verify` names it and `lakebench generate` restores it.',
  },
]

/** The engine's first line, and what to do about it where that is known. */
export function explain(error: unknown): string {
  const message = shortMessage(error)
  const known = REMEDIES.find(r =>
    r.pattern.test(error instanceof Error ? error.message : String(error)),
  )
  return known ? `${message} ${known.remedy}` : message
}
