import { expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { smallRun } from '../support/small-run'

const dir = tempDir()

test('the record has the tables’ own layout, and what the window of a query leaves unread', async () => {
  const { metrics } = await smallRun(dir, { pipeline: { silver_partitioning: 'month' } })
  expect(metrics.warnings.filter(text => text.includes('layout'))).toEqual([])
  const silver = metrics.jobs.find(job => job.job_name === 'silver-build')!
  expect(metrics.tables!.silver).toMatchObject({
    snapshot_id: silver.measurements.snapshot_id,
    files: silver.output_files,
    rows: silver.output_rows,
    partitioned_by: 'month(interaction_date)',
    partitions: 12,
  })
  expect(metrics.tables!.gold).toMatchObject({ partitioned_by: 'month(interaction_date)' })
  const [q2, ...others] = metrics.pruning!
  expect(others).toEqual([])
  // January to March, of twelve months of one file each.
  expect(q2).toMatchObject({ query: 'Q2', table: 'silver', files: 12, files_needed: 3 })
  expect(q2!.bytes_needed / q2!.bytes).toBeCloseTo(91 / 366, 1)
})
