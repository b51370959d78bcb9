import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { EXCLUSIVE } from '../shared/file-system'
import { ensureFolderSync } from '../shared/folders'
import { stagedIn } from '../shared/write-atomically'

/** Unfinished files, below the storage root; on the same disk as the raw files, and never among them. */
export const UNFINISHED_PREFIX = 'bronze/_lakebench/unfinished/'

/** A file in its place, as a listing of its store will know it again. */
export interface Published {
  readonly bytes: number
  readonly sha256: string
  /** Milliseconds since the epoch, where the store says that of a write. */
  readonly modified: number | null
  readonly etag: string | null
}

/** Takes one file's bytes in order. Nothing is to be seen under the file's key before `publish`. */
export interface PartSink {
  /** Takes the bytes at once; the caller may change them afterwards. */
  write(bytes: Uint8Array): void
  /** Resolves when memory has room for another row group. */
  room(): Promise<void> | void
  /** Make the file appear, whole and on stable storage. */
  publish(): Promise<Published> | Published
  /** Leave nothing behind. */
  discard(): Promise<void> | void
}

/** Where a part goes; the only thing that knows what kind of storage it is. */
export type OpenPart = (key: string) => PartSink

/**
 * Parts on a local disk: written beside, forced to disk, renamed into place. Blocking, for a worker thread. `at` must exist, and is
 * never made: where it is gone, so is the disk, and opening fails with ENOENT.
 */
export function localParts(at: string): OpenPart {
  const root = resolve(at)
  return key => {
    const path = join(root, key)
    const unfinished = stagedIn(join(root, UNFINISHED_PREFIX))
    for (const folder of [dirname(path), dirname(unfinished)])
      if (folder !== root) ensureFolderSync(folder, root)
    const sha256 = createHash('sha256')
    let file: number | null = openSync(unfinished, EXCLUSIVE)
    let bytes = 0
    const close = () => {
      if (file !== null) closeSync(file)
      file = null
    }
    return {
      write(chunk) {
        sha256.update(chunk)
        for (let done = 0; done < chunk.length; ) done += writeSync(file!, chunk, done)
        bytes += chunk.length
      },
      room() {},
      publish() {
        fsyncSync(file!)
        close()
        renameSync(unfinished, path)
        syncFolder(dirname(path))
        return {
          bytes,
          sha256: sha256.digest('hex'),
          modified: Math.floor(statSync(path).mtimeMs),
          etag: null,
        }
      },
      discard() {
        close()
        rmSync(unfinished, { force: true })
      },
    }
  }
}

/** Make a folder's entries durable; file systems that cannot sync a folder need no such call. */
export function syncFolder(path: string): void {
  let folder: number
  try {
    folder = openSync(path, 'r')
  } catch {
    return
  }
  try {
    fsyncSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EPERM') throw error
  } finally {
    closeSync(folder)
  }
}
