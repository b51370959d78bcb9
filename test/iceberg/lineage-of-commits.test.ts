import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lineageOf } from '../../src/contracts/lineage'
import { beginWrite, loadTable } from '../../src/iceberg/table'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const BASE = { columns: COLUMNS, partitionBy: null } as const

async function append(
  location: string,
  from: number,
  rows: number,
  summary: Record<string, string>,
) {
  const write = await beginWrite(location, { ...BASE, mode: 'append' })
  const outcome = await write.commit(rows === 0 ? [] : [writeRows(write, { from, rows })], {
    summary,
  })
  if (outcome.state !== 'committed') throw outcome.cause
  return outcome.snapshotId
}

const said = async (location: string) => {
  const { snapshotId, summary } = (await loadTable(location))!
  return { current: snapshotId, ...lineageOf(snapshotId, summary) }
}

test('a commit that changes no rows repeats what was said of them, and names the one that did', async () => {
  const location = join(tempFolder(), 't')
  const of = (run: string) => ({ 'lakebench.run-id': run, 'lakebench.corpus': `${run}-corpus` })
  await append(location, 0, 3, of('a'))
  const rows = await append(location, 3, 3, { ...of('b'), 'lakebench.silver-snapshot': '77' })
  const lineage = {
    run_id: 'b',
    corpus: 'b-corpus',
    source_snapshot_id: '77',
    rows_snapshot_id: rows,
  }

  const small = (await loadTable(location))!.files.map(f => f.path)
  const compaction = await beginWrite(location, { ...BASE, mode: 'rewrite' })
  const file = writeRows(compaction, { from: 0, rows: 6 })
  expect((await compaction.commit([file], { replaced: new Set(small) })).state).toBe('committed')
  const compacted = await said(location)
  expect(compacted).toMatchObject(lineage)
  expect(compacted.current).not.toBe(rows)

  // A run that takes its table up again says its own name, and nothing else is new.
  await append(location, 0, 0, { 'lakebench.run-id': 'b' })
  expect(await said(location)).toMatchObject(lineage)

  const next = await append(location, 6, 3, of('c'))
  expect(await said(location)).toMatchObject({
    run_id: 'c',
    corpus: 'c-corpus',
    source_snapshot_id: null,
    rows_snapshot_id: next,
  })
})

test('a compaction that an append overtook repeats what the append said', async () => {
  const location = join(tempFolder(), 't')
  await append(location, 0, 3, { 'lakebench.corpus': 'first' })
  const small = (await loadTable(location))!.files.map(f => f.path)
  const compaction = await beginWrite(location, { ...BASE, mode: 'rewrite' })
  const file = writeRows(compaction, { from: 0, rows: 3 })
  const rows = await append(location, 3, 3, { 'lakebench.corpus': 'second' })
  await compaction.commit([file], { replaced: new Set(small) })
  expect(await said(location)).toMatchObject({ corpus: 'second', rows_snapshot_id: rows })
})
