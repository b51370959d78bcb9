import { type BigIntStats, type Dirent, existsSync } from 'node:fs'
import { readdir, readlink, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import type { ByteRange, ListOptions, ObjectInfo, ObjectStore } from '../contracts/ports'
import { errorCode, explainDiskError } from '../shared/disk-error'
import { ensureFolder } from '../shared/folders'
import { readRegularFile } from '../shared/read-file'
import { STAGED, writeAtomically } from '../shared/write-atomically'
import { byKey, checkKey, checkPrefix, LONGEST_READ } from './object-key'

/**
 * An ObjectStore over a folder. Keys are paths below `root`; a `put` is staged, synced and moved into place, so it is seen
 * whole or not at all and survives a power cut once it resolved. Links inside the folder are followed: a user may keep raw
 * files on another disk.
 *
 * The first `put` makes `root`. Once it was seen, it is never made again: where it is gone, a call that finds nothing fails with ENOENT
 * rather than answer for a storage that is not there.
 */
export function localStore(root: string): ObjectStore {
  return new LocalStore(resolve(root))
}

class LocalStore implements ObjectStore {
  private rootSeen: boolean

  constructor(private readonly root: string) {
    this.rootSeen = existsSync(root)
  }

  async list(
    prefix: string,
    { ignore = () => false }: ListOptions = {},
  ): Promise<readonly ObjectInfo[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    checkPrefix(prefix, STAGED)
    const walk: Walk = { prefix, ignore, visited: new Set(), found: [], links: [] }
    await this.walk(folder, walk, false)
    // What has a place of its own comes first, so that which of several keys a file is listed by does not change with links.
    while (walk.links.length > 0) await this.follow(walk.links.sort().shift()!, walk)
    return this.unlessGone(walk.found.sort(byKey))
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array | null> {
    const path = this.location(key)
    try {
      return await readRegularFile(path, { limit: LONGEST_READ, range })
    } catch (error) {
      if (isAbsent(error)) return this.unlessGone(null)
      throw explainDiskError(error, `read ${path}`)
    }
  }

  async put(
    key: string,
    body: Uint8Array | string,
    options: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
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
    if (this.rootSeen) await stat(this.root)
    return answer
  }

  private async makeFolders(folder: string): Promise<void> {
    if (!this.rootSeen) await ensureFolder(this.root)
    this.rootSeen = true
    if (folder !== this.root) await ensureFolder(folder, this.root)
  }

  private async walk(folder: string, walk: Walk, linked: boolean): Promise<void> {
    const { prefix } = walk
    const path = join(this.root, folder)
    let entries: Dirent[]
    try {
      if (!firstVisit(await stat(path, { bigint: true }), walk)) return
      entries = await readdir(path, { withFileTypes: true })
    } catch (error) {
      if (!isAbsent(error)) throw explainDiskError(error, `list ${path}`)
      await requireTarget(path, error)
      return this.unlessGone(undefined)
    }
    for (const entry of entries) {
      const key = folder + entry.name
      const related = key.startsWith(prefix) || `${key}/`.startsWith(prefix)
      if (!related || entry.name.startsWith(STAGED) || walk.ignore(entry.name)) continue
      if (entry.isSymbolicLink()) walk.links.push(key)
      else await this.note(key, walk, linked)
    }
  }

  /** A link to a file, or to a folder; one that leads nowhere hides nobody knows what. */
  private async follow(key: string, walk: Walk): Promise<void> {
    const path = join(this.root, key)
    await stat(path).catch((error: unknown) => requireTarget(path, error))
    await this.note(key, walk, true)
  }

  private async note(key: string, walk: Walk, linked: boolean): Promise<void> {
    const path = join(this.root, key)
    const info = await stat(path, { bigint: true }).catch((error: unknown) => {
      if (!isAbsent(error)) throw explainDiskError(error, `list ${path}`)
      return null
    })
    if (info?.isDirectory()) await this.walk(`${key}/`, walk, linked)
    else if (info?.isFile() && key.startsWith(walk.prefix)) {
      const alias = linked ? 'link' : info.nlink > 1n ? 'hard' : undefined
      const { size, mtimeMs } = info
      walk.found.push({
        key,
        size: Number(size),
        modified: Number(mtimeMs),
        identity: identityOf(info),
        alias,
      })
    }
  }
}

/** One look at a folder and all below it. */
interface Walk {
  readonly prefix: string
  readonly ignore: (name: string) => boolean
  /** Folders, so that none is walked twice, whatever leads to it. */
  readonly visited: Set<string>
  readonly found: ObjectInfo[]
  /** Keys of links that are to be followed. */
  readonly links: string[]
}

const identityOf = ({ dev, ino }: BigIntStats) => `${dev}:${ino}`

function firstVisit(info: BigIntStats, { visited }: Walk): boolean {
  const before = visited.size
  return visited.add(identityOf(info)).size > before
}

/** @throws PrerequisiteError where a path that is not found is a link, e.g. to raw files on a disk that is away */
async function requireTarget(path: string, cause: unknown): Promise<void> {
  if (!isAbsent(cause) && errorCode(cause) !== 'ELOOP')
    throw explainDiskError(cause, `list ${path}`)
  const target = await readlink(resolve(path)).catch(() => null)
  if (target === null) return
  throw new PrerequisiteError(
    `${resolve(path)} is a link to ${target}, which is not there. Bring back what it leads to, or remove the link.`,
    { cause },
  )
}

const isAbsent = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '')

const isFolder = (path: string) =>
  stat(path).then(
    info => info.isDirectory(),
    () => false,
  )
