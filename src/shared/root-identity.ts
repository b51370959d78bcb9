import { existsSync, type Stats, statSync } from 'node:fs'

/** Which folder a storage root is, once it was seen. */
export type RootIdentity = Pick<Stats, 'dev' | 'ino'>

/** `null` where there is none. */
export const rootIdentity = (root: string): RootIdentity | null =>
  existsSync(root) ? statSync(root) : null

/**
 * That what stands at the root is the folder known, and no mount point without its disk. A disk that comes back may be another
 * device, and some file systems number their folders anew; only both together mean another folder.
 *
 * @throws an ENOENT
 */
export function requireSame(root: string, known: RootIdentity, now: RootIdentity): void {
  if (now.dev === known.dev || now.ino === known.ino) return
  const message = `ENOENT: ${root} is another folder than it was: its disk is away`
  throw Object.assign(new Error(message), { code: 'ENOENT' })
}
