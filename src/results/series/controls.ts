import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { freemem, loadavg } from 'node:os'
import { stagedIn } from '../../shared/write-atomically'
import { median } from '../statistics/moments'
import { BLOCK, hashBlocks, readBlocks, secondsOf } from './fixed-work'

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

/** What may explain a round that stands out. */
export function machineConditions(): Record<string, number> {
  return { load_average: loadavg()[0]!, free_memory_bytes: freemem() }
}

function medianSeconds(work: () => void): number {
  // The first one pays for caches and compilation.
  work()
  return median(Array.from({ length: SAMPLES }, () => secondsOf(work)))
}
