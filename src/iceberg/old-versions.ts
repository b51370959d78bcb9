import { join } from 'node:path'
import type { FileSystem } from '../shared/file-system'
import { readVersion, type TableVersion } from './read-table'
import { isMissing, listVersions, metadataDir } from './table-files'
import { deletesVersions, versionsKept } from './version-numbers'

/** Versions of one clean-up; the next one takes the rest. */
const MOST_AT_ONCE = 500

/**
 * Versions whose metadata file may be deleted: older than `ageMs`, with more than the versions kept above them, and below
 * the hint, as Iceberg's own readers fail where the hint names a missing file. A version that cannot be read is left alone.
 */
export async function deletableVersions(
  fs: FileSystem,
  newest: TableVersion,
  ageMs: number,
): Promise<TableVersion[]> {
  const { location, version: highest, metadata } = newest
  if (!deletesVersions(metadata.properties)) return []
  const below = Math.min(highest - versionsKept(metadata.properties), await hintOf(fs, location))
  const numbers = (await listVersions(fs, location)).filter(v => v < below).sort((a, b) => a - b)
  const found: TableVersion[] = []
  for (const number of numbers.slice(0, MOST_AT_ONCE)) {
    const version = await readVersion(fs, location, number).catch(() => null)
    if (version === null) continue
    // Times never fall from one version to the next.
    if (version.metadata['last-updated-ms'] > Date.now() - ageMs) break
    found.push(version)
  }
  return found
}

/** What the hint says; no bound where there is none, and nothing may go where it makes no sense. */
async function hintOf(fs: FileSystem, location: string): Promise<number> {
  try {
    const text = Buffer.from(
      await fs.readFile(join(metadataDir(location), 'version-hint.text')),
    ).toString('utf8')
    return /^\s*\d+\s*$/.test(text) ? Number(text) : 0
  } catch (error) {
    return isMissing(error) ? Number.POSITIVE_INFINITY : 0
  }
}
