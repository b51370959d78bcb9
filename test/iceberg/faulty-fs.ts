import { stat } from 'node:fs/promises'
import { type FileSystem, type NewFile, nodeFs } from '../../src/shared/file-system'

export interface Fault {
  /** Which call fails, counted from 1. */
  readonly at: number
  readonly code: string
  /** before: nothing was done; after: the deed is done, its answer lost; half: half of a write is done. */
  readonly moment: 'before' | 'after' | 'half'
  /** Every later call fails too, as for a process that died. */
  readonly forever: boolean
}

export interface FaultyFs extends FileSystem {
  /** Calls so far. */
  readonly calls: () => number
  /** Names of the calls, in order. */
  readonly log: readonly string[]
}

/** The real file system without waiting for the disk: only a power cut could tell the difference. */
export const unsyncedFs: FileSystem = {
  ...nodeFs,
  sync: async path => void (await stat(path)),
  create: async path => ({ ...(await nodeFs.create(path)), sync: async () => {} }),
}

/** The real file system (unsynced) with one fault; `onCall` runs before each call, for a rival to act at that moment. */
export function faultyFs(
  fault: Fault | null,
  onCall: (operation: string, path: string) => Promise<void> | void = () => {},
): FaultyFs {
  const log: string[] = []
  const error = (operation: string) =>
    Object.assign(new Error(`injected ${fault!.code} at ${operation}`), { code: fault!.code })
  async function call<T>(
    operation: string,
    path: string,
    work: (half: boolean) => Promise<T>,
  ): Promise<T> {
    log.push(operation)
    const k = log.length
    await onCall(operation, path)
    const hit = fault !== null && (fault.forever ? k >= fault.at : k === fault.at)
    if (!hit) return work(false)
    // What a process leaves open its death closes.
    if (operation === 'close') await work(false)
    else if (k === fault.at && fault.moment !== 'before') await work(fault.moment === 'half')
    throw error(`${operation} ${path}`)
  }
  return {
    log,
    calls: () => log.length,
    readdir: p => call('readdir', p, () => unsyncedFs.readdir(p)),
    readFile: p => call('readFile', p, () => unsyncedFs.readFile(p)),
    readRange: (p, at, length) => call('readRange', p, () => unsyncedFs.readRange(p, at, length)),
    realpath: p => call('realpath', p, () => unsyncedFs.realpath(p)),
    identity: p => call('identity', p, () => unsyncedFs.identity(p)),
    mkdir: p => call('mkdir', p, () => unsyncedFs.mkdir(p)),
    sync: p => call('sync', p, () => unsyncedFs.sync(p)),
    link: (from, to) => call('link', to, () => unsyncedFs.link(from, to)),
    rename: (from, to) => call('rename', to, () => unsyncedFs.rename(from, to)),
    unlink: p => call('unlink', p, () => unsyncedFs.unlink(p)),
    create: p =>
      call('create', p, async (): Promise<NewFile> => {
        const file = await unsyncedFs.create(p)
        // A file that was made but whose answer is lost stays open until the process ends; here it must not pile up.
        const lost = fault !== null && log.length === fault.at && fault.moment !== 'before'
        if (lost) await file.close()
        return {
          write: bytes =>
            call('write', p, half =>
              file.write(half ? bytes.subarray(0, bytes.length >> 1) : bytes),
            ),
          sync: () => call('fsync', p, () => file.sync()),
          close: () => call('close', p, () => file.close()),
        }
      }),
  }
}
