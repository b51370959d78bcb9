import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ByteRange, ObjectInfo, ObjectStore } from '../contracts/ports'
import { errorCode, explainDiskError } from '../disk-error'
import { ensureFolder } from '../files/folders'
import { readRegularFile } from '../files/read-file'
import { STAGED, writeAtomically } from '../files/write-atomically'
import { type RootIdentity, requireSame, rootIdentity } from '../root-identity'
import { byKey, checkKey, checkPrefix } from './object-key'

const MOST_LOOKS = 3

/**
 * An ObjectStore over a folder. Keys are paths below `root`; a `put` is staged, synced and moved into place, so it is seen
 * whole or not at all and survives a power cut once it resolved. Links inside the folder are followed: a user may keep raw
 * files on another disk.
 *
 * The first `put` makes `root`. Once it was seen, it is never made again: where it is gone, or is a mount point without its disk, a
 * call that finds nothing fails with ENOENT rather than answer for a storage that is not there.
 */
export function localStore(root: string): ObjectStore {
  return new LocalStore(resolve(root))
}

class LocalStore implements ObjectStore {
  /** Of the root, once it was seen. */
  private identity: RootIdentity | null

  constructor(private readonly root: string) {
    this.identity = rootIdentity(root)
  }

  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    checkPrefix(prefix, STAGED)
    for (let looks = 1; ; looks++) {
      const walk: Walk = { prefix, seen: new Set(), found: [], missed: false }
      await this.walk(folder, walk)
      // What was not found may be a file that went, or a disk that is away for a moment.
      if (!walk.missed || looks === MOST_LOOKS) return this.unlessGone(walk.found.sort(byKey))
    }
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array | null> {
    const path = this.location(key)
    try {
      return await readRegularFile(path, range && { range })
    } catch (error) {
      if (isAbsent(error)) return this.unlessGone(null)
      throw explainDiskError(error, `read ${path}`)
    }
  }

  async put(key: string, body: Uint8Array | string, options: { ifAbsent?: boolean } = {}): Promise<boolean> {
    const path = this.location(key)
    try {
      await this.makeFolders(dirname(path))
      return await writeAtomically(path, body, options)
    } catch (error) {
      throw explainDiskError(error, `write ${path}`)
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.location(key)
    try {
      await unlink(path)
    } catch (error) {
      if (isAbsent(error)) return this.unlessGone(undefined)
      if (!(await isFolder(path))) throw explainDiskError(error, `delete ${path}`)
    }
  }

  location(key: string): string {
    checkKey(key, STAGED)
    return join(this.root, key)
  }

  /** The answer for what was not found. */
  private async unlessGone<T>(answer: T): Promise<T> {
    if (this.identity !== null) requireSame(this.root, this.identity, await stat(this.root))
    return answer
  }

  private async makeFolders(folder: string): Promise<void> {
    if (this.identity === null) {
      await ensureFolder(this.root)
      this.identity = await stat(this.root)
    }
    requireSame(this.root, this.identity, await stat(this.root))
    if (folder !== this.root) await ensureFolder(folder, this.root)
  }

  private async walk(folder: string, walk: Walk): Promise<void> {
    const { prefix, seen, found } = walk
    const path = join(this.root, folder)
    let entries: Dirent[]
    try {
      entries = await readdir(path, { withFileTypes: true })
    } catch (error) {
      if (!isAbsent(error) || (await isDangling(path))) throw explainDiskError(error, `list ${path}`)
      walk.missed = true
      return this.unlessGone(undefined)
    }
    for (const entry of entries) {
      const key = folder + entry.name
      const related = key.startsWith(prefix) || `${key}/`.startsWith(prefix)
      if (!related || entry.name.startsWith(STAGED)) continue
      const info = await stat(join(path, entry.name)).catch((error: unknown) => {
        if (!isAbsent(error) && errorCode(error) !== 'ELOOP') throw explainDiskError(error, `list ${path}`)
        if (!entry.isSymbolicLink()) walk.missed = true
        return null
      })
      if (info?.isDirectory()) {
        if (entry.isSymbolicLink() && !(await firstVisit(join(path, entry.name), seen))) continue
        await this.walk(`${key}/`, walk)
      } else if (info?.isFile() && key.startsWith(prefix)) {
        found.push({ key, size: info.size, modified: Math.floor(info.mtimeMs) })
      }
    }
  }
}

/** One look at a folder and all below it. */
interface Walk {
  readonly prefix: string
  readonly seen: Set<string>
  readonly found: ObjectInfo[]
  missed: boolean
}

/** A link to what is not there, e.g. to raw files on a disk that is away. */
const isDangling = (path: string) =>
  lstat(resolve(path)).then(
    info => info.isSymbolicLink(),
    () => false,
  )

/** A linked folder is walked once, so that links in a circle end. */
async function firstVisit(path: string, seen: Set<string>): Promise<boolean> {
  const real = await realpath(path)
  if (seen.has(real)) return false
  seen.add(real)
  return true
}

const isAbsent = (error: unknown) => ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '')

const isFolder = (path: string) =>
  stat(path).then(
    info => info.isDirectory(),
    () => false,
  )
