import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { estimateCost } from '../../../src/results/scorecard/cost'
import { record } from './records'

const priced = (prices: Record<string, unknown>, change: Partial<RunMetrics> = {}): RunMetrics => ({
  ...record(change),
  config_snapshot: { platform: { prices: { currency: 'EUR', ...prices } } },
})

test('without a price nothing is estimated', () => {
  expect(estimateCost(record())).toBeNull()
  expect(
    estimateCost(priced({ core_hour: null, memory_gib_hour: null, storage_gib_month: null })),
  ).toBeNull()
  expect(
    estimateCost({ ...record(), config_snapshot: { platform: { prices: 'nonsense' } } }),
  ).toBeNull()
})

test('cores and memory count for as long as a job holds them', () => {
  const run = priced({ core_hour: 0.05, memory_gib_hour: 0.01 })
  const cost = estimateCost(run)!
  const silver = run.jobs.find(job => job.job_name === 'silver-build')!
  const hours = silver.elapsed_seconds / 3600
  const expected =
    silver.executor_count! * silver.executor_cores! * hours * 0.05 +
    silver.memory_gb_requested! * hours * 0.01
  expect(cost.jobs.find(job => job.job_name === 'silver-build')!.cost).toBeCloseTo(expected, 12)
  expect(cost.compute).toBeCloseTo(
    cost.jobs.reduce((sum, job) => sum + job.cost, 0),
    12,
  )
  expect(cost.jobs.map(job => job.job_name)).toEqual([
    'bronze-verify',
    'silver-build',
    'gold-finalize',
  ])
  expect(cost).toMatchObject({ storage_month: null, unpriced: [], prices: { currency: 'EUR' } })
})

test('storage is every layer for a month, and a job of unknown size is named', () => {
  const run = priced({ storage_gib_month: 0.02 })
  const layers =
    run.corpus!.bytes / 2 ** 30 +
    run.jobs.reduce(
      (sum, job) => sum + (job.job_type === 'batch' ? (job.output_size_gb ?? 0) : 0),
      0,
    )
  const cost = estimateCost(run)!
  expect(cost.storage_month).toBeCloseTo(layers * 0.02, 12)
  expect(cost.compute).toBeNull()
  expect(cost.unpriced).toEqual(['bronze-verify', 'silver-build', 'gold-finalize'])
})
