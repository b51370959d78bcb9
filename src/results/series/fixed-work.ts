import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { EXCLUSIVE } from '../../shared/file-system'

/** Work that is the same on every machine and in every version, so that its time says something of the machine alone. */
export const BLOCK = 2 ** 20
const block = Buffer.alloc(BLOCK, 0x5a)

/** SHA-256 of so many blocks of memory, on one core. */
export function hashBlocks(blocks: number): void {
  const hash = createHash('sha256')
  for (let i = 0; i < blocks; i++) hash.update(block)
  hash.digest()
}

/** Copy a buffer as often as it takes for so many bytes to be moved. */
export function copyMemory(buffer: Buffer, bytes: number): void {
  const half = buffer.length / 2
  for (let moved = 0; moved < bytes; moved += half) buffer.copy(buffer, half, 0, half)
}

/** Write so many blocks into a new file and wait until the device has them. */
export function writeBlocks(path: string, blocks: number): void {
  const file = openSync(path, EXCLUSIVE)
  try {
    for (let i = 0; i < blocks; i++) writeSync(file, block)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Read a file of so many blocks, as it lies in the system's cache. */
export function readBlocks(path: string, blocks: number): void {
  const into = Buffer.alloc(BLOCK)
  const file = openSync(path, 'r')
  try {
    for (let i = 0; i < blocks; i++) readSync(file, into, 0, BLOCK, i * BLOCK)
  } finally {
    closeSync(file)
  }
}

export function secondsOf(work: () => void): number {
  const begun = performance.now()
  work()
  return (performance.now() - begun) / 1000
}
