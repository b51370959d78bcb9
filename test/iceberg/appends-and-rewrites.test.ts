import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expire, type Retention } from '../../src/iceberg/expire'
import { loadTable, readAppended, type WriteOptions } from '../../src/iceberg/table'
import { openWrite } from '../../src/iceberg/table-write'
import { unsyncedFs } from './faulty-fs'
import { violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const BASE = { columns: COLUMNS, partitionBy: null } as const
const NOW = async () => {}
const beginWrite = (location: string, options: WriteOptions) =>
  openWrite(unsyncedFs, location, options)
const expireSnapshots = (location: string, retention: Retention, wait: () => Promise<void>) =>
  expire(unsyncedFs, location, retention, wait)

async function append(location: string, from: number, o: Partial<WriteOptions> = {}, rows = 3) {
  const write = await beginWrite(location, { ...BASE, mode: 'append', ...o })
  const files = rows === 0 ? [] : [writeRows(write, { from, rows })]
  return { files, outcome: await write.commit(files, {}) }
}

/** Puts one file with the rows of all in the place of `paths`. */
async function rewrite(location: string, paths: readonly string[], from: number, rows: number) {
  const write = await beginWrite(location, { ...BASE, mode: 'rewrite' })
  const file = writeRows(write, { from, rows })
  return { file, write, outcome: await write.commit([file], { replaced: new Set(paths) }) }
}

test('a reader goes on where it stopped: every append once, in order; a rewrite brings it nothing', async () => {
  const location = join(tempFolder(), 't')
  await append(location, 0)
  const first = (await readAppended(location, null))!
  expect(first.files).toHaveLength(1)
  const b = await append(location, 3)
  const c = await append(location, 6)
  const d = await append(location, 9, {}, 0)
  const small = (await loadTable(location))!.files.map(f => f.path)
  await rewrite(location, small, 0, 9)
  const next = (await readAppended(location, first.to.snapshotId))!
  expect(next.files.map(f => f.path)).toEqual([...b.files, ...c.files].map(f => f.path))
  expect(d.outcome.state).toBe('committed')
  expect((await readAppended(location, next.to.snapshotId))!.files).toEqual([])
  expect(violations(location)).toEqual([])
})

test('a rewrite and appends meet: both stand, and the totals are right', async () => {
  const location = join(tempFolder(), 't')
  for (const from of [0, 3, 6]) await append(location, from)
  const small = (await loadTable(location))!.files.map(f => f.path)
  const write = await beginWrite(location, { ...BASE, mode: 'rewrite' })
  const file = writeRows(write, { from: 0, rows: 9 })
  const [rewritten, ...appended] = await Promise.all([
    write.commit([file], { replaced: new Set(small) }),
    ...[20, 30, 40, 50].map(from => append(location, from)),
  ])
  expect(rewritten.state).toBe('committed')
  expect(appended.every(a => a.outcome.state === 'committed')).toBe(true)
  const table = (await loadTable(location))!
  expect(new Set(table.files.map(f => f.path))).toEqual(
    new Set([file.path, ...appended.flatMap(a => a.files.map(f => f.path))]),
  )
  expect(table.summary['total-records']).toBe('21')
  expect(table.summary['total-data-files']).toBe('5')
  expect(violations(location)).toEqual([])
})

test('of two rewrites of one file one wins; the other fails and nothing is doubled', async () => {
  const location = join(tempFolder(), 't')
  for (const from of [0, 3]) await append(location, from)
  const small = (await loadTable(location))!.files.map(f => f.path)
  const [a, b] = await Promise.all([rewrite(location, small, 0, 6), rewrite(location, small, 0, 6)])
  expect([a.outcome.state, b.outcome.state].sort()).toEqual(['committed', 'failed'])
  expect((await loadTable(location))!.files).toHaveLength(1)
  expect(violations(location)).toEqual([])
})

test('a commit is made only on a table whose properties are as it requires, whoever came in between', async () => {
  const location = join(tempFolder(), 't')
  await append(location, 0, { properties: { epoch: '1' } })
  const zombie = await beginWrite(location, {
    ...BASE,
    mode: 'append',
    requiredProperties: { epoch: '1' },
  })
  const file = writeRows(zombie, { from: 10 })
  await append(location, 3, { properties: { epoch: '2' } }, 0)
  const outcome = await zombie.commit([file], {})
  expect(outcome.state === 'failed' && outcome.cause.message).toMatch(/set epoch of .* to 2, not 1/)
  await zombie.discard()
  expect(existsSync(file.path)).toBe(false)
  expect((await loadTable(location))!.files).toHaveLength(1)
})

test('content that another writer replaced is no stream of appends, and a snapshot that expired is said to be', async () => {
  const location = join(tempFolder(), 't')
  await append(location, 0)
  const { to } = (await readAppended(location, null))!
  for (const from of [3, 6, 9]) await append(location, from)
  await expireSnapshots(location, { last: 1, ageMs: 0, fromSequence: null }, NOW)
  await expect(readAppended(location, to.snapshotId)).rejects.toThrow(/has expired/)
  const replaced = await beginWrite(location, { ...BASE, mode: 'replace' })
  const from = (await readAppended(location, (await loadTable(location))!.snapshotId))!.to
    .snapshotId
  await replaced.commit([writeRows(replaced)], {})
  await expect(readAppended(location, from)).rejects.toThrow(/was replaced by another writer/)
})

test('expiry waits for readers, keeps what a reader still has to read, and leaves no stray file', async () => {
  const location = join(tempFolder(), 't')
  for (const from of [0, 3, 6, 9]) await append(location, from)
  const consumed = (await loadTable(location))!
  const small = consumed.files.map(f => f.path)
  for (const from of [12, 15]) await append(location, from)
  await rewrite(location, small, 0, 12)
  const kept = await expireSnapshots(
    location,
    { last: 1, ageMs: 0, fromSequence: consumed.sequenceNumber },
    NOW,
  )
  expect(small.every(existsSync)).toBe(true)
  expect((await readAppended(location, consumed.snapshotId))!.files).toHaveLength(2)
  expect(kept.every(path => !small.includes(path))).toBe(true)

  let whileWaiting: boolean[] = []
  const gone = await expireSnapshots(
    location,
    { last: 1, ageMs: 0, fromSequence: null },
    async () => {
      whileWaiting = small.map(existsSync)
    },
  )
  expect(whileWaiting).toEqual(small.map(() => true))
  expect(small.filter(existsSync)).toEqual([])
  expect(gone).toEqual(expect.arrayContaining(small))
  expect(violations(location, { clean: true })).toEqual([])
  expect((await loadTable(location))!.files.reduce((sum, f) => sum + f.rows, 0)).toBe(18)
})

test('whatever the order of appends, rewrites and expiry, the rows are those appended and a consumer sees each once', async () => {
  const folder = tempFolder()
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('append', 'append', 'rewrite', 'expire', 'consume'), {
        minLength: 4,
        maxLength: 14,
      }),
      async steps => {
        const location = join(folder, `t${run++}`)
        await append(location, 0)
        let rows = 3
        let seen = 3
        let offset = (await readAppended(location, null))!.to
        for (const step of steps) {
          const files = (await loadTable(location))!.files
          if (step === 'append') {
            await append(location, rows)
            rows += 3
          } else if (step === 'rewrite' && files.length > 1) {
            const some = files.slice(0, 1 + (files.length >> 1))
            const size = some.reduce((sum, f) => sum + f.rows, 0)
            expect(
              (
                await rewrite(
                  location,
                  some.map(f => f.path),
                  0,
                  size,
                )
              ).outcome.state,
            ).toBe('committed')
          } else if (step === 'expire') {
            await expireSnapshots(
              location,
              { last: 1, ageMs: 0, fromSequence: offset.sequence },
              NOW,
            )
          } else if (step === 'consume') {
            const next = (await readAppended(location, offset.snapshotId))!
            seen += next.files.reduce((sum, f) => sum + f.rows, 0)
            offset = next.to
          }
        }
        seen += (await readAppended(location, offset.snapshotId))!.files.reduce(
          (sum, f) => sum + f.rows,
          0,
        )
        const table = (await loadTable(location))!
        expect(seen).toBe(rows)
        expect(table.files.reduce((sum, f) => sum + f.rows, 0)).toBe(rows)
        expect(table.summary['total-records']).toBe(String(rows))
        expect(table.files.every(f => existsSync(f.path))).toBe(true)
        expect(violations(location)).toEqual([])
      },
    ),
    { numRuns: 60 },
  )
})
