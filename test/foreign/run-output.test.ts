import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import type { RunResult } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { smallRun } from '../support/small-run'
import { type PyIcebergTable, readWithPyIceberg, readWithSpark, type SparkTable } from './readers'

const dir = tempDir()
const warehouse = (role: string) => join(dir, 'data', role, 'warehouse')
const SILVER = 'silver.customer_interactions_enriched'
const GOLD = 'gold.customer_executive_dashboard'
const MARCH = "interaction_date >= DATE '2024-03-01' AND interaction_date < DATE '2024-04-01'"
const MARCH_PY = "interaction_date >= '2024-03-01' and interaction_date < '2024-04-01'"

let run: RunResult
let py: Record<string, PyIcebergTable>
const spark: Record<string, SparkTable> = {}

beforeAll(async () => {
  // Twice, so that the tables read are replaced ones.
  await smallRun(dir, { pipeline: { silver_partitioning: 'none' } }, { skipBenchmark: true })
  run = await smallRun(dir, { pipeline: { silver_partitioning: 'month' } })
  py = await readWithPyIceberg([
    {
      name: SILVER,
      location: join(warehouse('silver'), ...SILVER.split('.')),
      filters: [MARCH_PY],
    },
    { name: GOLD, location: join(warehouse('gold'), ...GOLD.split('.')), filters: [MARCH_PY] },
  ])
  const revenue = 'select count(*), cast(sum(cast({} as decimal(18,2))) as string) from {table}'
  Object.assign(
    spark,
    await readWithSpark(warehouse('silver'), [
      { name: SILVER, filters: [MARCH], query: revenue.replace('{}', 'transaction_amount') },
    ]),
    await readWithSpark(warehouse('gold'), [
      { name: GOLD, filters: [MARCH], query: revenue.replace('{}', 'total_daily_revenue') },
    ]),
  )
})

test('both readers count the rows that the run recorded', () => {
  const rows = (job: string) => run.metrics.jobs.find(j => j.job_name === job)!.output_rows
  expect([py[SILVER]!.rows, spark[SILVER]!.rows]).toEqual([
    rows('silver-build'),
    rows('silver-build'),
  ])
  expect([py[GOLD]!.rows, spark[GOLD]!.rows]).toEqual([
    rows('gold-finalize'),
    rows('gold-finalize'),
  ])
})

test("Spark's revenue is that of the run's own answer", () => {
  expect(spark[SILVER]!.query![0]![1]).toBe(spark[GOLD]!.query![0]![1])
})

test('all 82 silver and 31 gold columns have their types', () => {
  expect(py[SILVER]!.schema).toHaveLength(82)
  expect(py[GOLD]!.schema).toHaveLength(31)
  const types = Object.fromEntries(spark[SILVER]!.schema)
  expect(types).toMatchObject({
    interaction_date: 'date',
    quality_flags: 'array<string>',
    event_timestamp: 'timestamp_ntz',
    is_weekend: 'boolean',
  })
})

test('a filter on the date reads March only, in both tables', async () => {
  for (const name of [SILVER, GOLD]) {
    const table = (await loadTable(join(warehouse(name.split('.')[0]!), ...name.split('.'))))!
    expect(table.files.length).toBeGreaterThan(6)
    const march = table.files.filter(f => f.partition === (2024 - 1970) * 12 + 2).map(f => f.path)
    expect([...py[name]!.filters[MARCH_PY]!.files].sort()).toEqual(march.sort())
    expect(spark[name]!.filters[MARCH]!.files).toHaveLength(march.length)
    expect(spark[name]!.filters[MARCH]!.rows).toBe(py[name]!.filters[MARCH_PY]!.rows)
  }
})
