import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expire, type Retention, removeOrphans } from '../../src/iceberg/expire'
import { readTable } from '../../src/iceberg/read-table'
import { openWrite } from '../../src/iceberg/table-write'
import { faultyFs, unsyncedFs } from './faulty-fs'
import { violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const AT_ONCE: Retention = { last: 2, ageMs: 0, fromSequence: null }
const NOW = async () => {}

/** Append one file, or an empty snapshot; resolves to the version. */
async function append(
  location: string,
  op: string,
  { fs = unsyncedFs, empty = false } = {},
): Promise<number> {
  const write = await openWrite(fs, location, {
    columns: COLUMNS,
    partitionBy: null,
    mode: 'append',
  })
  const outcome = await write.commit(empty ? [] : [writeRows(write)], {
    summary: { 'test.op': op },
  })
  if (outcome.state === 'unknown') throw new Error('the outcome is unknown')
  if (outcome.state === 'failed') throw outcome.cause
  return outcome.version
}

/** The table goes on by so many versions, and old snapshots go meanwhile, as maintenance does it. */
async function goOn(location: string, versions: number): Promise<void> {
  for (let i = 0; i < versions; i++) {
    await append(location, `more ${i}`, { empty: true })
    if (i % 20 === 19) await expireNow(location)
  }
}

const numbersOf = (location: string) =>
  readdirSync(join(location, 'metadata'))
    .flatMap(n => /^v(\d+)\.metadata\.json$/.exec(n)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

const expireNow = (location: string) => expire(unsyncedFs, location, AT_ONCE, NOW)

describe('old metadata files', () => {
  test('go when a hundred are newer', async () => {
    const location = join(tempFolder(), 'table')
    await append(location, 'first')
    await goOn(location, 130)
    const oldest = join(location, 'metadata', `v${numbersOf(location)[0]}.metadata.json`)
    await append(location, 'next', { empty: true })
    expect(await expireNow(location)).toContain(oldest)
    const left = numbersOf(location)
    expect(left).toHaveLength(100)
    expect(left[0]).toBe(left.at(-1)! - 99)
    expect((await readTable(unsyncedFs, location))!.files).toHaveLength(1)
    expect(violations(location, { clean: true })).toEqual([])
  })

  test('what an expiry that was interrupted left is found by the next sweep', async () => {
    const location = join(tempFolder(), 'table')
    await append(location, 'first')
    const [file] = (await readTable(unsyncedFs, location))!.files
    const write = await openWrite(unsyncedFs, location, {
      columns: COLUMNS,
      partitionBy: null,
      mode: 'rewrite',
    })
    await write.commit([writeRows(write)], { replaced: new Set([file!.path]) })
    await append(location, 'next', { empty: true })
    const crash = async () => Promise.reject(new Error('the process ended'))
    await expect(expire(unsyncedFs, location, { ...AT_ONCE, last: 1 }, crash)).rejects.toThrow(
      'the process ended',
    )
    expect(existsSync(file!.path)).toBe(true)
    expect(await removeOrphans(unsyncedFs, location)).toContain(file!.path)
    expect(existsSync(file!.path)).toBe(false)
    expect(violations(location, { clean: true })).toEqual([])
  })
})

describe('an error at any call', () => {
  let template: string
  let location: string
  beforeAll(async () => {
    const root = join(
      import.meta.dirname,
      '..',
      '..',
      'node_modules',
      '.cache',
      `old-versions-${process.pid}`,
    )
    template = join(root, 'template')
    location = join(root, 'table')
    rmSync(root, { recursive: true, force: true })
    await append(location, 'first')
    await goOn(location, 104)
    await append(location, 'last')
    cpSync(location, template, { recursive: true })
    return () => rmSync(root, { recursive: true, force: true })
  })

  test('a clean-up loses nothing, and the next one ends it', async () => {
    // Every third call, with both moments in turn: each takes a tenth of a second.
    for (let at = 1; ; at += 3) {
      rmSync(location, { recursive: true })
      cpSync(template, location, { recursive: true })
      const moment = at % 2 === 0 ? 'after' : 'before'
      const fs = faultyFs({ at, code: 'EIO', moment, forever: false })
      await expire(fs, location, AT_ONCE, NOW).catch(() => {})
      expect({ at, files: (await readTable(unsyncedFs, location))!.files.length }).toEqual({
        at,
        files: 2,
      })
      const version = await append(location, 'next')
      await expireNow(location)
      expect({ at, left: numbersOf(location)[0]! > 1 }).toEqual({ at, left: true })
      const found = violations(location, { acknowledged: [{ op: 'next', version }] })
      expect({ at, found }).toEqual({ at, found: [] })
      if (fs.calls() < at) break
    }
  }, 120_000)
})
