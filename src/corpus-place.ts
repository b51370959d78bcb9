import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CorpusPlace } from './datagen/place'
import { localStore } from './lakehouse/local-store'
import type { S3Store } from './lakehouse/s3/s3-store'
import { RAW_PREFIX } from './workload/raw-columns'

/** A corpus on this machine's disk: files are made where they stay. */
export function localPlace(root: string): CorpusPlace {
  return {
    store: localStore(root),
    name: root,
    setting: 'platform.storage.path',
    folder: root,
    deliver: null,
    removeLeftovers: null,
  }
}

/**
 * A corpus on S3: each file is made in a temporary folder, goes up in parts, and is removed here. A worker makes its next file
 * when the one before is up, so no more files lie here than there are workers.
 */
export async function s3Place(store: S3Store): Promise<CorpusPlace & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lakebench-datagen-'))
  return {
    store,
    name: store.location(`${RAW_PREFIX}x`).slice(0, -(RAW_PREFIX.length - 'bronze/'.length + 1)),
    setting: 'platform.storage.s3.buckets.bronze',
    folder,
    deliver: (key, path, signal) => deliver(store, key, path, signal),
    removeLeftovers: async () => {
      await store.abortUploads(RAW_PREFIX)
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

const PIECE = 1 << 20

async function deliver(store: S3Store, key: string, path: string, signal: AbortSignal): Promise<void> {
  const upload = store.openUpload(key, { signal })
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE })) await upload.write(piece as Buffer)
    await upload.finish()
  } catch (error) {
    await upload.abort()
    throw error
  }
}
