import { join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { errorCode } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { currentProcess, isProvenDead, type ProcessIdentity } from '../shared/process-identity'
import { leaseDir, removeFiles, writeNew } from './table-files'

const NAME = /^lease-([0-9a-f-]{36})\.json(?:\.staged)?$/

const STAGED_NAME = /^lease-[0-9a-f-]{36}\.json\.staged$/
const ATTEMPTS = 5

const leaseFile = (location: string, writer: string) =>
  join(leaseDir(location), `lease-${writer}.json`)

/**
 * Say that `writer` is this process's, before it writes anything: whoever finds its files later can prove whether they are
 * still in use. Publishing it also shows whether the file system has hard links that refuse to replace.
 *
 * @throws PrerequisiteError when it has not.
 */
export async function publishWriterLease(
  fs: FileSystem,
  location: string,
  writer: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publishOnce(fs, location, writer)
    } catch (error) {
      // A clean-up took the staged file for the rest of a dead process; nothing else is written yet.
      if (errorCode(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error
      await removeWriterLease(fs, location, writer)
    }
  }
}

async function publishOnce(fs: FileSystem, location: string, writer: string): Promise<void> {
  const target = leaseFile(location, writer)
  const staged = `${target}.staged`
  await writeNew(fs, staged, Buffer.from(JSON.stringify(currentProcess())))
  try {
    await fs.link(staged, target)
  } catch (error) {
    if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? ''))
      throw error
    throw noHardLinks(location, errorCode(error)!, error)
  }
  const again = await fs.link(staged, target).then(
    () => null,
    (error: unknown) => error,
  )
  if (again === null) throw noHardLinks(location, 'a link replaced another file')
  if (errorCode(again) !== 'EEXIST') throw again
  await removeFiles(fs, [staged])
  await fs.sync(leaseDir(location))
}

/** The writer has nothing left that anyone would have to look after. */
export async function removeWriterLease(
  fs: FileSystem,
  location: string,
  writer: string,
): Promise<void> {
  await removeFiles(fs, [leaseFile(location, writer), `${leaseFile(location, writer)}.staged`])
}

/**
 * Remove staged leases without content: their process died while it wrote them, before it wrote anything else. One that lives
 * notices, and stages anew.
 */
export async function removeUnwrittenLeases(fs: FileSystem, location: string): Promise<void> {
  for (const { name } of await fs.readdir(leaseDir(location))) {
    const path = join(leaseDir(location), name)
    if (STAGED_NAME.test(name) && (await readLease(fs, path)) === null)
      await removeFiles(fs, [path])
  }
}

/** Writers whose process is proven dead. A lease that cannot be read proves nothing. */
export async function deadWriters(fs: FileSystem, location: string): Promise<string[]> {
  const dead = new Set<string>()
  for (const { name } of await fs.readdir(leaseDir(location))) {
    const writer = NAME.exec(name)?.[1]
    if (writer === undefined) continue
    const holder = await readLease(fs, join(leaseDir(location), name))
    if (holder !== null && isProvenDead(holder)) dead.add(writer)
  }
  return [...dead]
}

async function readLease(fs: FileSystem, path: string): Promise<ProcessIdentity | null> {
  try {
    const value = JSON.parse(
      Buffer.from(await fs.readFile(path)).toString('utf8'),
    ) as ProcessIdentity
    return typeof value.pid === 'number' && typeof value.host === 'string' ? value : null
  } catch {
    return null
  }
}

const noHardLinks = (location: string, reason: string, cause?: unknown) =>
  new PrerequisiteError(
    `The file system of ${location} has no hard links that refuse to replace a file (${reason}), without which a commit is not safe. Choose a folder on a local disk.`,
    { cause },
  )
