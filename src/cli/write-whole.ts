import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InputError } from '../contracts/errors'
import { ensureFolder } from '../shared/folders'
import { removeStagedFiles } from '../shared/staged-files'
import { writeAtomically } from '../shared/write-atomically'

/** Writes a file at a path that a user gave, whole or not at all. @throws InputError where it cannot be written */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    const found = await stat(path).catch(() => null)
    // The move into place would take a device or a pipe away.
    if (found && !found.isFile()) throw new Error('it is there, and is no file')
    const folder = dirname(resolve(path))
    await ensureFolder(folder)
    await removeStagedFiles(folder, { alone: false, deep: false })
    await writeAtomically(path, text)
  } catch (cause) {
    throw new InputError(`Cannot write ${path}: ${(cause as Error).message}.`, { cause })
  }
}
