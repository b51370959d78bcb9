import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expire, removeOrphans } from '../../src/iceberg/expire'
import { loadTable } from '../../src/iceberg/table'
import { openWrite } from '../../src/iceberg/table-write'
import type { FileSystem } from '../../src/shared/file-system'
import { type Fault, faultyFs, unsyncedFs } from './faulty-fs'
import { type Claims, violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const CODES = ['EIO', 'ENOSPC', 'EACCES', 'EMFILE', 'EDQUOT', 'EROFS']
/** More calls than any operation makes: a loop that gets here never met a clean pass. */
const ENDLESS = 400

const REPLACED = { last: 1, ageMs: 0, fromSequence: null }

type Mode = 'append' | 'replace'

/** Begin, write, commit, and discard after a failure, all through `fs`. */
async function attempt(fs: FileSystem, location: string, mode: Mode, op: string): Promise<Claims> {
  const write = await openWrite(fs, location, { columns: COLUMNS, partitionBy: null, mode }).catch(
    () => null,
  )
  if (write === null) return { failed: [op] }
  const outcome = await write.commit([writeRows(write)], { summary: { 'test.op': op } })
  if (outcome.state === 'committed') return { acknowledged: [{ op, version: outcome.version }] }
  if (outcome.state === 'unknown') return { unknown: [op] }
  await write.discard()
  return { failed: [op] }
}

async function clean(location: string, mode: Mode, op: string): Promise<number> {
  const write = await openWrite(unsyncedFs, location, { columns: COLUMNS, partitionBy: null, mode })
  const outcome = await write.commit([writeRows(write)], { summary: { 'test.op': op } })
  if (outcome.state !== 'committed') throw outcome.cause
  return outcome.version
}

/** Fail the k-th call, k rising until nothing fails any more. Returns how many faults there were. */
async function everyFault(
  kind: Omit<Fault, 'at' | 'code'>,
  run: (fs: FileSystem, location: string) => Promise<Claims>,
  start: Mode | null,
) {
  for (let k = 1; k < ENDLESS; k++) {
    const location = join(tempFolder(), 'table')
    if (start !== null) await clean(location, 'append', 'first')
    const fs = faultyFs({ ...kind, at: k, code: CODES[k % CODES.length]! })
    const claims = await run(fs, location)
    const where = `call ${k}: ${fs.log[k - 1]}`
    expect({ where, found: violations(location, claims) }).toEqual({ where, found: [] })
    // The table goes on, whatever happened to it.
    const version = await clean(location, start ?? 'append', 'next')
    const acknowledged = [...(claims.acknowledged ?? []), { op: 'next', version }]
    if (start !== null) acknowledged.push({ op: 'first', version: 1 })
    expect({ where, found: violations(location, { ...claims, acknowledged }) }).toEqual({
      where,
      found: [],
    })
    if (fs.calls() < k) return k - 1
  }
  throw new Error('there was no clean pass')
}

test.each([
  ['append', 'before', false],
  ['append', 'after', false],
  ['replace', 'half', true],
] as const)(
  '%s: an error %s the k-th call (for ever: %s) never breaks the table',
  async (mode, moment, forever) => {
    const faults = await everyFault(
      { moment, forever },
      (fs, location) => attempt(fs, location, mode, 'tried'),
      mode,
    )
    expect(faults).toBeGreaterThan(40)
  },
)

test('creating a table: an error at the k-th call leaves no table or a whole one', async () => {
  const run = (fs: FileSystem, location: string) => attempt(fs, location, 'replace', 'tried')
  expect(await everyFault({ moment: 'before', forever: false }, run, null)).toBeGreaterThan(30)
})

test('clean-up: an error at the k-th call loses no live file', async () => {
  const run = async (fs: FileSystem, location: string): Promise<Claims> => {
    await clean(location, 'replace', 'second')
    await expire(fs, location, REPLACED, async () => {}).catch(() => {})
    await removeOrphans(fs, location).catch(() => {})
    expect((await loadTable(location))!.files).toHaveLength(1)
    return { acknowledged: [{ op: 'second', version: 2 }] }
  }
  expect(await everyFault({ moment: 'after', forever: false }, run, 'append')).toBeGreaterThan(20)
})

/** Which call of an append publishes its version, found by a dry run. */
async function publishingCall(location: string): Promise<number> {
  const calls: string[] = []
  const dry = faultyFs(null, (operation, path) => void calls.push(`${operation} ${path}`))
  await attempt(dry, location, 'append', 'dry run')
  return calls.findIndex(c => /^link .*\/v\d+\.metadata\.json$/.test(c)) + 1
}

test('when nobody can say whose version it is, the outcome is unknown and nothing is deleted', async () => {
  const location = join(tempFolder(), 'table')
  await clean(location, 'append', 'first')
  const fs = faultyFs({
    at: await publishingCall(location),
    code: 'EIO',
    moment: 'after',
    forever: true,
  })
  const write = await openWrite(fs, location, {
    columns: COLUMNS,
    partitionBy: null,
    mode: 'append',
  })
  const file = writeRows(write)
  const outcome = await write.commit([file], { summary: { 'test.op': 'unknown' } })
  await write.discard()
  if (outcome.state !== 'unknown') throw new Error(`the outcome is ${outcome.state}`)
  expect(violations(location, { unknown: ['unknown'] })).toEqual([])
  // It was published after all, and its commit id finds it.
  const table = (await loadTable(location))!
  expect(table.summary['lakebench.commit-id']).toBe(outcome.commitId)
  expect(table.files.map(f => f.path)).toContain(file.path)
})

test.each([
  ['the link itself', 0, 'after'],
  ['the staged name', 1, 'before'],
  ['the fsync that makes it durable, which is not tried again', 2, 'before'],
] as const)('visible, and then an error of %s: unknown', async (_name, after, moment) => {
  const location = join(tempFolder(), 'table')
  await clean(location, 'append', 'first')
  const at = (await publishingCall(location)) + after
  const fs = faultyFs({ at, code: 'EIO', moment, forever: false })
  expect(await attempt(fs, location, 'append', 'tried')).toEqual({ unknown: ['tried'] })
  expect((await loadTable(location))!.files).toHaveLength(3)
})

test.each(['ENOSPC', 'EACCES', 'EROFS'])('%s is said in plain words', async code => {
  const fs = faultyFs({ at: 4, code, moment: 'before', forever: false })
  const opened = openWrite(fs, join(tempFolder(), 'table'), {
    columns: COLUMNS,
    partitionBy: null,
    mode: 'replace',
  })
  await expect(opened).rejects.toThrow(
    { ENOSPC: /the disk is full.*free/, EACCES: /permissions/, EROFS: /read-only/ }[code],
  )
})
