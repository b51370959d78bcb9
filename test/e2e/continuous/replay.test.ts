import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTable } from '../../../src/iceberg/table'
import { runBatch } from '../../../src/run'
import { tempDir } from '../../support/fake-parts'
import { fingerprints, wholeRun, windowConfig, windowRun } from '../../support/short-window'

const SILVER = 'data/silver/warehouse/silver/customer_interactions_enriched'

test('with event_clock: replay a batch touches few dates, and the whole is that of one batch over the same files', async () => {
  const dir = tempDir()
  const datagen = { event_clock: 'replay', timestamp_end: '2024-04-01' }
  const input = { datagen, pipeline: { silver_partitioning: 'day' } }
  const run = await wholeRun(() => windowRun(dir, input, { skipBenchmark: true }))
  expect(run.error).toBeNull()
  expect(run.metrics.corpus!.parameters).toMatchObject({ event_clock: 'replay' })
  const silver = run.metrics.streaming[1]!
  expect(silver.batches.length).toBeGreaterThan(2)
  // Day by day a batch has a file a date: a part of the 91, and the days before that late rows belong to.
  for (const batch of silver.batches) {
    const share = batch.input_rows / silver.unique_rows_processed!
    expect(batch.files).toBeLessThanOrEqual(Math.ceil(share * 91) + 5)
  }
  const { files } = (await loadTable(join(dir, SILVER)))!
  expect(files.reduce((sum, f) => sum + f.rows, 0)).toBeGreaterThan(0)

  const { architecture, platform } = windowConfig(dir, input)
  const { continuous: _, mode: __, ...pipeline } = architecture!.pipeline!
  const batch = await runBatch({ platform, architecture: { pipeline } } as never, {
    outputDir: join(dir, 'batch'),
    skipBenchmark: true,
    reject: false,
  })
  expect(batch.error).toBeNull()
  expect(fingerprints(batch)).toEqual(fingerprints(run))
})
