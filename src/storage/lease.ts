import { existsSync } from 'node:fs'
import { lstat, readdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import { errorCode, explainDiskError } from '../shared/disk-error'
import { ensureFolder } from '../shared/folders'
import { currentProcess, isProvenDead, type ProcessIdentity } from '../shared/process-identity'
import { readRegularFile } from '../shared/read-file'
import { removeStagedFiles } from '../shared/staged-files'
import { writeAtomically } from '../shared/write-atomically'

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
const NO_LINKS = new Set(['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'])
/** Each look that finds nothing to hold is another process's progress. */
const MOST_LOOKS = 1000
const MOST_BYTES = 1 << 20

/**
 * Hold `dir` (made if need be) for this process. A lease whose holder is proven dead is taken over.
 *
 * Leases are numbered and the highest number counts; it is never deleted, only outnumbered. Both taking over and releasing
 * publish the next number by `link()`, which lets one of several racers win. Who paused and then published a number that had
 * been deleted meanwhile sees the higher one afterwards and steps back.
 *
 * @throws PrerequisiteError naming process, host and start when another live process (or this one) holds the folder; what is
 *   no lease, or no folder of this storage; and when the folder cannot be written or its file system has no hard links.
 */
export async function acquireLease(dir: string, purpose: string): Promise<Lease> {
  try {
    await ensureFolder(dir)
    // Its content is deleted at times, which must not reach what a link leads to.
    if ((await lstat(dir)).isSymbolicLink())
      throw new PrerequisiteError(
        `${dir} is a link. lakebench keeps its lock in a folder of its own there; delete the link.`,
      )
    for (let looks = 1; looks <= MOST_LOOKS; looks++) {
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
    const last = join(dir, leaseName(await highestNumber(dir)))
    throw new PrerequisiteError(
      `${dir} cannot be locked: ${last} comes and goes, or is a link that leads nowhere. Delete it, and try again.`,
    )
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
  const numbers = (await readdir(dir)).map(name => {
    const number = Number(NAME.exec(name)?.[1] ?? 0)
    // Beyond, one number and the next are the same double.
    if (Number.isSafeInteger(2 * number)) return number
    throw noLease(join(dir, name))
  })
  return Math.max(0, ...numbers)
}

/** False when the file went away meanwhile, so that the caller looks again. Throws when someone holds it. */
async function isFree(path: string): Promise<boolean> {
  const bytes = await readRegularFile(path, { limit: MOST_BYTES }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (bytes === null) return false
  const holder = parse(bytes.toString(), path)
  if (holder.released || isProvenDead(holder)) return true
  const who = `process ${holder.pid} on ${holder.host} (${holder.purpose}, since ${holder.since})`
  throw new PrerequisiteError(
    `The folder is in use by ${who}. Wait for it to end, or use another folder. If that process is surely gone, delete ${path}.`,
  )
}

function parse(text: string, path: string): LeaseRecord {
  try {
    const value = JSON.parse(text) as LeaseRecord | null
    if (typeof value?.pid === 'number' && typeof value.host === 'string') return value
  } catch {
    // Said below.
  }
  throw noLease(path)
}

const noLease = (path: string) =>
  new PrerequisiteError(
    `${path} is no lease of lakebench. If no run is active in that folder, delete the file.`,
  )

/** Publish a number whole and durable. False when another process has it, or had it before and a higher one stands. */
async function publish(dir: string, number: number, content: LeaseRecord): Promise<boolean> {
  const target = join(dir, leaseName(number))
  try {
    if (!(await writeAtomically(target, JSON.stringify(content), { ifAbsent: true }))) return false
  } catch (error) {
    // The holder took the staged file for a leftover.
    if (errorCode(error) === 'ENOENT') return false
    if (!NO_LINKS.has(errorCode(error) ?? '')) throw error
    throw new PrerequisiteError(
      `The file system of ${dir} has no hard links (${errorCode(error)}), which lakebench needs to lock and to commit. Choose a folder on a local disk.`,
      { cause: error },
    )
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

/** Where lakebench keeps what is neither data nor record: the lock and spilled data. */
export const HOUSEKEEPING = '.lakebench'
/** Below it, what DuckDB spills. */
export const SPILLED = 'tmp'

/**
 * Holds a storage folder for this process, and removes what processes left that died while they wrote there.
 *
 * @throws PrerequisiteError as `acquireLease` does
 */
export async function holdStorage(
  root: string,
  purpose: string,
): Promise<Lease & { readonly removed: readonly string[] }> {
  const lease = await acquireLease(join(root, HOUSEKEEPING), purpose)
  try {
    const spilled = join(root, HOUSEKEEPING, SPILLED)
    const left = existsSync(spilled) ? [spilled] : []
    await rm(spilled, { recursive: true, force: true })
    return { ...lease, removed: [...left, ...(await removeStagedFiles(root, { alone: true }))] }
  } catch (error) {
    await lease.release()
    throw error
  }
}
