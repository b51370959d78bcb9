import { copyFileSync, cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expire, expireOld, type Retention } from '../../src/iceberg/expire'
import { readNewest, readTable } from '../../src/iceberg/read-table'
import { openWrite } from '../../src/iceberg/table-write'
import { faultyFs, unsyncedFs } from './faulty-fs'
import { violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const AT_ONCE: Retention = { last: 2, ageMs: 0, fromSequence: null, versionAgeMs: 0 }
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

/** The table goes on by so many versions, and old snapshots go meanwhile, as upkeep does it. */
async function goOn(location: string, versions: number, retention = AT_ONCE): Promise<void> {
  for (let i = 0; i < versions; i++) {
    await append(location, `more ${i}`, { empty: true })
    if (i % 20 === 19) await expireOld(unsyncedFs, location, retention, NOW)
  }
}

const numbersOf = (location: string) =>
  readdirSync(join(location, 'metadata'))
    .flatMap(n => /^v(\d+)\.metadata\.json$/.exec(n)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

const tidy = (location: string, retention = AT_ONCE) =>
  expireOld(unsyncedFs, location, retention, NOW)

/** Calls `act` once, before the first call that `when` names. */
function paused(
  when: (operation: string, path: string, log: readonly string[]) => boolean,
  act: () => Promise<unknown>,
) {
  let done = false
  const fs = faultyFs(null, async (operation, path) => {
    if (done || !when(operation, path, fs.log)) return
    done = true
    await act()
  })
  return fs
}
const isPublishing = (operation: string, path: string) =>
  operation === 'link' && /\/v\d+\.metadata\.json$/.test(path)

describe('old metadata files', () => {
  test('go when they are old, more than a hundred are newer, and the hint is past them', async () => {
    const location = join(tempFolder(), 'table')
    await append(location, 'first')
    await goOn(location, 130, { ...AT_ONCE, versionAgeMs: 3_600_000 })
    const all = numbersOf(location)
    expect(all[0]).toBe(1)
    // Young ones stay whatever their number.
    await tidy(location, { ...AT_ONCE, versionAgeMs: 3_600_000 })
    expect(numbersOf(location)[0]).toBe(1)
    const hint = join(location, 'metadata', 'version-hint.text')
    for (const [text, oldest] of [
      ['what?', 1],
      ['12', 12],
    ] as const) {
      await append(location, 'next', { empty: true })
      writeFileSync(hint, text)
      // The snapshots of this version stay, as a clean-up that drops some writes the hint anew.
      await tidy(location, { ...AT_ONCE, last: 1000 })
      expect(numbersOf(location)[0]).toBe(oldest)
    }
    const gone = await tidy(location)
    const left = numbersOf(location)
    expect(left).toHaveLength(1 + 100)
    expect(left[0]).toBe(left.at(-1)! - 100)
    expect(gone).toContain(join(location, 'metadata', 'v12.metadata.json'))
    expect((await readTable(unsyncedFs, location))!.files).toHaveLength(1)
    expect(violations(location, { clean: true })).toEqual([])
  })

  test('stay where nobody streams into the table', async () => {
    const location = join(tempFolder(), 'table')
    for (let i = 0; i < 115; i++) await append(location, `append ${i}`, { empty: true })
    await expire(unsyncedFs, location)
    expect(numbersOf(location)).toHaveLength(116)
  })

  test('take what only they reach with them, where an earlier clean-up was interrupted', async () => {
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
    await expect(expireOld(unsyncedFs, location, { ...AT_ONCE, last: 1 }, crash)).rejects.toThrow(
      'the process ended',
    )
    expect(existsSync(file!.path)).toBe(true)
    await goOn(location, 120)
    await tidy(location)
    expect(existsSync(file!.path)).toBe(false)
    expect(violations(location, { clean: true })).toEqual([])
  })
})

describe('a writer who was away while the number that it goes for was used, deleted and so free again', () => {
  test('finds its commit dead, and makes it again on the newest version', async () => {
    const location = join(tempFolder(), 'table')
    for (const op of ['first', 'second', 'third']) await append(location, op)
    await tidy(location)
    const free = numbersOf(location).at(-1)! + 1
    const fs = paused(isPublishing, () => goOn(location, 130))
    const version = await append(location, 'late', { fs })
    expect(version).toBe(numbersOf(location).at(-1))
    // The first attempt was linked at a number far below, where nobody looks.
    expect(numbersOf(location)[0]).toBe(free)
    expect((await readTable(unsyncedFs, location))!.files).toHaveLength(4)
    expect(violations(location, { acknowledged: [{ op: 'late', version }] })).toEqual([])
    await tidy(location)
    expect(numbersOf(location)[0]).toBeGreaterThan(free)
    expect(violations(location, { clean: true })).toEqual([])
  })

  test('knows its commit again where only its answer came late, though the version is deleted by now', async () => {
    const location = join(tempFolder(), 'table')
    for (const op of ['first', 'second', 'third']) await append(location, op)
    await tidy(location)
    const from = numbersOf(location).at(-1)!
    const fs = paused(
      (operation, _path, log) => operation === 'readdir' && log.at(-2) === 'link',
      () => goOn(location, 130),
    )
    expect(await append(location, 'late', { fs })).toBe(from + 1)
    expect(numbersOf(location)).not.toContain(from + 1)
    expect((await readTable(unsyncedFs, location))!.files).toHaveLength(4)
  })

  test('is told that nobody can say where the table went on by more commits than it remembers', async () => {
    const location = join(tempFolder(), 'table')
    for (const op of ['first', 'second', 'third']) await append(location, op)
    await tidy(location)
    const fs = paused(isPublishing, () => goOn(location, 300))
    await expect(append(location, 'late', { fs })).rejects.toThrow('the outcome is unknown')
    expect((await readTable(unsyncedFs, location))!.files).toHaveLength(3)
    expect(violations(location, { unknown: ['late'] })).toEqual([])
  }, 60_000)
})

test('a reader who was away between the listing and the reading takes neither a deleted nor a revived number', async () => {
  const location = join(tempFolder(), 'table')
  await append(location, 'first')
  await tidy(location)
  for (const revived of [false, true]) {
    const stale = numbersOf(location).at(-1)!
    const file = join(location, 'metadata', `v${stale}.metadata.json`)
    const saved = join(location, 'saved')
    copyFileSync(file, saved)
    const fs = paused(
      (operation, path) => operation === 'readFile' && path === file,
      async () => {
        await append(location, 'meanwhile')
        await goOn(location, 130)
        expect(existsSync(file)).toBe(false)
        if (revived) copyFileSync(saved, file)
      },
    )
    const table = (await readNewest(fs, location))!
    expect(table.version).toBe(numbersOf(location).at(-1))
    rmSync(saved)
  }
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
    await goOn(location, 104, { ...AT_ONCE, versionAgeMs: 3_600_000 })
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
      await expireOld(fs, location, AT_ONCE, NOW).catch(() => {})
      expect({ at, files: (await readTable(unsyncedFs, location))!.files.length }).toEqual({
        at,
        files: 2,
      })
      const version = await append(location, 'next')
      await tidy(location)
      expect({ at, left: numbersOf(location)[0]! > 1 }).toEqual({ at, left: true })
      const found = violations(location, { acknowledged: [{ op: 'next', version }] })
      expect({ at, found }).toEqual({ at, found: [] })
      if (fs.calls() < at) break
    }
  }, 120_000)
})
