import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { freemem, loadavg } from 'node:os'
import { performance } from 'node:perf_hooks'
import { PrerequisiteError } from '../../contracts/errors'
import { EXCLUSIVE } from '../../shared/file-system'
import { GIB, MIB } from '../../shared/format'
import { stagedIn } from '../../shared/write-atomically'
import { median } from '../statistics/moments'

/** Work that is the same on every machine and in every version, so that its time says something of the machine alone. */
export const BLOCK = MIB
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

/** Version of the work, not of the record: times of different versions are not put in proportion. */
const VERSION = 1
const HASHED_BLOCKS = 384
const COPIED_BYTES = 4 * GIB
const COPY_BUFFER = 128 * MIB
const FILE_BLOCKS = 192

/**
 * How long fixed work takes on a machine, seconds. It puts runs on different machines in proportion and is no more than that:
 * a pipeline twice as slow where all four are twice as slow is no worse there, but none of them is a lakehouse.
 */
export interface Calibration {
  /** Version of the fixed work: calibrations of one version can be compared. */
  readonly version: number
  /** SHA-256 of 384 MiB on one core. */
  readonly hash_seconds: number
  /** 4 GiB moved in memory by one core. */
  readonly copy_seconds: number
  /** 192 MiB written to the folder and waited for. */
  readonly write_seconds: number
  /** The same read back from the system's cache. */
  readonly read_seconds: number
}

/**
 * Measure it, about two seconds. To be called before a run, never inside one.
 *
 * @param folder where 192 MiB are written and removed again: that of the lakehouse, so that its file system is measured
 * @throws PrerequisiteError where it cannot be written to
 */
export function calibrate(folder: string): Calibration {
  const path = stagedIn(folder)
  try {
    mkdirSync(folder, { recursive: true })
    // The first pass pays for compilation and for a core that has to wake up.
    hashBlocks(HASHED_BLOCKS / 8)
    const hash_seconds = secondsOf(() => hashBlocks(HASHED_BLOCKS))
    const buffer = Buffer.alloc(COPY_BUFFER, 1)
    const copy_seconds = secondsOf(() => copyMemory(buffer, COPIED_BYTES))
    const write_seconds = secondsOf(() => writeBlocks(path, FILE_BLOCKS))
    const read_seconds = secondsOf(() => readBlocks(path, FILE_BLOCKS))
    return { version: VERSION, hash_seconds, copy_seconds, write_seconds, read_seconds }
  } catch (cause) {
    throw new PrerequisiteError(
      `The machine cannot be calibrated: ${(cause as Error).message}. It takes ${(FILE_BLOCKS * BLOCK) / MIB} MiB in ${folder} for a moment; leave out --calibrate to run without.`,
      { cause },
    )
  } finally {
    if (existsSync(path)) rmSync(path)
  }
}

const BLOCKS = 32
/** Of the read: enough that the clock's steps are nothing beside it. */
const PASSES = 4
/** Of each control; the median counts, as one sample is often hit by something. */
const SAMPLES = 5

/** Fixed work and how long it takes. */
export interface Controls {
  /** Median seconds by control. */
  measure(): Record<string, number>
  close(): void
}

/**
 * Fixed work before every run of a session: hashing a block of memory, and reading a file that the system has in its cache.
 * No config can touch it, so where it takes longer before one arm than before the other, the machine changed, not the config.
 */
export class NegativeControls implements Controls {
  private readonly path: string

  /** @param dir where the file to read is kept until `close` */
  constructor(dir: string) {
    this.path = stagedIn(dir)
    writeFileSync(this.path, randomBytes(BLOCKS * BLOCK), { flag: 'wx' })
  }

  measure(): Record<string, number> {
    return { cpu: medianSeconds(() => hashBlocks(BLOCKS)), read: medianSeconds(() => this.read()) }
  }

  close(): void {
    rmSync(this.path, { force: true })
  }

  private read(): void {
    for (let pass = 0; pass < PASSES; pass++) readBlocks(this.path, BLOCKS)
  }
}

/** Machine's state, which may explain a round that stands out. */
export function machineConditions(): Record<string, number> {
  return { load_average: loadavg()[0]!, free_memory_bytes: freemem() }
}

function medianSeconds(work: () => void): number {
  // The first one pays for caches and compilation.
  work()
  return median(Array.from({ length: SAMPLES }, () => secondsOf(work)))
}
