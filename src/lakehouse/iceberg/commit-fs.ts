import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'

/** A file being written. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Which file a name stands for, and its length in bytes. */
export interface FileIdentity {
  readonly device: bigint
  readonly inode: bigint
  readonly size: number
}

export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
}

/**
 * Every effect of a commit on the disk. Small, so that a test can fail, lose or kill each single call; production has one
 * implementation, `nodeFs`. Errors are those of `node:fs`.
 */
export interface CommitFs {
  readdir(path: string): Promise<FolderEntry[]>
  readFile(path: string): Promise<Uint8Array>
  readRange(path: string, position: number, length: number): Promise<Uint8Array>
  /** Links resolved. */
  realpath(path: string): Promise<string>
  identity(path: string): Promise<FileIdentity>
  /** One level; EEXIST where there is one. */
  mkdir(path: string): Promise<void>
  /** Fails with EEXIST where there is a file. */
  create(path: string): Promise<NewFile>
  /** fsync of a file that somebody else wrote, or of a folder's entries. */
  sync(path: string): Promise<void>
  /** Fails with EEXIST where there is a file: one of several racers wins. */
  link(existing: string, path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export const nodeFs: CommitFs = {
  async readdir(path) {
    const entries = await fs.readdir(path, { withFileTypes: true })
    return entries.map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
  },
  readFile: path => fs.readFile(path),
  realpath: path => fs.realpath(path),
  mkdir: path => fs.mkdir(path),
  link: (existing, path) => fs.link(existing, path),
  rename: (from, to) => fs.rename(from, to),
  unlink: path => fs.unlink(path),
  async readRange(path, position, length) {
    const file = await fs.open(path, 'r')
    try {
      const buffer = Buffer.alloc(length)
      const { bytesRead } = await file.read(buffer, 0, length, position)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  },
  async identity(path) {
    const { dev, ino, size } = await fs.stat(path, { bigint: true })
    return { device: dev, inode: ino, size: Number(size) }
  },
  async create(path) {
    const file = await fs.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
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
    } finally {
      await file.close()
    }
  },
}
