import { PrerequisiteError } from '../contracts/errors'
import { formatSize, MIB } from '../shared/format'

/** Bytes of an object that are read into memory at once: documents, and pieces of files. */
export const LONGEST_READ = 256 * MIB

/** @param what the object, as messages name it */
export const tooLong = (what: string, bytes: number): PrerequisiteError =>
  new PrerequisiteError(
    `${what} has ${bytes} bytes, and a document of at most ${formatSize(LONGEST_READ)} is read. See what wrote it, and remove it.`,
  )

/** Refuse what is no key below a store's root, or begins a part as the store's own files do. */
export function checkKey(key: string, reserved?: string): void {
  const wrong =
    key.startsWith('/') ||
    key.includes('\0') ||
    key
      .split('/')
      .some(
        part =>
          part === '' ||
          part === '.' ||
          part === '..' ||
          (reserved !== undefined && part.startsWith(reserved)),
      )
  if (wrong) {
    throw new PrerequisiteError(
      `${JSON.stringify(key)} is no key below the store's root. Use parts separated by /, none of them empty, . or ..`,
    )
  }
}

/** As for a key; a prefix may be empty and may end with /. */
export function checkPrefix(prefix: string, reserved?: string): void {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix, reserved)
}

/** In the order of UTF-16, as every store lists. */
export const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : 0
