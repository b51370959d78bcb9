import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { localStore } from '../../src/storage/local-store'
import { MemoryStore } from '../../src/testing/fakes'
import { listRaw } from '../../src/workload/raw-files'
import { tempDir } from '../support/fake-parts'

/** A folder with files of these names in its raw data, each with its name as content. */
function lake(...names: string[]) {
  const root = tempDir()
  const path = (name: string) => join(root, 'raw', name)
  const write = (name: string) => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), name)
  }
  for (const name of names) write(name)
  const listed = async () => {
    const { files, others } = await listRaw(localStore(root), 'raw/')
    const short = (key: string) => key.slice('raw/'.length)
    return { files: files.map(f => short(f.key)), others: others.map(short) }
  }
  return { root, path, write, listed, files: async () => (await listed()).files }
}

const HIDDEN = [
  '_temporary/0/attempt_1/part-9.parquet',
  '.spark-staging-7/part-9.parquet',
  '_delta_log/00.checkpoint.parquet',
  '2024/_tmp/deep/part-9.parquet',
  '_year=2024/part-9.parquet',
  '.part-1.parquet',
  '._x.parquet',
  '_part-9.parquet',
  '_SUCCESS',
  '.part-0.parquet.crc',
]

test('names that start with _ or . are no data, files and folders; other files that are not Parquet are told', async () => {
  const { listed } = lake(
    'part-0.parquet',
    '2024/a_b.parquet',
    'notes.txt',
    '2024/part.parquet.tmp',
    ...HIDDEN,
  )
  expect(await listed()).toEqual({
    files: ['2024/a_b.parquet', 'part-0.parquet'],
    others: ['2024/part.parquet.tmp', 'notes.txt'],
  })
})

test('the rule holds in a store that lists everything, and not above the prefix', async () => {
  const store = new MemoryStore()
  const below = '_lake/.raw/'
  for (const name of ['part-0.parquet', 'notes.txt', ...HIDDEN]) await store.put(below + name, name)
  const { files, others } = await listRaw(store, below)
  expect([...files.map(f => f.key), ...others]).toEqual([
    `${below}part-0.parquet`,
    `${below}notes.txt`,
  ])
})

test('a row counts once, whatever leads to its file', async () => {
  const { path, files, root } = lake('2024/a.parquet', 'b.parquet')
  symlinkSync('2024', path('latest'))
  symlinkSync('.', path('2024/circle'))
  symlinkSync('..', path('2024/up'))
  symlinkSync(root, path('whole'))
  symlinkSync('b.parquet', path('0.parquet'))
  symlinkSync(path('2024/a.parquet'), path('absolute.parquet'))
  linkSync(path('b.parquet'), path('c.parquet'))
  expect(await files()).toEqual(['2024/a.parquet', 'b.parquet'])
})

test('data elsewhere counts, once, by whatever links lead there', async () => {
  const elsewhere = lake('x.parquet', 'deep/y.parquet', 'object')
  const { path, files } = lake('a.parquet')
  symlinkSync(elsewhere.path('deep'), path('n'))
  symlinkSync(elsewhere.path('.'), path('m'))
  symlinkSync(elsewhere.path('x.parquet'), path('z.parquet'))
  symlinkSync(elsewhere.path('object'), path('by-hash.parquet'))
  const found = await files()
  expect(found).toHaveLength(4)
  expect(found).toEqual(expect.arrayContaining(['a.parquet', 'by-hash.parquet']))
  expect(await files()).toEqual(found)
})

test('what a hidden or other name leads to is data only by a name of data', async () => {
  const { path, files, write } = lake('.blobs/1', 'blob', 'a.tmp')
  symlinkSync('.blobs/1', path('x.parquet'))
  symlinkSync('blob', path('y.parquet'))
  linkSync(path('a.tmp'), path('z.parquet'))
  write('_old/w.parquet')
  symlinkSync('_old', path('new'))
  expect(await files()).toEqual(['new/w.parquet', 'x.parquet', 'y.parquet', 'z.parquet'])
})

test.each([
  ['a file', 'part-1.parquet', 'gone.parquet'],
  ['a folder', '2023', '/mnt/away/2023'],
  ['itself', 'round.parquet', 'round.parquet'],
])('a link to nothing that stands for %s is an error that names it', async (_, name, target) => {
  const { path, files } = lake('part-0.parquet')
  symlinkSync(target, path(name))
  await expect(files()).rejects.toThrow(`${path(name)} is a link to ${target}, which is not there.`)
})

test('a hidden link to nothing, as editors leave them, is no error', async () => {
  const { path, files } = lake('part-0.parquet')
  symlinkSync('user@host.1234', path('.#part-0.parquet'))
  expect(await files()).toEqual(['part-0.parquet'])
})
