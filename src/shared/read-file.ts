import { constants, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { PrerequisiteError } from '../contracts/errors'
import { errorCode } from './disk-error'
import { MIB } from './format'

const LARGEST = 1 << 30
/** A pipe that the shell opened for this process has a writer, so reading it ends. */
const SHELL_PIPE = /^\/dev\/(stdin|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/

export interface ReadOptions {
  readonly range?: { readonly start: number; readonly length: number }
  /** Bytes; what is larger is refused before it is read. 1 GiB unless told. */
  readonly limit?: number
}

/**
 * Reads a regular file. A named pipe, a device or a socket is refused where opening or reading it could wait for ever.
 *
 * @throws PrerequisiteError naming what is no regular file, or is larger than the limit; otherwise the errors of `node:fs`
 */
export async function readRegularFile(
  path: string,
  { range, limit = LARGEST }: ReadOptions = {},
): Promise<Buffer> {
  // Opening a pipe waits for its other end without the flag.
  const flags = SHELL_PIPE.test(path)
    ? constants.O_RDONLY
    : constants.O_RDONLY | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: unknown) => {
    throw errorCode(error) === 'ENXIO' ? notRegular(path, 'a socket or a device', error) : error
  })
  try {
    const info = await file.stat()
    if (!info.isFile() && !info.isDirectory() && !SHELL_PIPE.test(path))
      throw notRegular(path, kindOf(info))
    if (range) {
      const bytes = Buffer.alloc(Math.min(range.length, Math.max(0, info.size - range.start)))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, range.start)
      return bytes.subarray(0, bytesRead)
    }
    if (info.size > limit)
      throw new PrerequisiteError(
        `${path} is ${Math.ceil(info.size / MIB)} MiB large, and such a file has ${limit / MIB} MiB at most. Something else lies in its place; move it away.`,
      )
    return await file.readFile()
  } finally {
    await file.close()
  }
}

const kindOf = (info: Stats) =>
  info.isFIFO() ? 'a named pipe' : info.isSocket() ? 'a socket' : 'a device'

const notRegular = (path: string, kind: string, cause?: unknown) =>
  new PrerequisiteError(`${path} is ${kind}, not a file. Move it away.`, { cause })
