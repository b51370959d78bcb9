import { PrerequisiteError } from '../contracts/errors'

const ELSEWHERE = 'choose another platform.storage.path'

/** Causes and remedies of a file system's error codes. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: `this user may not do that there; change the permissions or ${ELSEWHERE}`,
  EPERM: `the file system forbids it; change the permissions or ${ELSEWHERE}`,
  EROFS: `the file system is read-only; ${ELSEWHERE}`,
  ENOSPC: `the disk is full; free some space, ${ELSEWHERE}, or a smaller scale`,
  EDQUOT: `the disk quota is used up; free some space, ${ELSEWHERE}, or a smaller scale`,
  EFBIG:
    'the file is larger than this file system or `ulimit -f` allows; choose a smaller file_size',
  EMFILE: 'this process has too many files open; raise `ulimit -n`',
  ENFILE: 'this machine has too many files open; close some programs',
  ENAMETOOLONG: 'the name is too long for this file system; choose a shorter path',
  ENOTDIR: `a part of the path is a file, not a folder; move that file or ${ELSEWHERE}`,
  EEXIST: `a file stands where a folder is needed; move that file or ${ELSEWHERE}`,
  EISDIR: `a folder has that name; move it or ${ELSEWHERE}`,
  ENOTEMPTY: `a folder has that name; move it or ${ELSEWHERE}`,
  EIO: 'the disk reported an error; check the disk',
}

export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** A disk's error in a user's words: what was tried, why it failed, what to do. Other errors pass as they are. */
export function explainDiskError(error: unknown, action: string): Error {
  if (error instanceof PrerequisiteError) return error
  const code = errorCode(error)
  const remedy = code === undefined ? undefined : REMEDIES[code]
  if (remedy !== undefined)
    return new PrerequisiteError(`Cannot ${action}: ${remedy} (${code}).`, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}
