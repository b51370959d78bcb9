import { existsSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { localParts } from '../../src/datagen/part-sink'
import {
  beginWrite,
  loadTable,
  readAppended,
  requireTable,
  type WriteOptions,
} from '../../src/iceberg/table'
import { localStore } from '../../src/storage/local-store'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

/** A storage that can go away, as a disk that is unmounted: nothing may stand in its place when it comes back. */
function storage() {
  const root = join(tempFolder(), 'mnt/data')
  const away = `${dirname(root)}-away`
  return {
    root,
    vanish: () => renameSync(dirname(root), away),
    comeBack() {
      expect(existsSync(dirname(root))).toBe(false)
      renameSync(away, dirname(root))
    },
  }
}

test('a store makes its root once; what vanished is neither made anew nor taken for empty', async () => {
  const { root, vanish, comeBack } = storage()
  const store = localStore(root)
  expect(await store.list('')).toEqual([])
  expect(await store.get('bronze/a')).toBeNull()
  await store.put('bronze/a', '1')
  vanish()
  for (const call of [
    () => store.put('bronze/b', '2'),
    () => store.put('c', '3', { ifAbsent: true }),
    () => store.get('bronze/a'),
    () => store.list('bronze/'),
    () => store.delete('bronze/a'),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'ENOENT' })
  }
  comeBack()
  await store.put('bronze/deep/er/b', '2')
  expect((await store.list('')).map(o => o.key)).toEqual(['bronze/a', 'bronze/deep/er/b'])
  expect(await store.get('bronze/none')).toBeNull()
})

test('a raw file on a storage that vanished fails, before it is opened and before it is published', async () => {
  const { root, vanish, comeBack } = storage()
  await localStore(root).put('here', '')
  const open = localParts(root)
  const sink = open('bronze/customer/interactions/part-000000.parquet')
  sink.write(Buffer.from('bytes'))
  vanish()
  expect(() => open('bronze/customer/interactions/part-000001.parquet')).toThrow(/ENOENT/)
  expect(() => sink.publish()).toThrow(/ENOENT/)
  comeBack()
})

test('raw files behind a link to a disk that is away are not taken for none', async () => {
  const root = tempFolder()
  symlinkSync(join(root, 'nowhere'), join(root, 'raw'))
  await expect(localStore(root).list('raw/')).rejects.toThrow(
    /raw is a link to .*nowhere, which is not there/,
  )
})

const BASE = { columns: COLUMNS, partitionBy: null } as const
const WRITES: readonly WriteOptions[] = [
  { ...BASE, mode: 'append', requiredProperties: {} },
  { ...BASE, mode: 'replace', requiredProperties: {} },
  { ...BASE, mode: 'rewrite' },
]

test.each(WRITES)('a table that a writer knows is not made anew: $mode', async options => {
  const { root, vanish, comeBack } = storage()
  const location = join(root, 'bronze/warehouse/t')
  const first = await beginWrite(location, { ...BASE, mode: 'append' })
  await first.commit([writeRows(first, { from: 0, rows: 3 })], {})
  const open = await beginWrite(location, options)
  const file = writeRows(open, { from: 3, rows: 3 })
  vanish()
  await expect(beginWrite(location, options)).rejects.toThrow(
    /is not there any more.*Nothing was written/,
  )
  await expect(requireTable(location)).rejects.toThrow(/is not there any more/)
  await expect(readAppended(location, null)).rejects.toThrow(/is not there any more/)
  const outcome = await open.commit([file], {})
  expect(outcome.state).toBe('failed')
  await open.discard()
  comeBack()
  expect((await loadTable(location))!.files).toHaveLength(1)
})
