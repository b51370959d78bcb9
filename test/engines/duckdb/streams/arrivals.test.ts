import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Arrivals } from '../../../../src/engines/duckdb/streams/arrivals'
import { localStore } from '../../../../src/storage/local-store'
import { RAW_PREFIX } from '../../../../src/workload/raw-columns'
import { tempDir } from '../../../support/fake-parts'

const never = new AbortController().signal

test.each([-90, 0, 110])(
  'a file that grows is not taken, whatever its time says (%d s from now)',
  async offset => {
    const root = tempDir()
    const path = join(root, RAW_PREFIX, 'a.parquet')
    mkdirSync(join(root, RAW_PREFIX), { recursive: true })
    const stamp = () => utimesSync(path, new Date(), new Date(Date.now() + offset * 1000))
    writeFileSync(path, 'x')
    stamp()
    const arrivals = new Arrivals(localStore(root), RAW_PREFIX)
    const growing = setInterval(() => {
      appendFileSync(path, 'more')
      stamp()
    }, 20)
    try {
      expect(await arrivals.next(new Set(), 50, never)).toEqual([])
    } finally {
      clearInterval(growing)
    }
    await expect.poll(async () => (await arrivals.next(new Set(), 50, never)).length).toBe(1)
    // Seen by this process's own clock.
    const [file] = await arrivals.next(new Set(), 50, never)
    expect(arrivals.seenFor(file!.key)).toBeGreaterThan(0)
    expect(arrivals.seenFor(file!.key)).toBeLessThan(60)
  },
)
