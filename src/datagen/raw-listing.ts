import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { explainDiskError } from '../disk-error'
import { RAW_PREFIX } from '../workload/raw-columns'

export interface RawObject {
  /** Below the storage root, `/` between parts. */
  readonly key: string
  readonly bytes: number
}

/** Every raw file there is, sorted by key; none where the folder is missing. */
export async function listRaw(root: string): Promise<RawObject[]> {
  const folder = join(root, RAW_PREFIX)
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
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw explainDiskError(error, `list the raw files in ${folder}`)
  }
}
