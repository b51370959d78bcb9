import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TableColumn } from '../../src/contracts/tables'
import { beginWrite, expireReplaced, loadTable, type WriteOptions } from '../../src/iceberg/table'
import { violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

async function put(
  location: string,
  o: Partial<WriteOptions> = {},
  rows: Parameters<typeof writeRows>[1] = {},
) {
  const write = await beginWrite(location, {
    columns: COLUMNS,
    partitionBy: null,
    mode: 'append',
    ...o,
  })
  const file = writeRows(write, rows)
  const outcome = await write.commit([file], { summary: { 'lakebench.run-id': 'r1' } })
  if (outcome.state !== 'committed') throw outcome.cause
  expect(violations(location)).toEqual([])
  return { write, file, outcome }
}

test('no folder and an empty folder are no table', async () => {
  const folder = tempFolder()
  expect(await loadTable(join(folder, 'nothing'))).toBeNull()
  expect(await loadTable(folder)).toBeNull()
})

test('what is written is read: files, statistics, schema, summary, properties', async () => {
  const location = join(tempFolder(), 'ns', 'table')
  const { file, outcome } = await put(
    location,
    {
      mode: 'replace',
      partitionBy: { column: 'day', transform: 'month' },
      properties: { 'write.parquet.compression-codec': 'zstd' },
      targetFileSize: 1024,
    },
    { rows: 7, partition: 650 },
  )
  const table = (await loadTable(location))!
  expect(table).toMatchObject({
    version: 1,
    location,
    columns: COLUMNS,
    partitionBy: { column: 'day', transform: 'month' },
    snapshotId: outcome.snapshotId,
    sequenceNumber: 1,
    files: [file],
  })
  expect(table.summary).toMatchObject({
    operation: 'append',
    'lakebench.run-id': 'r1',
    'added-records': '7',
    'total-records': '7',
    'total-data-files': '1',
    'changed-partition-count': '1',
  })
  expect(table.properties).toMatchObject({
    'write.parquet.compression-codec': 'zstd',
    'write.target-file-size-bytes': '1024',
  })
  expect(JSON.parse(table.properties['schema.name-mapping.default']!)).toEqual([
    { 'field-id': 1, names: ['id'] },
    { 'field-id': 2, names: ['name'] },
    { 'field-id': 3, names: ['day'] },
  ])
  expect(readFileSync(join(location, 'metadata', 'version-hint.text'), 'utf8')).toBe('1')
})

test('every column type keeps its bounds', async () => {
  const types = [
    'long',
    'int',
    'double',
    'string',
    'boolean',
    'date',
    'timestamp',
    'string_list',
  ] as const
  const columns: TableColumn[] = [
    ...types.map(type => ({ name: type, type })),
    { name: 'day', type: 'date' as const },
  ]
  const location = join(tempFolder(), 'table')
  const write = await beginWrite(location, { columns, partitionBy: null, mode: 'replace' })
  expect(write.fieldIds).toMatchObject({
    long: 1,
    string_list: 8,
    day: 9,
    'string_list.element': 10,
  })
  const file = writeRows({
    ...write,
    fieldIds: { id: 1, name: 4, day: 9 },
    dataDir: write.dataDir,
    writer: write.writer,
  })
  const stats = { values: 5, nulls: 0, nans: null, size: null }
  const bounded = {
    ...file,
    columns: {
      long: { ...stats, lower: -9_223_372_036_854_775_808n, upper: 9_223_372_036_854_775_807n },
      int: { ...stats, lower: -2_147_483_648, upper: 2_147_483_647 },
      double: { ...stats, nans: 2, lower: -1e300, upper: Number.POSITIVE_INFINITY },
      string: { ...stats, lower: 'Ångström 😀', upper: 'é' },
      boolean: { ...stats, lower: false, upper: true },
      date: { ...stats, lower: -719_162, upper: 2_932_896 },
      timestamp: { ...stats, lower: -62_135_596_800_000_000n, upper: 253_402_300_799_999_999n },
      'string_list.element': { ...stats, values: 11, lower: 'a', upper: 'b' },
    },
  }
  expect((await write.commit([bounded], {})).state).toBe('committed')
  expect((await loadTable(location))!.files).toEqual([bounded])
  expect((await loadTable(location))!.columns).toEqual(columns)
})

test('append adds, replace takes the place of everything, and the totals follow', async () => {
  const location = join(tempFolder(), 'table')
  const a = await put(location, {}, { rows: 3 })
  const b = await put(location, {}, { rows: 4 })
  expect((await loadTable(location))!.files.map(f => f.path).sort()).toEqual(
    [a.file.path, b.file.path].sort(),
  )
  const c = await put(location, { mode: 'replace' }, { rows: 5 })
  const table = (await loadTable(location))!
  expect(table.files).toEqual([c.file])
  expect(table.version).toBe(3)
  expect(table.summary).toMatchObject({
    operation: 'overwrite',
    'added-records': '5',
    'deleted-records': '7',
    'deleted-data-files': '2',
    'removed-files-size': String(a.file.bytes + b.file.bytes),
    'total-records': '5',
    'total-data-files': '1',
    'total-files-size': String(c.file.bytes),
  })
  // Deleted entries do not come back with the next append.
  const d = await put(location, {}, { rows: 2 })
  expect((await loadTable(location))!.files.map(f => f.path).sort()).toEqual(
    [c.file.path, d.file.path].sort(),
  )
})

test('an empty replace gives an empty table with its schema', async () => {
  const location = join(tempFolder(), 'table')
  await put(location)
  const write = await beginWrite(location, { columns: COLUMNS, partitionBy: null, mode: 'replace' })
  expect((await write.commit([], {})).state).toBe('committed')
  expect(await loadTable(location)).toMatchObject({
    files: [],
    columns: COLUMNS,
    summary: { 'total-records': '0' },
  })
  expect(violations(location)).toEqual([])
})

test('a replace evolves schema and partitioning: ids stay by name, new ones are new', async () => {
  const location = join(tempFolder(), 'table')
  await put(
    location,
    { mode: 'replace', partitionBy: { column: 'day', transform: 'month' } },
    { partition: 650 },
  )
  const columns: TableColumn[] = [
    { name: 'day', type: 'date' },
    { name: 'id', type: 'string' },
    { name: 'tags', type: 'string_list' },
    { name: 'name', type: 'string' },
  ]
  const write = await beginWrite(location, {
    columns,
    partitionBy: { column: 'day', transform: 'day' },
    mode: 'replace',
  })
  // `id` became another type, so its old id must not be read as text.
  expect(write.fieldIds).toEqual({ day: 3, id: 4, tags: 5, 'tags.element': 6, name: 2 })
  const file = {
    ...writeRows({ ...write, fieldIds: { ...write.fieldIds } }, { partition: 19_800 }),
    columns: {},
  }
  expect((await write.commit([file], {})).state).toBe('committed')
  expect(violations(location)).toEqual([])
  expect(await loadTable(location)).toMatchObject({
    columns,
    partitionBy: { column: 'day', transform: 'day' },
    files: [file],
  })
  const metadata = JSON.parse(readFileSync(join(location, 'metadata', 'v2.metadata.json'), 'utf8'))
  expect(metadata).toMatchObject({
    'last-column-id': 6,
    'current-schema-id': 1,
    'default-spec-id': 1,
    'last-partition-id': 1001,
  })
  expect(
    metadata['partition-specs'].map((s: { fields: { name: string }[] }) => s.fields[0]!.name),
  ).toEqual(['day_month', 'day_day'])
  // Back to the first shape: the first schema's and spec's ids, not copies under new ones.
  const back = await beginWrite(location, {
    columns,
    partitionBy: { column: 'day', transform: 'month' },
    mode: 'replace',
  })
  expect((await back.commit([], {})).state).toBe('committed')
  expect(
    JSON.parse(readFileSync(join(location, 'metadata', 'v3.metadata.json'), 'utf8')),
  ).toMatchObject({
    'current-schema-id': 1,
    'default-spec-id': 0,
    'last-partition-id': 1001,
  })
})

test('expireReplaced removes the replaced files and nothing else', async () => {
  const location = join(tempFolder(), 'table')
  const a = await put(location)
  const b = await put(location, { mode: 'replace' })
  const c = await put(location)
  expect(existsSync(a.file.path)).toBe(true)
  const removed = await expireReplaced(location)
  expect(removed).toContain(a.file.path)
  expect([a, b, c].map(x => existsSync(x.file.path))).toEqual([false, true, true])
  expect(violations(location, { clean: true })).toEqual([])
  expect((await loadTable(location))!.files).toHaveLength(2)
  const before = readdirSync(join(location, 'metadata')).sort()
  expect(await expireReplaced(location)).toEqual([])
  expect(readdirSync(join(location, 'metadata')).sort()).toEqual(before)
  await put(location)
})

test('expireReplaced of no table does nothing', async () => {
  expect(await expireReplaced(join(tempFolder(), 'nothing'))).toEqual([])
})

test('discard leaves nothing, and a committed write cannot be discarded', async () => {
  const location = join(tempFolder(), 'table')
  const kept = await put(location)
  await kept.write.discard()
  const write = await beginWrite(location, { columns: COLUMNS, partitionBy: null, mode: 'append' })
  const file = writeRows(write)
  await write.discard()
  expect(existsSync(file.path)).toBe(false)
  expect(violations(location, { clean: true })).toEqual([])
  expect((await loadTable(location))!.files).toEqual([kept.file])
  expect(await write.commit([file], {})).toMatchObject({ state: 'failed' })
})

test('a writer that died right after its commit keeps what it committed; its other files go', async () => {
  const location = join(tempFolder(), 'table')
  const { write, file } = await put(location)
  const rest = writeRows(write, { name: 'not-committed' })
  expect(await expireReplaced(location)).toEqual([rest.path])
  expect(existsSync(file.path)).toBe(true)
  expect(violations(location, { clean: true })).toEqual([])
})
