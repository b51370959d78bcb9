import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeStagedFiles } from '../shared/staged-files'
import { acquireLease, type Lease } from './lease'

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
