import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode } from './disk-error'
import { EXCLUSIVE, type FileSystem, nodeFs } from './file-system'
import { ownName } from './own-name'

/** Begins the names of files being written. */
export const STAGED = '.lakebench-staged-'

/**
 * Writes a file whole or not at all: into a new file of a random name beside it, forced to disk, moved into place. A link at
 * `path` is replaced, never followed. With `ifAbsent`, resolves to false where `path` exists, and leaves it.
 */
export async function writeAtomically(
  path: string,
  body: Uint8Array | string,
  { ifAbsent = false, fs = nodeFs }: { readonly ifAbsent?: boolean; readonly fs?: FileSystem } = {},
): Promise<boolean> {
  const staged = stagedIn(dirname(path))
  try {
    const file = await fs.create(staged)
    try {
      await file.write(typeof body === 'string' ? Buffer.from(body) : body)
      await file.sync()
    } finally {
      await file.close()
    }
    if (ifAbsent) {
      // Of several writers one links; a rename would replace the file of the others.
      await fs.link(staged, path)
      await fs.unlink(staged)
    } else await fs.rename(staged, path)
    await fs.sync(dirname(path))
    return true
  } catch (error) {
    await fs.unlink(staged).catch(() => {})
    if (ifAbsent && errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** The same, blocking: for what must be on disk before the next statement. */
export function writeAtomicallySync(path: string, body: string): void {
  const staged = stagedIn(dirname(path))
  try {
    const file = openSync(staged, EXCLUSIVE)
    try {
      writeFileSync(file, body)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(staged, path)
  } catch (error) {
    try {
      unlinkSync(staged)
    } catch {
      // Why it could not be written is what is said.
    }
    throw error
  }
}

/** A name that nobody can guess, from which others can prove that its writer is gone. */
export const stagedIn = (folder: string): string => join(folder, STAGED + ownName())
