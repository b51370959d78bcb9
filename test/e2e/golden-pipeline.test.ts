import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import type { RunResult } from '../../src/run'
import { resultFingerprint } from '../../src/workload/fingerprint'
import { GOLD_COLUMNS } from '../../src/workload/gold-kpis'
import { QUERIES } from '../../src/workload/queries'
import { tempDir } from '../support/fake-parts'
import { rawDir, smallRun } from '../support/small-run'
import { GOLDEN, goldenQueries } from '../workload/golden-corpus'

// The renderings are compared cell by cell in test/workload; this is the same corpus through the whole pipeline.
const dir = tempDir()
let run: RunResult
let connection: DuckDBConnection

beforeAll(async () => {
  cpSync(
    fileURLToPath(new URL('../golden/public/raw/customer/interactions', import.meta.url)),
    rawDir(dir),
    {
      recursive: true,
    },
  )
  run = await smallRun(dir, { pipeline: { silver_partitioning: 'month' } }, { generate: false })
  connection = await (await DuckDBInstance.create(':memory:')).connect()
})

const count = async (sql: string) =>
  Number((await connection.runAndReadAll(sql)).getRowsJson()[0]![0])

async function table(role: string, name: string): Promise<string> {
  const { files } = (await loadTable(join(dir, 'data', role, 'warehouse', ...name.split('.'))))!
  return `read_parquet([${files.map(f => `'${f.path}'`).join(', ')}], hive_partitioning = false)`
}

test('the run passes on raw files that another generator made', () => {
  expect(run.error).toBeNull()
  expect(run.metrics.corpus).toMatchObject({ kind: 'foreign', files: 4 })
  expect(run.metrics.jobs.map(j => [j.job_name, j.output_rows])).toEqual([
    ['bronze-verify', null],
    ['silver-build', 9785],
    ['gold-finalize', 90],
  ])
})

test('every silver column of the table equals the expected one', async () => {
  const silver = await table('silver', 'silver.customer_interactions_enriched')
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${GOLDEN.silver}`)
  const columns = described.getRowsJson().map(row => [String(row[0]), String(row[1])] as const)
  expect(columns).toHaveLength(32)
  const list = columns
    .map(([name, type]) =>
      type.startsWith('DECIMAL') ? `CAST(${name} AS DOUBLE) AS ${name}` : name,
    )
    .join(', ')
  for (const [a, b] of [
    [silver, GOLDEN.silver],
    [GOLDEN.silver, silver],
  ]) {
    expect(
      await count(
        `SELECT count(*) FROM (SELECT ${list} FROM ${a} EXCEPT ALL SELECT ${list} FROM ${b})`,
      ),
    ).toBe(0)
  }
})

test('every gold KPI of the table equals the expected one', async () => {
  const gold = await table('gold', 'gold.customer_executive_dashboard')
  const list = GOLD_COLUMNS.map(c => c.name).join(', ')
  for (const [a, b] of [
    [gold, GOLDEN.gold],
    [GOLDEN.gold, gold],
  ]) {
    expect(
      await count(
        `SELECT count(*) FROM (SELECT ${list} FROM ${a} EXCEPT ALL SELECT ${list} FROM ${b})`,
      ),
    ).toBe(0)
  }
})

test('every query has the fingerprint of the expected answer', () => {
  const { queries } = goldenQueries()
  for (const query of QUERIES) {
    const { columns, rows } = queries[query.id]!
    const expected = resultFingerprint(
      columns.map(name => ({ name })),
      rows,
      query,
    )
    expect(
      run.metrics.benchmark!.queries.find(q => q.name === query.id)!.fingerprint,
      query.id,
    ).toBe(expected)
  }
})
