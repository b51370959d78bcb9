import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { errorCode } from './disk-error'
import { type FileSystem, nodeFs } from './file-system'

/** Makes a folder and its parents, each durable in its parent; `floor`, where given, and what is above it must exist. */
export async function ensureFolder(
  path: string,
  floor?: string,
  fs: FileSystem = nodeFs,
): Promise<void> {
  try {
    await fs.mkdir(path)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') {
      const target = await fs.realpath(path).catch(cause => throwBrokenLink(path, cause))
      if ((await fs.identity(target)).isFile) throw error
      return
    }
    if (errorCode(error) !== 'ENOENT' || [path, floor].includes(dirname(path))) throw error
    await ensureFolder(dirname(path), floor, fs)
    return ensureFolder(path, dirname(path), fs)
  }
  await fs.sync(dirname(path))
}

/** The same, blocking and without forcing names to disk. */
export function ensureFolderSync(path: string, floor?: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') {
      if (!statSync(targetOf(path)).isDirectory()) throw error
      return
    }
    if (errorCode(error) !== 'ENOENT' || [path, floor].includes(dirname(path))) throw error
    ensureFolderSync(dirname(path), floor)
    ensureFolderSync(path, dirname(path))
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (cause) {
    throwBrokenLink(path, cause)
  }
}

/** A name that is taken and leads nowhere, e.g. to a disk that is not mounted. */
function throwBrokenLink(path: string, cause: unknown): never {
  if (!['ENOENT', 'ELOOP'].includes(errorCode(cause) ?? '')) throw cause
  throw new PrerequisiteError(
    `${path} is a link that leads nowhere. Mount the disk that it leads to, or delete it.`,
    {
      cause,
    },
  )
}
