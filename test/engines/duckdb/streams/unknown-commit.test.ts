import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { CommitUnknownError } from '../../../../src/contracts/errors'
import { DuckDbSession } from '../../../../src/engines/duckdb/session'
import { StreamTable } from '../../../../src/engines/duckdb/streams/stream-table'
import { loadTable } from '../../../../src/iceberg/table'
import { never } from '../../../../src/shared/abort'
import { nodeFs } from '../../../../src/shared/file-system'
import { tempDir } from '../../../support/fake-parts'

async function streamTable() {
  const root = tempDir()
  const location = join(root, 'table')
  const session = await DuckDbSession.open(join(root, 'scratch'))
  onTestFinished(() => session.close())
  const context = { session, job: { run_id: 'r', corpus: null }, signal: never() }
  const table = new StreamTable(context, 'silver-stream', {
    location,
    columns: [{ name: 'n', type: 'long' }],
    partitionBy: null,
    targetFileSize: 2 ** 20,
    layout: { rowGroupRows: 1000, partitions: 1, waitingRows: null },
    properties: {},
  })
  await table.open()
  const write = async (rows: number) =>
    table.write({
      at: await table.readPosition(),
      next: { offset: String(rows), watermark: 7 },
      mode: 'append',
      select: `SELECT n FROM range(${rows}) t(n)`,
      input_rows: null,
      source_batch: rows,
      begun: performance.now(),
    })
  const rows = async () => (await loadTable(location))!.files.reduce((sum, f) => sum + f.rows, 0)
  return { table, write, rows, location }
}

const VERSION = /v\d+\.metadata\.json$/
const broken = () => Object.assign(new Error('i/o error'), { code: 'EIO' })
afterEach(() => void vi.restoreAllMocks())

/** The disk fails when a version is there and its folder is flushed. */
function failAfterPublishing(): void {
  const { link, sync } = nodeFs
  let published = false
  vi.spyOn(nodeFs, 'link').mockImplementation(async (from, to) => {
    await link(from, to)
    published ||= VERSION.test(to)
  })
  vi.spyOn(nodeFs, 'sync').mockImplementation(path =>
    published ? Promise.reject(broken()) : sync(path),
  )
}

/** The disk fails when a version is to be published, and when somebody looks whether it was. */
function failBeforePublishing(): void {
  const { link, identity } = nodeFs
  vi.spyOn(nodeFs, 'link').mockImplementation((from, to) =>
    VERSION.test(to) ? Promise.reject(broken()) : link(from, to),
  )
  vi.spyOn(nodeFs, 'identity').mockImplementation(path =>
    VERSION.test(path) ? Promise.reject(broken()) : identity(path),
  )
}

test('a commit that nobody knew about and that is there is told as any other, once', async () => {
  const { table, write, rows, location } = await streamTable()
  await write(10)
  failAfterPublishing()
  await expect(write(20)).rejects.toThrow(CommitUnknownError)
  vi.restoreAllMocks()
  const at = await table.readPosition()
  expect(at).toMatchObject({ batch: 2, offset: '20' })
  expect(table.takeResolved(at)).toMatchObject({
    stream: 'silver-stream',
    batch: 2,
    snapshot_id: (await loadTable(location))!.snapshotId,
    input_rows: 20,
    output_rows: 20,
    files: 1,
    source_batch: 20,
  })
  expect(table.takeResolved(at)).toBeNull()
  expect(await write(30)).toMatchObject({ batch: 3, output_rows: 30 })
  expect(await rows()).toBe(60)
})

test('one that is not there is done again, and nothing is told of it', async () => {
  const { table, write, rows } = await streamTable()
  failBeforePublishing()
  await expect(write(20)).rejects.toThrow(CommitUnknownError)
  vi.restoreAllMocks()
  const at = await table.readPosition()
  expect(at.batch).toBe(0)
  expect(table.takeResolved(at)).toBeNull()
  expect(await write(20)).toMatchObject({ batch: 1 })
  expect(await rows()).toBe(20)
})
