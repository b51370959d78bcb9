import { dirname, join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { errorCode } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { writeAtomically } from '../shared/write-atomically'
import { BEHIND_LINK, damage } from './damage'

/**
 * A table's folder: `data/<partition>/<writer>-….parquet`; in `metadata/` manifests and manifest lists, both bearing their
 * writer's name, `vN.metadata.json` and the hint. Everything but the hint is written once.
 */
export const dataDir = (location: string) => join(location, 'data')
export const metadataDir = (location: string) => join(location, 'metadata')
export const metadataFile = (location: string, version: number) =>
  join(metadataDir(location), `v${version}.metadata.json`)

/** Digits of a version: far more than commits, far below what a double counts. */
const LONGEST_NUMBER = 12
const METADATA_FILE = /^v([1-9]\d*)\.metadata\.json$/

/** Versions present, in no order; none where there is no table. */
export async function listVersions(fs: FileSystem, location: string): Promise<number[]> {
  try {
    const entries = await fs.readdir(metadataDir(location))
    return entries.flatMap(({ name }) => {
      const version = METADATA_FILE.exec(name)?.[1]
      if (version === undefined) return []
      if (version.length <= LONGEST_NUMBER) return [Number(version)]
      throw new PrerequisiteError(
        `${join(metadataDir(location), name)} has a number that no table of lakebench reaches. Move the file away.`,
      )
    })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** 0 where there is no table. */
export async function highestVersion(fs: FileSystem, location: string): Promise<number> {
  return (await listVersions(fs, location)).reduce((a, b) => Math.max(a, b), 0)
}

export const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')

/** A new file, whole and durable; its name is durable after a sync of its folder. */
export async function writeNew(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await fs.create(path)
  try {
    await file.write(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Deletes what exists, but nothing behind a link; resolves to the paths deleted. What cannot be deleted stays. */
export async function removeFiles(fs: FileSystem, paths: Iterable<string>): Promise<string[]> {
  const deleted: string[] = []
  let known: string | null = null
  for (const path of paths) {
    try {
      const folder = dirname(path)
      if (folder !== known && (await fs.realpath(folder)) !== folder) continue
      known = folder
      await fs.unlink(path)
      deleted.push(path)
    } catch {
      // An orphan, which the next holder of the storage finds.
    }
  }
  return deleted
}

/** @throws PrerequisiteError where a folder that the table's files are written to is a link */
export async function requireOwnFolders(fs: FileSystem, location: string): Promise<void> {
  for (const folder of [dataDir(location), metadataDir(location)]) {
    if ((await fs.realpath(folder)) !== folder) throw damage(folder, location, BEHIND_LINK)
  }
  const link = (await fs.readdir(dataDir(location))).find(entry => entry.isLink)
  if (link) throw damage(join(dataDir(location), link.name), location, BEHIND_LINK)
}

/** Files below `data/` and `metadata/`; links are neither listed nor followed. */
export async function ownFiles(fs: FileSystem, location: string): Promise<string[]> {
  const found: string[] = []
  const walk = async (folder: string): Promise<void> => {
    for (const { name, isFolder, isLink } of await fs.readdir(folder)) {
      if (isFolder) await walk(join(folder, name))
      else if (!isLink) found.push(join(folder, name))
    }
  }
  await walk(dataDir(location))
  await walk(metadataDir(location))
  return found
}

/**
 * Points `version-hint.text` at a version, for readers that look there first. Best effort: lakebench itself never reads it, and a
 * stale hint only makes others look a little further.
 */
export async function writeHint(fs: FileSystem, location: string, version: number): Promise<void> {
  const hint = join(metadataDir(location), 'version-hint.text')
  await writeAtomically(hint, String(version), { fs }).catch(() => {})
}
