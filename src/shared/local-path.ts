import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../contracts/errors'

/** Folder of runs and series where nobody names another; below the working folder. */
export const DEFAULT_OUTPUT = 'lakebench-output'

/** Stores and servers that paths are written with elsewhere; also without slashes. */
const ELSEWHERE =
  /^(?:s3[an]?|gs|abfss?|wasbs?|adl|az|hdfs|viewfs|dbfs|oss|https?|ftps?|sftp|ssh|smb|nfs|file):/i
const ADDRESS = /^[a-z][a-z0-9+.-]+:\//i

/** Whether a text is an address rather than a path, `file:` among them. */
export const isAddress = (text: string): boolean =>
  ELSEWHERE.test(text.trim()) || ADDRESS.test(text.trim())

/**
 * The path that a text stands for: `file:///x` is `/x`, `~/x` lies in the home folder, everything else is as it stands.
 *
 * @returns `problem`, for behind the name of a setting, where it is none of this machine
 */
export function readLocalPath(
  text: string,
): { readonly path: string } | { readonly problem: string } {
  const trimmed = text.trim()
  if (/^file:/i.test(trimmed)) return fromUrl(trimmed)
  if (isAddress(text))
    return {
      problem:
        'must be a path on this machine, not an address of a server or store. A folder of such a name is written with ./ before it.',
    }
  if (!text.startsWith('~')) return { path: text }
  if (!/^~(\/|$)/.test(text))
    return {
      problem:
        'begins with the home of a user by name. Write it out, or ./~name for a folder of that name.',
    }
  try {
    return { path: join(homedir(), text.slice(1)) }
  } catch {
    return {
      problem: 'begins with ~, and this user has no home folder. Set HOME, or write the path out.',
    }
  }
}

function fromUrl(text: string): { readonly path: string } | { readonly problem: string } {
  try {
    const { protocol, host, pathname, search, hash } = new URL(text)
    if (/^file:\//i.test(text) && host === '' && search === '' && hash === '')
      return { path: fileURLToPath(`${protocol}//${pathname}`) }
  } catch {
    // No URL, or one with an encoded slash.
  }
  return { problem: 'must be file:///path, without a host; or write the path alone.' }
}

/** `readLocalPath` for a path that is an option rather than a part of the config. @throws ConfigError that names it */
export function localPath(text: string, what: string): string {
  const read = readLocalPath(text)
  if ('path' in read) return read.path
  throw new ConfigError([{ path: what, message: read.problem }], 'the command or call')
}
