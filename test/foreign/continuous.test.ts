import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { windowRun } from '../support/short-window'
import { readWithPyIceberg } from './readers'

test('tables that streams appended to, rewrote and expired are read by PyIceberg, row for row', async () => {
  const dir = tempDir()
  const run = await windowRun(
    dir,
    { continuous: { run_duration: 14 }, pipeline: { silver_partitioning: 'month' } },
    { skipBenchmark: true },
  )
  expect(run.error).toBeNull()
  const { streaming } = run.metrics
  expect(streaming[0]!.compactions.count).toBeGreaterThan(0)
  expect(streaming[0]!.expired_files).toBeGreaterThan(0)
  const location = (role: string, name: string) =>
    join(dir, 'data', role, 'warehouse', ...name.split('.'))
  const tables = {
    bronze: 'default.bronze_raw',
    silver: 'silver.customer_interactions_enriched',
    gold: 'gold.customer_executive_dashboard',
  }
  const read = await readWithPyIceberg(
    Object.entries(tables).map(([role, name]) => ({
      name,
      location: location(role, name),
      filters: [],
    })),
  )
  const written = (i: number) => streaming[i]!.batches.reduce((sum, b) => sum + b.output_rows, 0)
  expect(read[tables.bronze]!.rows).toBe(written(0))
  expect(read[tables.silver]!.rows).toBe(written(1))
  expect(read[tables.gold]!.rows).toBe(streaming[2]!.batches.at(-1)!.output_rows)
  expect(read[tables.bronze]!.schema).toHaveLength(43)
})
