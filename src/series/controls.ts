import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { freemem, loadavg } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { median } from '../compare/moments'

const MIB = 2 ** 20
const BLOCK = MIB
const HASHED_BLOCKS = 32
const FILE_BYTES = 32 * MIB
/** Enough that the clock's steps are nothing beside it. */
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
  private readonly block = Buffer.alloc(BLOCK, 0x5a)

  /** @param dir where the file to read is kept until `close` */
  constructor(dir: string) {
    this.path = join(dir, 'control.bin')
    writeFileSync(this.path, randomBytes(FILE_BYTES))
  }

  measure(): Record<string, number> {
    return { cpu: medianSeconds(() => this.hash()), read: medianSeconds(() => this.read()) }
  }

  close(): void {
    rmSync(this.path, { force: true })
  }

  private hash(): void {
    const hash = createHash('sha256')
    for (let i = 0; i < HASHED_BLOCKS; i++) hash.update(this.block)
    hash.digest()
  }

  private read(): void {
    const file = openSync(this.path, 'r')
    try {
      for (let pass = 0; pass < PASSES; pass++)
        for (let at = 0; at < FILE_BYTES; at += BLOCK) readSync(file, this.block, 0, BLOCK, at)
    } finally {
      closeSync(file)
    }
  }
}

/** What may explain a round that stands out. */
export function machineConditions(): Record<string, number> {
  return { load_average: loadavg()[0]!, free_memory_bytes: freemem() }
}

function medianSeconds(work: () => void): number {
  // The first one pays for caches and compilation.
  work()
  const seconds = Array.from({ length: SAMPLES }, () => {
    const begun = performance.now()
    work()
    return (performance.now() - begun) / 1000
  })
  return median(seconds)
}
