import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LakebenchConfigInput, loadConfig } from '../config/load'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import type { Swept } from '../kubernetes/run-claim'
import { never } from '../shared/abort'
import { checkOptions } from '../shared/check-options'
import { removeAbandonedFolders } from '../shared/scratch-folder'
import { holdStorage } from '../storage/lease'
import { localStore } from '../storage/local-store'
import { loadPlatform, type Platform } from './platform-of'
import { localRoot, storagePresent } from './storage-place'

export type { Swept }

/** No upload of one file takes so long; whose it is a store does not say. */
const DEAD_UPLOAD_MS = 86_400_000

/** Scope of a sweep, and when to stop. */
export interface CleanupOptions {
  /** This run only, whether its process lives or not; else all runs whose process is gone. */
  readonly run?: string
  /** Ends the sweep; what was removed by then stays removed. */
  readonly signal?: AbortSignal
}

/**
 * Removes what runs left that did not end by themselves: in the cluster that a config names applications, jobs, pods, claims, config
 * maps, secrets, leases; in its storage files that were being written, documents of jobs, unfinished uploads and what is left of replaced tables. Runs that live
 * stay, unless one is named. Data is not touched.
 *
 * @returns for each run that was found, what was removed; of the storage as a whole under the run id `null`
 * @throws PrerequisiteError where the cluster or the storage is not reached or in use, a right is missing, or objects do not go
 */
export async function cleanup(
  config?: LakebenchConfigInput | string,
  options: CleanupOptions = {},
): Promise<readonly Swept[]> {
  checkOptions(options, { run: 'text', signal: 'signal' }, 'cleanup')
  const resolved = await loadConfig(config)
  const signal = options.signal ?? never()
  const { cleanRuns, cleanTables } = await loadPlatform(resolved)
  if (!cleanRuns && options.run !== undefined)
    throw new PrerequisiteError(
      'Only runs on Kubernetes are cleaned up by their id; leave out --run.',
    )
  const swept = (await cleanRuns?.(resolved, options.run, signal)) ?? []
  const scratch = () =>
    removeAbandonedFolders(tmpdir(), ['lakebench-spark-', 'lakebench-submit-', 'lakebench-line-'])
  const removed =
    options.run === undefined
      ? [...(await cleanStorage(resolved, cleanTables, signal)), ...scratch()]
      : []
  return removed.length === 0 ? swept : [...swept, { run_id: null, removed }]
}

async function cleanStorage(
  config: ResolvedConfig,
  cleanTables: Platform['cleanTables'],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { storage } = config.platform
  const { removeAbandonedDocuments } = await import('../engines/spark/job-client')
  if (storage.type === 'local') {
    const root = localRoot(config)
    if (!(await storagePresent(root))) return []
    const lease = await holdStorage(root, 'lakebench cleanup')
    try {
      const documents = await removeAbandonedDocuments(localStore(root))
      const replaced = (await cleanTables?.(config)) ?? []
      return [...lease.removed, ...documents.map(key => join(root, key)), ...replaced]
    } finally {
      await lease.release()
    }
  }
  const { openS3Store } = await import('../storage/s3/s3-store')
  const store = await openS3Store(storage.s3)
  try {
    const documents = await removeAbandonedDocuments(store)
    const uploads = await store.abortUploads('bronze/', { signal, olderThanMs: DEAD_UPLOAD_MS })
    return [
      ...documents.map(key => store.location(key)),
      ...(uploads > 0 ? [`${uploads} unfinished uploads`] : []),
    ]
  } finally {
    store.close()
  }
}
