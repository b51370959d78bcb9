import { randomUUID } from 'node:crypto'
import { link, open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { errorCode, explainDiskError } from '../disk-error'
import { makeFolder } from './make-folder'
import { currentProcess, isProvenDead, type ProcessIdentity } from './process-identity'

/** A folder held by this process alone, until `release` or the process's death. */
export interface Lease {
  /** The file that says so. */
  readonly path: string
  /** Give the folder back. Repeating it does nothing. */
  release(): Promise<void>
}

interface LeaseRecord extends ProcessIdentity {
  readonly purpose: string
  /** ISO-8601 UTC. */
  readonly since: string
  readonly released: boolean
}

const NAME = /^lease-(\d+)\.json$/

/**
 * Hold `dir` (made if need be) for this process. A lease whose holder is proven dead is taken over.
 *
 * Leases are numbered and the highest number counts; it is never deleted, only outnumbered. Both taking over and releasing
 * publish the next number by `link()`, which lets one of several racers win. Who paused and then published a number that had
 * been deleted meanwhile sees the higher one afterwards and steps back.
 *
 * @throws PrerequisiteError naming process, host and start when another live process (or this one) holds the folder, and
 *   when the folder cannot be written or its file system has no hard links.
 */
export async function acquireLease(dir: string, purpose: string): Promise<Lease> {
  try {
    await makeFolder(dir)
    for (;;) {
      const highest = await highestNumber(dir)
      if (highest > 0 && !(await isFree(join(dir, leaseName(highest))))) continue
      const mine = highest + 1
      if (!(await publish(dir, mine, record(purpose, false)))) continue
      await removeBelow(dir, mine)
      let released = false
      return {
        path: join(dir, leaseName(mine)),
        release: async () => {
          if (released) return
          released = true
          await publish(dir, mine + 1, record(purpose, true))
          await removeBelow(dir, mine + 1)
        },
      }
    }
  } catch (error) {
    throw explainDiskError(error, `lock ${dir}`)
  }
}

const leaseName = (number: number) => `lease-${number}.json`

const record = (purpose: string, released: boolean): LeaseRecord => ({
  ...currentProcess(),
  purpose,
  since: new Date().toISOString(),
  released,
})

async function highestNumber(dir: string): Promise<number> {
  const numbers = (await readdir(dir)).map(name => Number(NAME.exec(name)?.[1] ?? 0))
  return Math.max(0, ...numbers)
}

/** False when the file went away meanwhile, so that the caller looks again. Throws when someone holds it. */
async function isFree(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (text === null) return false
  const holder = parse(text, path)
  if (holder.released || isProvenDead(holder)) return true
  const who = `process ${holder.pid} on ${holder.host} (${holder.purpose}, since ${holder.since})`
  throw new PrerequisiteError(
    `The folder is in use by ${who}. Wait for it to end, or use another folder. If that process is surely gone, delete ${path}.`,
  )
}

function parse(text: string, path: string): LeaseRecord {
  try {
    const value = JSON.parse(text) as LeaseRecord
    if (typeof value.pid === 'number' && typeof value.host === 'string') return value
  } catch {
    // Said below.
  }
  throw new PrerequisiteError(`${path} is no lease of lakebench. If no run is active in that folder, delete the file.`)
}

/** Publish a number whole and durable. False when another process has it, or had it before and a higher one stands. */
async function publish(dir: string, number: number, content: LeaseRecord): Promise<boolean> {
  const target = join(dir, leaseName(number))
  const staged = join(dir, `${randomUUID()}.staged`)
  try {
    const file = await open(staged, 'wx')
    try {
      await file.writeFile(JSON.stringify(content))
      await file.sync()
    } finally {
      await file.close()
    }
    try {
      await link(staged, target)
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      if (['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '')) {
        throw new PrerequisiteError(
          `The file system of ${dir} has no hard links (${errorCode(error)}), which lakebench needs to lock and to commit. Choose a folder on a local disk.`,
          { cause: error },
        )
      }
      throw error
    }
  } finally {
    await unlink(staged).catch(() => {})
  }
  if ((await highestNumber(dir)) === number) return true
  await unlink(target).catch(() => {})
  return false
}

async function removeBelow(dir: string, number: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const found = NAME.exec(name)
    if (found && Number(found[1]) < number) await unlink(join(dir, name)).catch(() => {})
  }
}
