import { existsSync } from 'node:fs'
import { realpath, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { StorageConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import type { CorpusTarget } from '../datagen/location'
import { UNFINISHED_PREFIX } from '../datagen/part-sink'
import { explainDiskError } from '../shared/disk-error'
import { GIB } from '../shared/format'
import { localStore } from '../storage/local-store'
import type { S3Store } from '../storage/s3/s3-store'
import { RAW_PREFIX } from '../workload/raw-columns'

/** A corpus on this machine's disk, below an absolute path. */
export function localPlace(root: string): CorpusTarget {
  const setting = 'platform.storage.path'
  return {
    store: localStore(root),
    name: root,
    setting,
    storage: { type: 'local', path: root },
    retries: 0,
    requireSpace: bytes => requireSpace(root, setting, bytes),
    async removeUnfinished() {
      const folder = join(root, UNFINISHED_PREFIX)
      try {
        const real = await realpath(folder).catch(() => null)
        if (real === null) return
        // Raw files may lie on another disk; what a link below leads to is not lakebench's.
        if (
          real !==
          join(await realpath(join(root, 'bronze')), UNFINISHED_PREFIX.slice('bronze'.length, -1))
        )
          throw new PrerequisiteError(
            `${folder} is a link or lies behind one. lakebench keeps unfinished files there; delete the link.`,
          )
        await rm(folder, { recursive: true, force: true })
      } catch (error) {
        throw explainDiskError(error, `remove unfinished files in ${folder}`)
      }
    },
  }
}

/** A corpus on S3: workers send their files while they make them. The store is opened from `storage`, and the caller's to close. */
export function s3Place(
  store: S3Store,
  storage: Extract<StorageConfig, { type: 's3' }>,
): CorpusTarget {
  return {
    store,
    name: store.location(`${RAW_PREFIX}x`).slice(0, -(RAW_PREFIX.length - 'bronze/'.length + 1)),
    setting: 'platform.storage.s3.buckets.bronze',
    storage,
    get retries() {
      return store.retries
    },
    // A bucket has no size to ask for.
    requireSpace: async () => {},
    async removeUnfinished(prefix, signal) {
      await store.abortUploads(prefix, signal && { signal })
    },
  }
}

async function requireSpace(root: string, setting: string, needed: number): Promise<void> {
  let folder = root
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const disk = await statfs(folder).catch(() => null)
  // Some network file systems report nothing.
  if (disk === null || disk.blocks === 0) return
  const free = disk.bavail * disk.bsize
  if (needed <= free) return
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(2)} GiB`
  throw new PrerequisiteError(
    `The corpus needs ${gib(needed)}, and the disk of ${root} has ${gib(free)} free. Free some space, choose another ${setting}, or a smaller scale.`,
  )
}
