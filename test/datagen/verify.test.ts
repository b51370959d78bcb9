import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import type { JobProgress } from '../../src/contracts/jobs'
import { verifyCorpus } from '../../src/datagen/check-files'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { localStore } from '../../src/storage/local-store'
import { sampleIn, tempRoot } from './support'

const signal = new AbortController().signal
const RAW = 'bronze/customer/interactions/'
const key = (n: number) => `${RAW}part-00000${n}.parquet`

/** Turn one bit of the file over. */
function flipBit(path: string, position: number): void {
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, position)
  byte[0]! ^= 1
  writeSync(file, byte, 0, 1, position)
  closeSync(file)
}

async function corpus() {
  const root = tempRoot()
  const { corpus: record } = await sampleIn(root)
  return { root, record, path: (n: number) => join(root, key(n)) }
}

const problems = async (root: string) =>
  (await verifyCorpus(localStore(root), PAGE_LOCATION, { signal })).findings.map(
    ({ key: k, problem }) => [k, problem],
  )

test('an untouched corpus has no findings; progress reaches all rows and bytes', async () => {
  const { root, record } = await corpus()
  const seen: JobProgress[] = []
  const check = await verifyCorpus(localStore(root), PAGE_LOCATION, {
    signal,
    onProgress: p => seen.push(p),
  })
  expect(check).toEqual({ files_checked: 3, bytes_checked: record.bytes, findings: [] })
  expect(seen.at(-1)).toEqual({
    rows: record.rows,
    rows_total: record.rows,
    bytes: record.bytes,
    bytes_total: record.bytes,
    fraction: 1,
  })
})

test.each(['first byte', 'payload', 'last byte'])('one flipped bit is found: %s', async where => {
  const { root, path } = await corpus()
  const size = readFileSync(path(1)).length
  flipBit(path(1), where === 'first byte' ? 0 : where === 'payload' ? size >> 1 : size - 1)
  expect(await problems(root)).toEqual([[key(1), 'altered']])
})

test('cut, grown, missing and unexpected files are told apart, all at once', async () => {
  const { root, path } = await corpus()
  truncateSync(path(0), 1000)
  writeFileSync(path(1), Buffer.concat([readFileSync(path(1)), Buffer.from('x')]))
  rmSync(path(2))
  copyFileSync(path(1), join(root, RAW, 'stray.parquet'))
  expect(await problems(root)).toEqual([
    [key(0), 'truncated'],
    [key(1), 'altered'],
    [key(2), 'missing'],
    [`${RAW}stray.parquet`, 'unexpected'],
  ])
  const { findings } = await verifyCorpus(localStore(root), PAGE_LOCATION, { signal })
  for (const finding of findings) expect(finding.message).toContain(finding.key)
})

test('two files that changed places are both altered or of another size', async () => {
  const { root, path } = await corpus()
  const [a, b] = [readFileSync(path(0)), readFileSync(path(1))]
  writeFileSync(path(0), b)
  writeFileSync(path(1), a)
  expect((await problems(root)).map(([k]) => k)).toEqual([key(0), key(1)])
})

test('without a manifest there is nothing to verify against', async () => {
  await expect(verifyCorpus(localStore(tempRoot()), PAGE_LOCATION, { signal })).rejects.toThrow(
    PrerequisiteError,
  )
})

test('an abort ends it with its reason', async () => {
  const { root } = await corpus()
  const stop = new AbortController()
  const reason = new Error('enough')
  const run = verifyCorpus(localStore(root), PAGE_LOCATION, {
    signal: stop.signal,
    onProgress: () => stop.abort(reason),
  })
  await expect(run).rejects.toBe(reason)
})
