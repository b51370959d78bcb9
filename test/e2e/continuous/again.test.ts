import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, PrerequisiteError } from '../../../src/contracts/errors'
import { loadTable } from '../../../src/lakehouse/iceberg/table'
import { runBatch } from '../../../src/presets'
import { abTest } from '../../../src/series-runs'
import { tempDir } from '../../support/fake-parts'
import { fingerprints, wholeRun, windowConfig, windowRun } from '../../support/short-window'

const quick = { skipBenchmark: true }
const snapshots = async (dir: string) =>
  Promise.all(
    ['bronze/warehouse/default/bronze_raw', 'silver/warehouse/silver/customer_interactions_enriched'].map(
      async table => (await loadTable(join(dir, 'data', table)))?.snapshotId,
    ),
  )

test('an equal run makes its raw files anew and gives the same tables; one over other raw data is refused, and nothing is touched', async () => {
  const dir = tempDir()
  const first = await wholeRun(() => windowRun(dir, { continuous: { run_duration: 4 } }, quick))
  const again = await wholeRun(() => windowRun(dir, { continuous: { run_duration: 4 } }, quick))
  expect([first.error, again.error]).toEqual([null, null])
  expect(fingerprints(again)).toEqual(fingerprints(first))
  expect(fingerprints(first)).not.toContain(null)
  // Taken in after they were made again: what lay there was gone before a stream looked.
  const { continuous, streaming } = again.metrics
  expect(streaming[0]!.unique_rows_processed).toBe(continuous!.producer.produced_rows)
  expect(Math.min(...streaming[0]!.batches.map(b => b.through!))).toBeGreaterThanOrEqual(0)

  const before = await snapshots(dir)
  const other = await windowRun(dir, { continuous: { run_duration: 6 } }, quick)
  expect(other.error).toBeInstanceOf(PrerequisiteError)
  expect(other.metrics.error_message).toContain('--regenerate')
  expect(await snapshots(dir)).toEqual(before)

  const anew = await wholeRun(() => windowRun(dir, { continuous: { run_duration: 6 } }, { ...quick, regenerate: true }))
  expect(anew.error).toBeNull()
  expect(anew.metrics.streaming[0]!.unique_rows_processed).toBe(1800)
})

test('what compares batch runs refuses a continuous config before anything runs', async () => {
  const config = windowConfig(tempDir())
  await expect(runBatch(config)).rejects.toThrow(ConfigError)
  await expect(abTest([config, config], { rounds: 2 })).rejects.toThrow(/architecture\.pipeline\.mode.*continuous/)
})
