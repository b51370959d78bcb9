import { existsSync } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { explainDiskError } from '../disk-error'
import { CORPUS_MANIFEST_KEY, RAW_PREFIX } from '../workload/raw-columns'
import type { CorpusPlace, RawObject } from './corpus-place'
import { ensureFolder, syncFolder, UNFINISHED_PREFIX } from './part-sink'

const PIECE = 4 << 20
const SETTING = 'platform.storage.path'

/** A corpus below a storage root, an absolute path. */
export function localPlace(root: string): CorpusPlace {
  const rawFolder = join(root, RAW_PREFIX)
  const manifestPath = join(root, CORPUS_MANIFEST_KEY)
  return {
    name: root,
    rawFolder,
    manifestPath,
    setting: SETTING,
    storage: { type: 'local', path: root },
    retries: 0,
    listRaw: () => listRaw(root, rawFolder),
    readManifest: () => readText(manifestPath),
    writeManifest: text => replaceSynced(manifestPath, text),
    async readRange(key, { start, length }) {
      const file = await open(join(root, key), 'r')
      try {
        const bytes = Buffer.alloc(length)
        const { bytesRead } = await file.read(bytes, 0, length, start)
        return bytes.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
    read: (key, signal) => pieces(join(root, key), signal),
    async deleteRaw(key) {
      try {
        await rm(join(root, key))
      } catch (error) {
        throw explainDiskError(error, `delete the earlier corpus in ${root}`)
      }
    },
    requireSpace: bytes => requireSpace(root, bytes),
    async removeUnfinished() {
      const folder = join(root, UNFINISHED_PREFIX)
      try {
        await rm(folder, { recursive: true, force: true })
      } catch (error) {
        throw explainDiskError(error, `remove unfinished files in ${folder}`)
      }
    },
  }
}

async function listRaw(root: string, folder: string): Promise<RawObject[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter(entry => !entry.isDirectory() && entry.name.endsWith('.parquet'))
      .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    const objects: RawObject[] = []
    for (const path of paths) {
      const { size } = await stat(path)
      objects.push({ key: relative(root, path).split(sep).join('/'), bytes: size })
    }
    return objects.sort((a, b) => (a.key < b.key ? -1 : 1))
  } catch (error) {
    if (isAbsent(error)) return []
    throw explainDiskError(error, `list the raw files in ${folder}`)
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return null
    throw explainDiskError(error, `read the corpus manifest ${path}`)
  }
}

async function replaceSynced(path: string, text: string): Promise<void> {
  try {
    ensureFolder(dirname(path))
    const file = await open(`${path}.new`, 'w')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw explainDiskError(error, `write the corpus manifest ${path}`)
  }
}

async function* pieces(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(PIECE)
  try {
    const file = await open(path, 'r')
    try {
      for (;;) {
        signal.throwIfAborted()
        const { bytesRead } = await file.read(buffer, 0, PIECE)
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw explainDiskError(error, `read ${path}`)
  }
}

async function requireSpace(root: string, needed: number): Promise<void> {
  let folder = root
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const disk = await statfs(folder).catch(() => null)
  // Some network file systems report nothing.
  if (disk === null || disk.blocks === 0) return
  const free = disk.bavail * disk.bsize
  if (needed <= free) return
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(2)} GiB`
  throw new PrerequisiteError(
    `The corpus needs ${gib(needed)}, and the disk of ${root} has ${gib(free)} free. Free some space, choose another ${SETTING}, or a smaller scale.`,
  )
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}
