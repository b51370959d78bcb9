import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import { HOUSEKEEPING } from '../storage/lease'

/** The object store of a lakehouse that pods reach. */
export function s3Of({ platform: { storage } }: ResolvedConfig) {
  if (storage.type !== 's3')
    throw new PrerequisiteError(
      "Pods do not reach this machine's files; set platform.storage: { type: s3, s3: … }.",
    )
  return storage.s3
}

/** The folder of a lakehouse on this machine, absolute. */
export function localRoot({ platform: { storage } }: ResolvedConfig): string {
  if (storage.type !== 'local')
    throw new PrerequisiteError(
      'The embedded engine works on local files; set platform.storage: { type: local, path: … }.',
    )
  if (storage.path.includes('\\')) {
    throw new PrerequisiteError(
      'DuckDB cannot read paths with a backslash; set platform.storage.path to one without.',
    )
  }
  return resolve(storage.path)
}

/** A storage that is away, or an empty mount point in its place, has no lock of ours. */
export const storagePresent = (root: string): Promise<boolean> =>
  stat(join(root, HOUSEKEEPING)).then(
    () => true,
    () => false,
  )
