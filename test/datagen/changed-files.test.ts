import {
  closeSync,
  cpSync,
  openSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkFiles } from '../../src/datagen/check-files'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { readManifest } from '../../src/datagen/manifest'
import { corpusFacts, readCorpus } from '../../src/datagen/read-corpus'
import { localStore } from '../../src/storage/local-store'
import { generateIn, sampleIn, tempRoot } from './support'

const part = (root: string, n: number) =>
  join(root, `bronze/customer/interactions/part-00000${n}.parquet`)
const MANIFEST = 'bronze/_lakebench/corpus.json'

async function corpus() {
  const root = tempRoot()
  const { corpus: record } = await generateIn(root)
  const check = async () =>
    checkFiles(
      localStore(root),
      PAGE_LOCATION,
      (await readManifest(localStore(root), PAGE_LOCATION))!,
    )
  return { root, record, check }
}

/** One byte becomes another, at equal size; `keepTime` as a forger would. */
function change(path: string, fromEnd: number, keepTime: boolean): void {
  const { atime, mtime, size } = statSync(path)
  const file = openSync(path, 'r+')
  const byte = readFileSync(path)[size - fromEnd]!
  writeSync(file, Buffer.from([byte ^ 1]), 0, 1, size - fromEnd)
  closeSync(file)
  if (keepTime) utimesSync(path, atime, mtime)
}

test('an untouched corpus is known again by sizes, times and footers alone', async () => {
  const { check } = await corpus()
  expect(await check()).toMatchObject({ changed: [], compared: 0 })
})

test.each([
  ['a byte of the data', 1_000_000, false, 'other bytes'],
  ['a byte of the footer', 200, true, 'another footer'],
])(
  '%s that was changed at equal size is found, named, and made again by generating',
  async (_, fromEnd, keepTime, what) => {
    const { root, record, check } = await corpus()
    change(part(root, 1), fromEnd, keepTime)
    const { changed, unchanged } = await check()
    expect(unchanged.map(f => f.index)).toEqual([0, 2])
    expect(changed).toEqual([
      { key: expect.stringMatching(/part-000001/), message: expect.stringContaining(what) },
    ])
    const store = localStore(root)
    expect((await readCorpus(store, PAGE_LOCATION))!.changed_files).toEqual([
      expect.stringContaining(what),
    ])
    expect((await corpusFacts(store, PAGE_LOCATION)).changed).toEqual(changed)
    const again = await generateIn(root)
    expect(again).toMatchObject({ reused_files: 2, generated_files: 1, corpus: record })
    expect(again.changed_files).toEqual([expect.stringMatching(/part-000001.*made again/)])
    expect(await check()).toMatchObject({ changed: [], compared: 0 })
  },
)

test('a copied folder is compared byte for byte once, and accepted', async () => {
  const { root } = await corpus()
  const copy = tempRoot()
  cpSync(root, copy, { recursive: true })
  const store = localStore(copy)
  const look = async () =>
    checkFiles(store, PAGE_LOCATION, (await readManifest(store, PAGE_LOCATION))!)
  expect(await look()).toMatchObject({ changed: [], compared: 3 })
  expect(await look()).toMatchObject({ changed: [], compared: 0 })
})

test('a manifest of before, without times and footers, is read, and its files compared once', async () => {
  const { root, check } = await corpus()
  const manifest = JSON.parse(readFileSync(join(root, MANIFEST), 'utf8'))
  delete manifest.proof
  for (const file of manifest.files)
    for (const name of ['modified', 'footer', 'etag']) delete file[name]
  writeFileSync(join(root, MANIFEST), JSON.stringify(manifest))
  expect(await check()).toMatchObject({ changed: [], compared: 3 })
  expect(await check()).toMatchObject({ changed: [], compared: 0 })
})

test('a manifest whose fields contradict each other is refused, the field named', async () => {
  const root = tempRoot()
  await sampleIn(root)
  const good = readFileSync(join(root, MANIFEST), 'utf8')
  const cases: [(p: Record<string, number | string>) => void, RegExp][] = [
    [p => (p.seed = 7), /parameters: seed is not what its rows were made with \(seed 7/],
    [p => (p.scale = 0.002), /parameters\.rows is 2451, but scale 0\.002 has 4903 rows/],
    [p => (p.rows = 2452), /parameters\.rows is 2452/],
    [p => (p.rows_per_file = 1000), /files\.\d: .*rows_per_file/],
    [p => (p.customers = 2000), /customers or zipf_exponent/],
    [p => (p.zipf_exponent = 1.2), /customers or zipf_exponent/],
    [p => (p.dirty_data_ratio = 0.5), /dirty_data_ratio/],
    [p => (p.timestamp_end = '2025-03-01T00:00:00.000Z'), /timestamp_end/],
    [p => (p.date_skew = 0.5), /date_skew/],
  ]
  for (const [edit, message] of cases) {
    const manifest = JSON.parse(good)
    edit(manifest.parameters)
    writeFileSync(join(root, MANIFEST), JSON.stringify(manifest))
    await expect(readManifest(localStore(root), PAGE_LOCATION)).rejects.toThrow(message)
  }
  const dirt = JSON.parse(good)
  dirt.totals.dirt.email_missing_at += 1
  writeFileSync(join(root, MANIFEST), JSON.stringify(dirt))
  await expect(readManifest(localStore(root), PAGE_LOCATION)).rejects.toThrow(
    /totals\.dirt\.email_missing_at/,
  )
})
