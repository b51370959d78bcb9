import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDbQueryEngine } from '../../src/engines/duckdb/query-engine'
import { Relations } from '../../src/engines/duckdb/relations'
import { DuckDbSession } from '../../src/engines/duckdb/session'
import { writeTable } from '../../src/engines/duckdb/write-table'
import { parseTableName, tableLocation } from '../../src/storage/table-name'
import { FakeQueryEngine } from '../../src/testing/fakes'
import { queryEngineConformance, queryEngineContract, type TableNames } from './query-engine'

async function openDuckDb(names: TableNames) {
  const root = mkdtempSync(join(tmpdir(), 'lakebench-queries-'))
  const session = await DuckDbSession.open(join(root, 'scratch'))
  await session.configure({ threads: 2, memory: 2 ** 30 })
  const location = (role: 'silver' | 'gold') =>
    tableLocation(root, role, parseTableName(names[role]))
  for (const [role, select] of [
    ['silver', 'SELECT range + 1 AS n FROM range(3)'],
    ['gold', 'SELECT CAST(10 AS BIGINT) AS n'],
  ] as const) {
    const target = {
      location: location(role),
      columns: [{ name: 'n', type: 'long' }] as const,
      partitionBy: null,
      targetFileSize: 2 ** 20,
      layout: { rowGroupRows: 2048, partitions: 1, waitingRows: null },
      properties: {},
    }
    await writeTable(
      session,
      target,
      [{ select }],
      { mode: 'replace', summary: {} },
      { signal: new AbortController().signal },
    )
  }
  const relations = new Relations({
    silver: location('silver'),
    gold: location('gold'),
    bronze: async () => {
      throw new Error('no raw files here')
    },
  })
  return {
    engine: new DuckDbQueryEngine(session, relations),
    close: async () => {
      session.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

queryEngineConformance('DuckDB', openDuckDb, {
  oddNames: [
    { silver: 'select.table', gold: 'order.group' },
    { silver: '_._', gold: 'Gold_9.UPPER_lower' },
  ],
})

queryEngineContract('the fake', async () => ({
  engine: new FakeQueryEngine(sql =>
    sql === 'wrong' ? { error: 'no such table' } : { columns: ['n'], rows: [[1]] },
  ),
  script: { one: 'one', wrong: 'wrong' },
  close: async () => {},
}))
