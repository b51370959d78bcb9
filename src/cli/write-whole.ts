import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InputError } from '../contracts/errors'

/** A file that is there whole or not at all. @throws InputError where it cannot be written */
export async function writeWhole(path: string, text: string): Promise<void> {
  const staged = `${path}.${process.pid}.tmp`
  try {
    await mkdir(dirname(resolve(path)), { recursive: true })
    await writeFile(staged, text)
    await rename(staged, path)
  } catch (cause) {
    await rm(staged, { force: true }).catch(() => {})
    throw new InputError(`Cannot write ${path}: ${(cause as Error).message}.`, { cause })
  }
}
