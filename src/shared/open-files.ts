import { PrerequisiteError } from '../contracts/errors'
import { openFilesLimit } from './machine-limits'

/** At 128 a run of one raw file is left without its page; far below, Node itself fails where nothing can be said. */
const LEAST_OPEN_FILES = 256

/** @throws PrerequisiteError where this process may open too few files for any command */
export function requireOpenFiles(limit = openFilesLimit()): void {
  if (limit !== null && limit < LEAST_OPEN_FILES) throw tooFew(limit)
}

/** Explains an error that has a shortage of file descriptors among its causes; `null` for every other. */
export function explainOpenFiles(error: unknown): PrerequisiteError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (
      /^(EMFILE|ENFILE)$/.test(String((cause as NodeJS.ErrnoException).code)) ||
      /\b(EMFILE|ENFILE)\b/.test(cause.message)
    )
      return tooFew(openFilesLimit(), error)
  return null
}

function tooFew(limit: number | null, cause?: unknown): PrerequisiteError {
  const may =
    limit === null
      ? 'This process has no file descriptor left'
      : `This process may have ${limit} files open at once (ulimit -n)`
  return new PrerequisiteError(
    `${may}, and that is too few: lakebench needs ${LEAST_OPEN_FILES} at least, large corpora and Spark 1024. Raise it with \`ulimit -n 1024\`, or in the limits of the service or container.`,
    { cause },
  )
}
