import { readdirSync, writeFileSync } from 'node:fs'
import type * as FsPromises from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { currentProcess } from '../../src/shared/process-identity'
import { acquireLease } from '../../src/storage/lease'
import { tempFolder } from '../iceberg/table-fixture'

/** Runs once, at the moment between a contender's look at the folder and its publication. */
const pause = vi.hoisted(() => ({ during: null as null | (() => Promise<void>) }))

vi.mock('node:fs/promises', async original => {
  const fs = await original<typeof FsPromises>()
  return {
    ...fs,
    link: async (from: string, to: string) => {
      const during = pause.during
      pause.during = null
      await during?.()
      return fs.link(from, to)
    },
  }
})

test('a contender that slept while its number was used and deleted steps back', async () => {
  const folder = tempFolder()
  const dead = {
    ...currentProcess(),
    host: currentProcess().host,
    boot_id: 'an earlier boot',
    start_ticks: '1',
  }
  writeFileSync(
    join(folder, 'lease-1.json'),
    JSON.stringify({ ...dead, purpose: 'dead', since: '', released: false }),
  )
  pause.during = async () => {
    await (await acquireLease(folder, 'came and went')).release()
    await acquireLease(folder, 'the holder')
    expect(readdirSync(folder)).toContain('lease-4.json')
    expect(readdirSync(folder)).not.toContain('lease-2.json')
  }
  await expect(acquireLease(folder, 'the sleeper')).rejects.toThrow('the holder')
  expect(readdirSync(folder)).toEqual(['lease-4.json'])
})
