import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import type { StrategyName } from '../../src/contracts/choices'
import { loadTable } from '../../src/iceberg/table'
import { tempDir } from '../support/fake-parts'
import { smallRun } from '../support/small-run'

const dir = tempDir()
/** 28 dates of two months, one of them hot: enough partitions to differ by, few enough to be quick. */
const TWO_MONTHS = { date_skew: 0.3, timestamp_start: '2024-01-18', timestamp_end: '2024-02-15' }

async function payloadDigest(): Promise<string> {
  const table = await loadTable(
    join(dir, 'data/silver/warehouse/silver/customer_interactions_enriched'),
  )
  const files = table!.files.map(f => `'${f.path}'`).join(', ')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const sql = `SELECT CAST(sum(hash(id, interaction_payload)) AS VARCHAR) FROM read_parquet([${files}], hive_partitioning = false)`
  return String((await connection.runAndReadAll(sql)).getRows()[0]![0])
}

test.each(['month', 'day', 'none'] as const)(
  'all four strategies write the same table, partitioned by %s',
  async silver_partitioning => {
    const fingerprints: Record<string, unknown> = {}
    for (const silver_strategy of ['simple', 'streaming', 'chunked', 'salted'] as StrategyName[]) {
      const run = await smallRun(
        dir,
        { pipeline: { silver_strategy, silver_partitioning }, datagen: TWO_MONTHS },
        { skipBenchmark: true },
      )
      expect(run.error, silver_strategy).toBeNull()
      const silver = run.metrics.jobs.find(j => j.job_name === 'silver-build')!
      expect(silver.strategy).toBe(silver_strategy)
      fingerprints[silver_strategy] = [
        silver.output_rows,
        silver.output_fingerprint,
        run.metrics.jobs.find(j => j.job_name === 'gold-finalize')!.output_fingerprint,
        // The table's fingerprint leaves out the payload for its cost; here it is looked at.
        await payloadDigest(),
      ]
    }
    const [first, ...others] = Object.values(fingerprints)
    for (const other of others) expect(other).toEqual(first)
  },
)

test('a skewed corpus chooses salted by itself when the threshold says so', async () => {
  const run = await smallRun(
    dir,
    { pipeline: { strategy_thresholds: { skew: 5 } }, datagen: TWO_MONTHS },
    { skipBenchmark: true },
  )
  const silver = run.metrics.jobs.find(j => j.job_name === 'silver-build')!
  expect(silver.strategy).toBe('salted')
  expect(silver.strategy_reason).toMatch(/hottest date/)
})
