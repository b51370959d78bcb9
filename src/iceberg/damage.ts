import { basename } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'

export const BEHIND_LINK = 'it is a link or lies behind one, and may be outside the table'

/** A file that the metadata names is not there: it was deleted after the metadata was read, or it is lost. */
export class FileMissing extends Error {
  readonly code = 'ENOENT'

  constructor(readonly path: string) {
    super(`${path} is missing`)
  }
}

/** Who knows a table may not take its absence for an empty one, nor make another in its place, perhaps on another disk. */
export function vanished(at: string): PrerequisiteError {
  return new PrerequisiteError(
    `The table at ${at} is not there any more: its storage is away, or somebody deleted it. Nothing was written.`,
    { cause: new FileMissing(at) },
  )
}

export function damaged(path: string, location: string, cause: unknown): Error {
  if (cause instanceof PrerequisiteError || cause instanceof FileMissing) return cause
  // What the language says of a document that is none, e.g. of a property that is not there, tells a user nothing.
  const isRaw = cause instanceof TypeError || cause instanceof RangeError
  const reason = isRaw
    ? 'its content is not what such a file has'
    : cause instanceof Error
      ? cause.message
      : String(cause)
  return damage(path, location, reason, cause)
}

/** A file that is missing, and that no other writer can have taken away meanwhile. */
export const damagedBy = (missing: FileMissing, location: string): PrerequisiteError =>
  damage(missing.path, location, 'it is missing', missing)

export const damage = (path: string, location: string, reason: string, cause?: unknown) =>
  new PrerequisiteError(
    `The table ${basename(location)} is damaged: ${path}: ${reason}. Restore that file, or delete ${location} and build the table again.`,
    { cause },
  )
