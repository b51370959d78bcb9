import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claim, standing } from '../../../../src/engines/duckdb/streams/position'
import type { TableTarget } from '../../../../src/engines/duckdb/write-table'
import { tempDir } from '../../../support/fake-parts'

const STREAM = 'bronze-ingest'
const RUN = { run_id: 'run', corpus: null }

async function claimed() {
  const root = join(tempDir(), 'data')
  mkdirSync(root)
  const target: TableTarget = {
    location: join(root, 'bronze/warehouse/t'),
    columns: [{ name: 'id', type: 'long' }],
    partitionBy: null,
    targetFileSize: 2 ** 20,
    layout: { rowGroupRows: 100, partitions: 1, waitingRows: null },
    properties: {},
  }
  const there = async () => existsSync(root)
  expect(await claim(target, STREAM, RUN, there)).toMatchObject({ epoch: 1, batch: 0 })
  return { root, target, there }
}

test('a table of this run on a storage that is away is not taken for none', async () => {
  const { root, target, there } = await claimed()
  renameSync(root, `${root}-away`)
  await expect(claim(target, STREAM, RUN, there)).rejects.toThrow(
    /the storage is not there. Resume when it is/,
  )
  expect(existsSync(root)).toBe(false)
  await expect(standing(target.location, STREAM, 'run', 1)).rejects.toThrow(/is not there any more/)
  renameSync(`${root}-away`, root)
  expect(await claim(target, STREAM, RUN, there)).toMatchObject({ epoch: 2 })
})
