import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { CacheFlush } from '../../contracts/ports'
import { ioCounters } from './meter'
import type { DuckDbSession } from './session'

const run = promisify(execFile)
const PROBE_BYTES = 4096

/**
 * Drop what DuckDB and the system keep of these files, and show it: afterwards a read must come from the device. Needs Linux and GNU `dd`, no privileges (`posix_fadvise(DONTNEED)` on each file).
 */
export async function dropCaches(
  session: DuckDbSession,
  files: readonly string[],
  metadata: readonly string[] = [],
): Promise<CacheFlush> {
  // The footers' cache cannot be emptied, only left unused, and it stays so: whoever flushes wants cold queries.
  await session.forgetFiles()
  if (files.length === 0)
    return { proven: false, detail: 'there is no file whose cache could be dropped' }
  try {
    for (const file of [...files, ...metadata]) await dropFile(file)
  } catch (error) {
    return {
      proven: false,
      detail: `the system's page cache was not dropped: dd with iflag=nocache failed (${(error as Error).message.split('\n')[0]})`,
    }
  }
  return prove(files)
}

/** Read a piece of the first file past every cache of DuckDB and look whether it came from the device; then drop it again. */
async function prove(files: readonly string[]): Promise<CacheFlush> {
  const before = ioCounters()
  if (!before)
    return {
      proven: false,
      detail: 'this system does not count bytes read from the device (/proc/self/io)',
    }
  const probe = files[0]!
  const file = await open(probe, 'r')
  try {
    await file.read(Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, 0)
  } finally {
    await file.close()
  }
  const fromDevice = (ioCounters()?.read_bytes ?? before.read_bytes) - before.read_bytes
  await dropFile(probe)
  return fromDevice > 0
    ? {
        proven: true,
        detail: `page cache of ${files.length} files dropped; a probe read ${fromDevice} bytes from the device`,
      }
    : {
        proven: false,
        detail:
          'after the flush a probe still read nothing from the device: the file system keeps its own cache',
      }
}

const dropFile = (file: string) =>
  run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'])
