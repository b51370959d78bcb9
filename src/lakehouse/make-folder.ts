import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from '../disk-error'

/**
 * Make a folder and what is missing above it. Node's own recursive mkdir answers ENOENT where the real reason is another,
 * e.g. a read-only disk; the first folder that is missing, made alone, tells it.
 */
export async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    if (dirname(dir) !== dir) await makeFolder(dirname(dir))
    await mkdir(dir).catch((reason: unknown) => {
      if (errorCode(reason) !== 'EEXIST') throw reason
    })
  }
}
