import { CommitConflictError, PrerequisiteError } from '../contracts/errors'
import { errorCode, explainDiskError } from '../shared/disk-error'
import { stringifyExactJson } from '../shared/exact-json'
import type { FileSystem } from '../shared/file-system'
import { writeAtomically } from '../shared/write-atomically'
import type { TableVersion } from './read-table'
import { applyUpdates, type TableUpdate } from './table-change'
import { isMissing, metadataDir, metadataFile, writeHint } from './table-files'

const NO_LINKS = new Set(['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'])

/** The version may or may not be visible, or may not survive a power cut. */
export class PublishUnknown extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** The last of each table, which the next waits for. */
const turns = new Map<string, Promise<unknown>>()

/** Runs the commits of this process to one table, one after another. */
export async function inTurn<T>(location: string, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(location) ?? Promise.resolve()).then(work)
  const over = turn.catch(() => {})
  turns.set(location, over)
  try {
    return await turn
  } finally {
    if (turns.get(location) === over) turns.delete(location)
  }
}

/**
 * Makes the updates the version after `base`. The file of a version is created where there is none, so the commit of a writer that
 * should not be there is met, never replaced. Resolves to the version's number when it is visible and durable.
 *
 * @throws CommitConflictError when the version is another writer's; PublishUnknown when nobody can say; anything else when it is
 *   certainly not published.
 */
export async function commitUpdates(
  fs: FileSystem,
  location: string,
  base: TableVersion | null,
  updates: readonly TableUpdate[],
): Promise<number> {
  const version = (base?.version ?? 0) + 1
  const bytes = Buffer.from(stringifyExactJson(applyUpdates(base, updates)))
  // Names are durable before the version that needs them.
  await fs.sync(metadataDir(location))
  await publish(fs, metadataFile(location, version), bytes)
  await writeHint(fs, location, version)
  return version
}

async function publish(fs: FileSystem, target: string, bytes: Buffer): Promise<void> {
  try {
    if (await writeAtomically(target, bytes, { ifAbsent: true, fs })) return
  } catch (error) {
    const found = await readIfThere(fs, target).catch((cause: unknown) => {
      throw new PublishUnknown(cause)
    })
    // Visible, perhaps not durable. A second fsync could succeed though the first one dropped the pages: no retry.
    if (found?.equals(bytes)) throw new PublishUnknown(error)
    if (found === null) throw explainLink(error, target)
  }
  throw new CommitConflictError(
    `Another writer published ${target} first. Leave the table to one run at a time; nothing was changed, run it again.`,
  )
}

async function readIfThere(fs: FileSystem, path: string): Promise<Buffer | null> {
  try {
    await fs.identity(path)
    return Buffer.from(await fs.readFile(path))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function explainLink(error: unknown, target: string): Error {
  const code = errorCode(error) ?? ''
  if (!NO_LINKS.has(code)) return explainDiskError(error, `publish ${target}`)
  return new PrerequisiteError(
    `The file system of ${target} has no hard links (${code}), without which a commit is not safe. Choose a folder on a local disk.`,
    { cause: error },
  )
}
