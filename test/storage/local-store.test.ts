import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localStore } from '../../src/storage/local-store'
import { tempFolder } from '../iceberg/table-fixture'

test('a location is the path that an engine opens', async () => {
  const root = tempFolder()
  const store = localStore(root)
  await store.put("bronze/it's.parquet", 'x')
  expect(store.location("bronze/it's.parquet")).toBe(join(root, "bronze/it's.parquet"))
  expect(readFileSync(store.location("bronze/it's.parquet"), 'utf8')).toBe('x')
})

test.each(['..', '../', 'a/../..', '/etc', 'a//b'])(
  'a prefix %j that leaves the root is refused',
  async prefix => {
    await expect(localStore(tempFolder()).list(prefix)).rejects.toThrow(/is no key below/)
  },
)

test('half-written objects are neither listed nor reachable as keys', async () => {
  const root = tempFolder()
  const store = localStore(root)
  writeFileSync(join(root, '.lakebench-staged-abc'), 'half')
  expect(await store.list('')).toEqual([])
  await expect(store.get('.lakebench-staged-abc')).rejects.toThrow(/no key/)
})

test('a put leaves nothing behind, done or refused', async () => {
  const root = tempFolder()
  const store = localStore(root)
  await store.put('a', '1')
  await store.put('a', '2', { ifAbsent: true })
  await expect(store.put('a/b', 'x')).rejects.toThrow(
    /Cannot write .*a file|a part of the path is a file/,
  )
  mkdirSync(join(root, 'folder'))
  await expect(store.put('folder', 'x')).rejects.toThrow(/a folder has that name/)
  expect(readdirSync(root).sort()).toEqual(['a', 'folder'])
})

test('linked files and folders are listed, links in a circle end', async () => {
  const elsewhere = tempFolder()
  writeFileSync(join(elsewhere, 'part-000000.parquet'), 'raw')
  const root = tempFolder()
  symlinkSync(elsewhere, join(root, 'raw'))
  symlinkSync(root, join(root, 'circle'))
  const keys = (await localStore(root).list('raw/')).map(o => o.key)
  expect(keys).toEqual(['raw/part-000000.parquet'])
  expect((await localStore(root).list('')).map(o => o.key)).toEqual(['raw/part-000000.parquet'])
})
