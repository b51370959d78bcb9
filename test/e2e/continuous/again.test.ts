import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from '../../../src/contracts/errors'
import { runBatch } from '../../../src/run'
import { abTest } from '../../../src/run-series'
import { tempDir } from '../../support/fake-parts'
import { fingerprints, wholeRun, windowConfig, windowRun } from '../../support/short-window'

const quick = { skipBenchmark: true }

test('an equal run makes its raw files anew and gives the same tables; one of another length makes its own beside them', async () => {
  const dir = tempDir()
  const first = await wholeRun(() => windowRun(dir, { continuous: { run_duration: 4 } }, quick))
  writeFileSync(join(dir, 'data/bronze/customer/interactions/notes.txt'), 'not a raw file')
  const again = await wholeRun(() => windowRun(dir, { continuous: { run_duration: 4 } }, quick))
  expect([first.error, again.error]).toEqual([null, null])
  expect(again.metrics.warnings).toContain(
    'bronze/customer/interactions/notes.txt is not named *.parquet, so nothing reads it.',
  )
  expect(fingerprints(again)).toEqual(fingerprints(first))
  expect(fingerprints(first)).not.toContain(null)
  // Taken in after they were made again: what lay there was gone before a stream looked.
  const { continuous, streaming } = again.metrics
  expect(streaming[0]!.unique_rows_processed).toBe(continuous!.producer.produced_rows)
  expect(Math.min(...streaming[0]!.batches.map(b => b.through!))).toBeGreaterThanOrEqual(0)

  const other = await wholeRun(() => windowRun(dir, { continuous: { run_duration: 6 } }, quick))
  expect(other.error).toBeNull()
  expect(other.metrics.streaming[0]!.unique_rows_processed).toBe(1800)
  expect(other.metrics.corpus!.prefix).toMatch(/^bronze\/corpora\//)
  expect(first.metrics.corpus!.prefix).toBe('bronze/customer/interactions/')
  const [a, b] = [first, again].map(run => run.metrics.corpus)
  expect(a).toEqual(b)
})

test('what compares batch runs refuses a continuous config before anything runs', async () => {
  const config = windowConfig(tempDir())
  await expect(runBatch(config)).rejects.toThrow(ConfigError)
  await expect(abTest([config, config], { rounds: 2 })).rejects.toThrow(
    /architecture\.pipeline\.mode.*continuous/,
  )
})
