import { PrerequisiteError } from '../contracts/errors'

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that there. Change the permissions or choose another folder',
  EPERM: 'the file system forbids it. Change the permissions or choose another folder',
  EROFS: 'the file system is read-only. Choose a folder that can be written',
  ENOSPC: 'the disk is full. Free some space or choose another folder',
  EDQUOT: 'the disk quota is used up. Free some space or choose another folder',
  EMFILE: 'this process has too many files open. Raise `ulimit -n`',
  ENFILE: 'this machine has too many files open. Close some programs',
  ENAMETOOLONG: 'the name is too long for this file system. Choose a shorter path',
  ENOTDIR: 'a part of the path is a file, not a folder. Move that file or choose another folder',
  EEXIST: 'a file stands where a folder is needed. Move that file or choose another folder',
  EISDIR: 'a folder has that name. Choose another name',
  ENOTEMPTY: 'a folder has that name. Choose another name',
  EIO: 'the disk reported an error. Check the disk',
}

export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** A file system's error in a user's words: what was tried, why it failed, what to do. Other errors pass as they are. */
export function explainFsError(error: unknown, action: string): Error {
  if (error instanceof PrerequisiteError) return error
  const code = errorCode(error)
  const remedy = code === undefined ? undefined : REMEDIES[code]
  if (remedy !== undefined) return new PrerequisiteError(`Cannot ${action}: ${remedy} (${code}).`, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}
