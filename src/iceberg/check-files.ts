import { dirname } from 'node:path'
import { parquetMetadataAsync } from 'hyparquet'
import { explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { BEHIND_LINK, damaged, FileMissing } from './damage'
import { dataDir, isMissing } from './table-files'
import type { DataFile } from './types'

/** Calls in flight; libuv has four threads. */
const CONCURRENCY = 4
/** Read of a file at first; what is larger is read again. */
const FOOTER_BYTES = 1 << 16

/**
 * Makes data files and their names durable: the engine wrote them, but only a commit needs them to outlive a power cut.
 *
 * @throws Error naming the first file that is missing, not of the stated length, given twice, or not in the table.
 */
export async function syncDataFiles(
  fs: FileSystem,
  location: string,
  files: readonly DataFile[],
): Promise<void> {
  const root = dataDir(location)
  const seen = new Set<string>()
  const folders = new Set<string>()
  for (const { path } of files) {
    if (!path.startsWith(`${root}/`) || path.split('/').includes('..')) {
      throw new Error(`${path} is not below ${root}, where the table's data files belong`)
    }
    if (seen.has(path)) throw new Error(`${path} is given twice`)
    seen.add(path)
    for (let folder = dirname(path); folder.length >= location.length; folder = dirname(folder))
      folders.add(folder)
  }
  const sizeOf = sizeReader(fs)
  await eachOf(files, async file => {
    try {
      const size = await sizeOf(file.path)
      if (size !== file.bytes) throw new Error(`it has ${size} bytes, not ${file.bytes}`)
      await fs.sync(file.path)
    } catch (error) {
      const cause = explainDiskError(error, `make ${file.path} durable`)
      throw cause === error ? new Error(`${file.path}: ${cause.message}`, { cause }) : cause
    }
  })
  // Deepest first: a folder's name lies in its parent.
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) await fs.sync(folder)
}

/**
 * Proves that the data files of a table are in their places with their sizes.
 *
 * @throws FileMissing; PrerequisiteError naming the first that is a link, lies behind one, or has another size
 */
export async function requireDataFiles(
  fs: FileSystem,
  location: string,
  files: readonly DataFile[],
): Promise<void> {
  const sizeOf = sizeReader(fs)
  await eachOf(files, async ({ path, bytes }) => {
    try {
      const size = await sizeOf(path)
      if (size !== bytes) throw new Error(`it has ${size} bytes, not ${bytes}`)
    } catch (error) {
      if (isMissing(error)) throw new FileMissing(path)
      throw damaged(path, location, explainDiskError(error, `read ${path}`))
    }
  })
}

/** The size of a data file, its folder looked at once for all files in it. @throws Error for a link, and for what lies behind one */
function sizeReader(fs: FileSystem): (path: string) => Promise<number> {
  const folders = new Map<string, Promise<string>>()
  return async path => {
    const folder = dirname(path)
    const real = folders.get(folder) ?? fs.realpath(folder)
    folders.set(folder, real)
    if ((await real) !== folder) throw new Error(BEHIND_LINK)
    const { isFile, size } = await fs.identity(path)
    if (!isFile) throw new Error(BEHIND_LINK)
    return size
  }
}

/** Data files as they lie, whatever a manifest says of them: sizes and rows that are there, and a sentence on each that differs. */
export async function inspectDataFiles(
  fs: FileSystem,
  files: readonly DataFile[],
): Promise<{ readonly files: readonly DataFile[]; readonly faults: readonly string[] }> {
  const found = new Map<DataFile, DataFile>()
  const faults: string[] = []
  const sizeOf = sizeReader(fs)
  await eachOf(files, async file => {
    const look = async (): Promise<Pick<DataFile, 'bytes' | 'rows'>> => {
      const bytes = await sizeOf(file.path)
      return { bytes, rows: await readRowCount(fs, file.path, bytes) }
    }
    const there = await look().catch((error: unknown) => {
      faults.push(
        `${file.path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      )
      return { bytes: 0, rows: 0 }
    })
    found.set(file, { ...file, ...there })
    if (there.rows !== 0 && there.rows !== file.rows)
      faults.push(`${file.path} has ${there.rows} rows, not the ${file.rows} that were committed`)
    else if (there.rows !== 0 && there.bytes !== file.bytes)
      faults.push(
        `${file.path} has ${there.bytes} bytes, not the ${file.bytes} that were committed`,
      )
  })
  return { files: files.map(file => found.get(file)!), faults: faults.sort() }
}

/** Rejects with the first error, when nothing is under way any more. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += CONCURRENCY) {
    const ends = await Promise.allSettled(items.slice(from, from + CONCURRENCY).map(work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}

/** Rows of a Parquet file by its own footer. @throws Error where it has none that can be read */
async function readRowCount(fs: FileSystem, path: string, byteLength: number): Promise<number> {
  const slice = async (start: number, end = byteLength) =>
    new Uint8Array(await fs.readRange(path, start, end - start)).buffer
  const options = { initialFetchSize: FOOTER_BYTES, geoparquet: false }
  return Number((await parquetMetadataAsync({ byteLength, slice }, options)).num_rows)
}
