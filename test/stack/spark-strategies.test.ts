import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import type { RunResult } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { fingerprints, overFiles, useSpark } from './spark-runs'

const STRATEGIES = ['simple', 'streaming', 'chunked', 'salted'] as const
const dir = tempDir()
const runs = new Map<string, RunResult>()
const bounds = new Map<string, number>()
const largest = new Map<string, number>()
/** Half of all rows on one date, months as partitions. */
const datagen = { date_skew: 0.5, scale: 0.004 }

beforeAll(async () => {
  useSpark()
  for (const silver_strategy of STRATEGIES) {
    const pipeline = { silver_strategy, silver_partitioning: 'month' as const }
    runs.set(silver_strategy, await overFiles(dir, { pipeline, datagen }))
    const table = await loadTable(
      join(dir, 'data/silver/warehouse/silver/customer_interactions_enriched'),
    )
    bounds.set(silver_strategy, table!.files.length)
    largest.set(silver_strategy, Math.max(...table!.files.map(f => f.rows)))
  }
})

const silver = (name: string) =>
  runs.get(name)!.metrics.jobs.find(j => j.job_name === 'silver-build')!

test.each(STRATEGIES)('%s passes, and is what was carried out', name => {
  expect(runs.get(name)!.error).toBeNull()
  expect(silver(name)).toMatchObject({ strategy: name, success: true })
})

test('all four write the same tables, and the answers are the same', () => {
  const all = STRATEGIES.map(name => fingerprints(runs.get(name)!))
  for (const prints of all) expect(prints).toEqual(all[0])
  expect(all[0]!['silver-build']).toMatch(/^[0-9a-f]{32}$/)
})

test('simple writes one file a partition; salted several for the hot one', () => {
  expect(bounds.get('simple')).toBe(12)
  expect(bounds.get('salted')!).toBeGreaterThan(12)
})

// What the longest task writes, in rows: seconds of so small a corpus are mostly those of a cold JVM.
test('salted cuts what the longest task of the skewed corpus writes', () => {
  expect(largest.get('salted')!).toBeLessThan(largest.get('simple')! / 2)
  expect(silver('salted').measurements.longest_task_seconds).toBeGreaterThan(0)
})
