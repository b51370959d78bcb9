import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { errorCode } from './disk-error'
import { readRegularFile } from './read-file'

/** Opens only a file that did not exist before, and follows no link. */
export const EXCLUSIVE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** A file being written. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Which file a name stands for, links not followed, and its length in bytes. */
export interface FileIdentity {
  readonly isFile: boolean
  readonly device: bigint
  readonly inode: bigint
  readonly size: number
}

export interface FolderEntry {
  readonly name: string
  /** A link is neither a folder nor a file. */
  readonly isFolder: boolean
  readonly isLink: boolean
}

/**
 * The calls to the disk that writing files and tables needs. Small, so that a test can fail, lose or kill each single call;
 * production has one implementation, `nodeFs`. Errors are those of `node:fs`.
 */
export interface FileSystem {
  readdir(path: string): Promise<FolderEntry[]>
  readFile(path: string): Promise<Uint8Array>
  readRange(path: string, position: number, length: number): Promise<Uint8Array>
  /** Resolves links. */
  realpath(path: string): Promise<string>
  identity(path: string): Promise<FileIdentity>
  /** One level; EEXIST where there is one. */
  mkdir(path: string): Promise<void>
  /** Fails with EEXIST where there is a file or a link. */
  create(path: string): Promise<NewFile>
  /** fsync of a file that somebody else wrote, or of a folder's entries. */
  sync(path: string): Promise<void>
  /** Fails with EEXIST where there is a file: one of several racers wins. */
  link(existing: string, path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export const nodeFs: FileSystem = {
  async readdir(path) {
    const entries = await fs.readdir(path, { withFileTypes: true })
    return entries.map(entry => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
      isLink: entry.isSymbolicLink(),
    }))
  },
  readFile: path => readRegularFile(path),
  realpath: path => fs.realpath(path),
  mkdir: path => fs.mkdir(path),
  link: (existing, path) => fs.link(existing, path),
  rename: (from, to) => fs.rename(from, to),
  unlink: path => fs.unlink(path),
  readRange: (path, start, length) => readRegularFile(path, { range: { start, length } }),
  async identity(path) {
    const info = await fs.lstat(path, { bigint: true })
    return { isFile: info.isFile(), device: info.dev, inode: info.ino, size: Number(info.size) }
  },
  async create(path) {
    const file = await fs.open(path, EXCLUSIVE)
    return {
      write: bytes => file.writeFile(bytes),
      sync: () => file.sync(),
      close: () => file.close(),
    }
  },
  async sync(path) {
    const file = await fs.open(path, 'r')
    try {
      await file.sync()
    } catch (error) {
      // Some file systems cannot sync a folder, and need no such call.
      if (
        !['EINVAL', 'ENOTSUP', 'EPERM'].includes(errorCode(error) ?? '') ||
        !(await file.stat()).isDirectory()
      )
        throw error
    } finally {
      await file.close()
    }
  },
}
