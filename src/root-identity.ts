import { existsSync, statSync } from 'node:fs'

/** Which folder a storage root is, once it was seen. */
export interface RootIdentity {
  readonly device: number
  readonly inode: number
}

/** `null` where there is none. */
export function rootIdentity(root: string): RootIdentity | null {
  if (!existsSync(root)) return null
  const { dev, ino } = statSync(root)
  return { device: dev, inode: ino }
}

/**
 * That the root is there, and no mount point without its disk. A disk that comes back may be another device, and some file
 * systems number their folders anew; only both together mean another folder.
 *
 * @throws an ENOENT
 */
export function requireRoot(root: string, known: RootIdentity): void {
  const { dev, ino } = statSync(root)
  if (dev === known.device || ino === known.inode) return
  const message = `ENOENT: ${root} is another folder than it was: its disk is away`
  throw Object.assign(new Error(message), { code: 'ENOENT' })
}
