import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { PrerequisiteError } from '../../contracts/errors'
import { stagedIn } from '../../shared/write-atomically'
import { BLOCK, copyMemory, hashBlocks, readBlocks, secondsOf, writeBlocks } from './fixed-work'

/** Of the work, not of the record: times of different versions are not put in proportion. */
const VERSION = 1
const HASHED_BLOCKS = 384
const COPIED_BYTES = 4 * 2 ** 30
const COPY_BUFFER = 128 * 2 ** 20
const FILE_BLOCKS = 192

/**
 * How long fixed work takes on a machine, seconds. It puts runs on different machines in proportion and is no more than that:
 * a pipeline twice as slow where all four are twice as slow is no worse there, but none of them is a lakehouse.
 */
export interface Calibration {
  /** Of the fixed work: calibrations of one version can be compared. */
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
      `The machine cannot be calibrated: ${(cause as Error).message}. It takes ${(FILE_BLOCKS * BLOCK) / 2 ** 20} MiB in ${folder} for a moment; leave out --calibrate to run without.`,
      { cause },
    )
  } finally {
    if (existsSync(path)) rmSync(path)
  }
}
