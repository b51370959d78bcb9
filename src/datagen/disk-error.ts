import { PrerequisiteError } from '../contracts/errors'

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space, choose another platform.storage.path, or a smaller scale',
  EDQUOT: 'the disk quota is used up; free some space, choose another platform.storage.path, or a smaller scale',
  EFBIG: 'the file is larger than this file system or `ulimit -f` allows; choose a smaller file_size',
  EROFS: 'the file system is read-only; choose another platform.storage.path',
  EACCES: 'this user may not write there; change the permissions or choose another platform.storage.path',
  EPERM: 'the file system forbids it; choose another platform.storage.path',
  ENOTDIR: 'a part of the path is a file; move that file or choose another platform.storage.path',
  EEXIST: 'a file stands where a folder is needed; move that file or choose another platform.storage.path',
  EISDIR: 'a folder has that name; move it or choose another platform.storage.path',
  EIO: 'the disk reported an error; check the disk',
  EMFILE: 'this process has too many files open; raise `ulimit -n`',
}

/** A disk's error in a user's words. What is no disk error passes as it is. */
export function explainDiskError(error: unknown, action: string): Error {
  if (error instanceof PrerequisiteError) return error
  const code = (error as NodeJS.ErrnoException | null)?.code
  const remedy = code === undefined ? undefined : REMEDIES[code]
  if (remedy !== undefined) return new PrerequisiteError(`Cannot ${action}: ${remedy} (${code}).`, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}
