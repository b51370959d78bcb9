import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { beginWrite, expireReplaced, loadTable, type WriteOptions } from '../../src/iceberg/table'
import { openWrite } from '../../src/iceberg/table-write'
import { nodeFs } from '../../src/shared/file-system'
import { faultyFs } from './faulty-fs'
import { violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const APPEND: WriteOptions = { columns: COLUMNS, partitionBy: null, mode: 'append' }
const REPLACE: WriteOptions = { ...APPEND, mode: 'replace' }

async function put(location: string, options: WriteOptions, op: string): Promise<string> {
  const write = await beginWrite(location, options)
  const file = writeRows(write)
  const outcome = await write.commit([file], { summary: { 'test.op': op } })
  if (outcome.state !== 'committed') throw outcome.cause
  return file.path
}

/** Another process commits: its turns are not ours. */
async function publishStranger(location: string, options: WriteOptions): Promise<void> {
  vi.resetModules()
  const { openWrite: open } = await import('../../src/iceberg/table-write')
  const write = await open(nodeFs, location, options)
  const outcome = await write.commit([writeRows(write)], { summary: { 'test.op': 'rival' } })
  if (outcome.state !== 'committed') throw outcome.cause
}

/** A file system on which a rival acts just before the first publishing link. */
function withRival(act: () => Promise<unknown>) {
  let done = false
  return faultyFs(null, async (operation, path) => {
    if (done || operation !== 'link' || !/\/v\d+\.metadata\.json$/.test(path)) return
    done = true
    await act()
  })
}

test.each([
  ['an append', APPEND],
  ['a replace', REPLACE],
])(
  '%s that meets the commit of a stranger is refused, and nothing is lost',
  async (_name, mine) => {
    for (const rival of [APPEND, REPLACE]) {
      const location = join(tempFolder(), 'table')
      await put(location, APPEND, 'first')
      const fs = withRival(() => publishStranger(location, rival))
      const write = await openWrite(fs, location, mine)
      const file = writeRows(write)
      const outcome = await write.commit([file], { summary: { 'test.op': 'mine' } })
      expect(outcome).toMatchObject({
        state: 'failed',
        cause: { name: 'CommitConflictError', message: /v2\.metadata\.json first/ },
      })
      await write.discard()
      expect(existsSync(file.path)).toBe(false)
      expect(
        violations(location, { failed: ['mine'], acknowledged: [{ op: 'rival', version: 2 }] }),
      ).toEqual([])
    }
  },
)

test('commits of one process to one table wait for each other', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  await Promise.all(Array.from({ length: 6 }, (_, i) => put(location, APPEND, `append ${i}`)))
  expect((await loadTable(location))!.files).toHaveLength(7)
  expect(violations(location, { clean: true })).toEqual([])
})

test('a replace that another one overtook is refused', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  const write = await beginWrite(location, REPLACE)
  await put(location, APPEND, 'other')
  expect(await write.commit([writeRows(write)], {})).toMatchObject({
    state: 'failed',
    cause: { name: 'CommitConflictError', message: /Another writer committed/ },
  })
})

test('a replace that creates is refused when the table came to be meanwhile', async () => {
  const location = join(tempFolder(), 'table')
  const write = await beginWrite(location, REPLACE)
  await put(location, REPLACE, 'rival')
  expect(await write.commit([writeRows(write)], {})).toMatchObject({ state: 'failed' })
})

test('a clean-up between begin and commit does not stand in the way of a replace', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, REPLACE, 'first')
  await put(location, REPLACE, 'second')
  const write = await beginWrite(location, REPLACE)
  await expireReplaced(location)
  expect(await write.commit([writeRows(write)], {})).toMatchObject({
    state: 'committed',
    version: 4,
  })
  expect(violations(location)).toEqual([])
})

test('a table that was deleted or made anew meanwhile is not written to', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  const write = await beginWrite(location, APPEND)
  rmSync(location, { recursive: true })
  await put(location, APPEND, 'other')
  const file = writeRows(write)
  expect(await write.commit([file], {})).toMatchObject({
    state: 'failed',
    cause: { message: /deleted or created anew/ },
  })
})

test('an append cannot change columns or partitioning', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  const other = { ...APPEND, columns: [...COLUMNS, { name: 'more', type: 'int' as const }] }
  await expect(beginWrite(location, other)).rejects.toThrow(/more int/)
  const cut = { ...APPEND, partitionBy: { column: 'day', transform: 'day' as const } }
  await expect(beginWrite(location, cut)).rejects.toThrow(/partitioned by nothing/)
})

test('aborting before the publication fails the commit; after it, the commit stands', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  const early = await beginWrite(location, APPEND)
  const reason = new Error('stopped by the user')
  expect(await early.commit([writeRows(early)], { signal: AbortSignal.abort(reason) })).toEqual({
    state: 'failed',
    cause: reason,
  })
  const controller = new AbortController()
  const late = await openWrite(
    withRival(async () => controller.abort()),
    location,
    APPEND,
  )
  expect(await late.commit([writeRows(late)], { signal: controller.signal })).toMatchObject({
    state: 'committed',
  })
})

test('a data file that is missing, cut, foreign or given twice is refused', async () => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  const refuse = async (
    spoil: (file: ReturnType<typeof writeRows>) => ReturnType<typeof writeRows>[],
    message: RegExp,
  ) => {
    const write = await beginWrite(location, APPEND)
    const outcome = await write.commit(spoil(writeRows(write)), {})
    expect(outcome).toMatchObject({ state: 'failed', cause: { message } })
    await write.discard()
  }
  await refuse(f => [{ ...f, path: `${f.path}.gone` }], /ENOENT/)
  await refuse(f => [{ ...f, bytes: f.bytes + 1 }], /bytes, not/)
  await refuse(f => [f, f], /given twice/)
  await refuse(f => [{ ...f, path: join(dirname(location), 'x.parquet') }], /not below/)
  await refuse(
    f => [{ ...f, path: `${dirname(f.path)}/../metadata/v1.metadata.json` }],
    /not below/,
  )
  await refuse(
    f => [{ ...f, columns: { id: { ...f.columns.id!, values: 3 } } }],
    /3 values of "id" in 5 rows/,
  )
  await refuse(f => [{ ...f, columns: { nobody: f.columns.id! } }], /"nobody"/)
  expect((await loadTable(location))!.version).toBe(1)
  expect(violations(location, { clean: true })).toEqual([])
})

test.each(['99', '0', '-1', 'garbage\n', ''])(
  'a stale or senseless hint (%j) changes nothing',
  async hint => {
    const location = join(tempFolder(), 'table')
    await put(location, APPEND, 'first')
    await put(location, APPEND, 'second')
    writeFileSync(join(location, 'metadata', 'version-hint.text'), hint)
    expect((await loadTable(location))!.version).toBe(2)
    await put(location, APPEND, 'third')
    expect(readFileSync(join(location, 'metadata', 'version-hint.text'), 'utf8')).toBe('3')
    expect(violations(location)).toEqual([])
  },
)

test.each([
  ['empty', () => ''],
  ['cut', (text: string) => text.slice(0, -20)],
  ['not an object', () => '[]'],
  [
    'of format version 3',
    (text: string) => text.replace('"format-version":2', '"format-version":3'),
  ],
  [
    'without its current snapshot',
    (text: string) => text.replace(/"current-snapshot-id":\d+/, '"current-snapshot-id":5'),
  ],
])(
  'newest metadata that is %s is an error naming it, never the version before',
  async (_name, spoil) => {
    const location = join(tempFolder(), 'table')
    await put(location, APPEND, 'first')
    await put(location, APPEND, 'second')
    const newest = join(location, 'metadata', 'v2.metadata.json')
    writeFileSync(newest, spoil(readFileSync(newest, 'utf8')))
    for (const use of [
      () => loadTable(location),
      () => beginWrite(location, REPLACE),
      () => expireReplaced(location),
    ]) {
      await expect(use()).rejects.toThrow(newest)
    }
  },
)

test.each(['avro', 'list'])('a damaged or missing %s is an error naming it', async kind => {
  const location = join(tempFolder(), 'table')
  await put(location, APPEND, 'first')
  const name = readdirSync(join(location, 'metadata')).find(n =>
    kind === 'list' ? n.startsWith('snap-') : n.endsWith('-m0.avro'),
  )!
  const path = join(location, 'metadata', name)
  const bytes = readFileSync(path)
  for (const broken of [
    bytes.subarray(0, bytes.length - 5),
    Buffer.concat([bytes, Buffer.from('x')]),
    Buffer.from(''),
  ]) {
    writeFileSync(path, broken)
    await expect(loadTable(location)).rejects.toThrow(path)
  }
  rmSync(path)
  await expect(loadTable(location)).rejects.toThrow(`${path}: it is missing`)
})

test('a file system that has no hard links is refused', async () => {
  const without = faultyFs({ at: 1, code: 'EPERM', moment: 'before', forever: true })
  const write = await openWrite({ ...nodeFs, link: without.link }, join(tempFolder(), 't'), APPEND)
  expect(await write.commit([writeRows(write)], {})).toMatchObject({
    state: 'failed',
    cause: { message: /no hard links \(EPERM\).*local disk/ },
  })
})

test('a moved table is read where it lies, refuses appends, and a replace makes it whole', async () => {
  const root = tempFolder()
  const old = join(root, 'old', 'table')
  const location = join(root, 'new', 'table')
  await put(old, APPEND, 'first')
  mkdirSync(dirname(location))
  renameSync(old, location)
  const table = (await loadTable(location))!
  expect(table.files.map(f => existsSync(f.path))).toEqual([true])
  await expect(beginWrite(location, APPEND)).rejects.toThrow(/was moved from/)
  const file = await put(location, REPLACE, 'second')
  expect((await loadTable(location))!.files.map(f => f.path)).toEqual([file])
  await expireReplaced(location)
  expect(readdirSync(join(location, 'data'))).toHaveLength(1)
})

test('cleaning up a copy leaves the original alone', async () => {
  const root = tempFolder()
  const original = join(root, 'original')
  await put(original, APPEND, 'first')
  const copy = join(root, 'copy')
  cpSync(original, copy, { recursive: true })
  await put(copy, REPLACE, 'second')
  await expireReplaced(copy)
  expect(violations(original)).toEqual([])
  expect((await loadTable(original))!.files.map(f => existsSync(f.path))).toEqual([true])
})
