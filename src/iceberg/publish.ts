import { errorCode, explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { readNewest } from './read-table'
import { highestVersion, metadataDir, metadataFile } from './table-files'
import { commitOf, deletesVersions, VERSIONS_KEPT, versionsKept } from './version-numbers'

/** Another writer published this version first; look at the table again. */
export class LostRace extends Error {
  constructor(readonly version: number) {
    super(`another writer published version ${version} first`)
  }
}

/** The version may or may not be visible, or may not survive a power cut. */
export class PublishUnknown extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/**
 * Make a staged metadata file version N of the table, by a hard link: it fails where the name exists, so one of several
 * racers wins, and readers see the file whole. (A rename would replace the winner's.) Resolves when it is visible and durable.
 * `commitId` is what the staged metadata says of itself.
 *
 * @throws LostRace when the version is another's; PublishUnknown when nobody can say, or when its durability failed;
 *   anything else when it is certainly not published.
 */
export async function publish(
  fs: FileSystem,
  location: string,
  staged: string,
  version: number,
  commitId: string,
): Promise<void> {
  const target = metadataFile(location, version)
  try {
    await fs.link(staged, target)
  } catch (error) {
    // A reply may be lost after the deed (network file systems): whose file the name stands for decides.
    const owner = await ownerOf(fs, target, staged).catch((cause: unknown) => {
      throw new PublishUnknown(cause)
    })
    if (owner === 'another') throw new LostRace(version)
    if (owner === 'nobody') throw explainDiskError(error, `publish ${target}`)
  }
  await requireAlive(fs, location, version, commitId)
  try {
    await fs.sync(metadataDir(location))
  } catch (error) {
    // Visible, perhaps not durable. A second fsync could succeed though the first one dropped the pages: no retry.
    throw new PublishUnknown(error)
  }
}

/** Look back: the number may have been deleted, and so free, because the table went on while this writer was away. */
async function requireAlive(
  fs: FileSystem,
  location: string,
  version: number,
  commitId: string,
): Promise<void> {
  let owner: string | undefined
  try {
    const highest = await highestVersion(fs, location)
    if (highest < version + VERSIONS_KEPT) return
    const newest = await readNewest(fs, location)
    if (newest === null) throw new Error(`${location} was deleted`)
    const { properties } = newest.metadata
    if (!deletesVersions(properties) || highest < version + versionsKept(properties)) return
    owner = commitOf(properties, version)
  } catch (error) {
    throw new PublishUnknown(error)
  }
  if (owner === commitId) return
  // The dead file stays: readers look at the highest only, and it goes when it is old.
  if (owner !== undefined) throw new LostRace(version)
  throw new PublishUnknown(
    new Error(
      `${location} went on by more versions than it remembers while version ${version} was being published`,
    ),
  )
}

async function ownerOf(
  fs: FileSystem,
  target: string,
  staged: string,
): Promise<'us' | 'another' | 'nobody'> {
  const theirs = await fs.identity(target).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (theirs === null) return 'nobody'
  const ours = await fs.identity(staged)
  return theirs.device === ours.device && theirs.inode === ours.inode ? 'us' : 'another'
}
