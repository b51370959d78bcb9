import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCORES } from '../../../src/results/scorecard/score-table'
import { computeScores, roundScore, roundScores } from '../../../src/results/scorecard/scores'
import { benchmark, corpus, job, record, withJob, withoutJobs } from './records'

const GIB = 2 ** 30

describe('computeScores', () => {
  it('follows the formulas, by hand', () => {
    const scores = computeScores(record())
    expect(scores.time_to_value_seconds).toBe(80) // 100 → 180, the two idle seconds included, generation not
    expect(scores.datagen_seconds).toBe(100)
    expect(scores.total_elapsed_seconds).toBe(179) // 100 + 10 + 60 + 8 + 1
    expect(scores.total_data_processed_gb).toBe(8) // 1 + 5 + 2
    expect(scores.pipeline_throughput_gb_per_second).toBe(0.1) // 8 / 80
    expect(scores.total_core_hours).toBeCloseTo(156 / 3600, 12) // 2 × (10 + 60 + 8)
    expect(scores.compute_efficiency_gb_per_core_hour).toBeCloseTo(8 / (156 / 3600), 9)
    expect(scores.scale_ratio).toBe(1) // 5 GiB / (10 GiB × 0.5)
    expect(scores.composite_qph).toBe(7200)
  })

  it('counts executors where there are some', () => {
    const run = withJob('silver-build', { executor_count: 8, executor_cores: 4 })
    expect(computeScores(run).total_core_hours).toBeCloseTo((20 + 8 * 4 * 60 + 16) / 3600, 12)
  })

  it('leaves custom stages out of data and core hours', () => {
    const custom = job('row-check', 170, 1, {
      job_type: 'custom',
      bytes_read: null,
      executor_count: null,
    })
    const run = record()
    expect(computeScores({ ...run, jobs: [...run.jobs, custom] })).toEqual(computeScores(run))
  })

  it.each(['bronze-verify', 'silver-build', 'gold-finalize'])(
    'knows no data volume where %s does not',
    name => {
      const scores = computeScores(withJob(name, { bytes_read: null }))
      expect(scores.total_data_processed_gb).toBeNull()
      expect(scores.pipeline_throughput_gb_per_second).toBeNull()
      expect(scores.compute_efficiency_gb_per_core_hour).toBeNull()
      expect(scores.time_to_value_seconds).toBe(80)
    },
  )

  it('has no time to value without a successful start and end', () => {
    expect(computeScores(withoutJobs(['bronze-verify'])).time_to_value_seconds).toBeNull()
    expect(computeScores(withoutJobs(['gold-finalize'])).time_to_value_seconds).toBeNull()
    expect(
      computeScores(withJob('gold-finalize', { success: false })).time_to_value_seconds,
    ).toBeNull()
  })

  it('has none over a pause between a run and its resumption', () => {
    const resumed = record({ resumed: 1 })
    expect(computeScores(resumed).time_to_value_seconds).toBeNull()
    expect(computeScores(resumed).pipeline_throughput_gb_per_second).toBeNull()
  })

  it('has a scale ratio for generated data only', () => {
    expect(computeScores(record({ corpus: null })).scale_ratio).toBeNull()
    expect(
      computeScores(record({ corpus: corpus({ kind: 'foreign', scale: null }) })).scale_ratio,
    ).toBeNull()
    expect(computeScores(record({ corpus: corpus({ bytes: 6 * GIB }) })).scale_ratio).toBe(1.2)
  })

  it('has no QpH of an invalid benchmark, whatever it says', () => {
    expect(
      computeScores(record({ benchmark: benchmark({ valid: false, qph: 5 }) })).composite_qph,
    ).toBeNull()
    expect(computeScores(record({ benchmark: null })).composite_qph).toBeNull()
  })

  it('of nothing is nothing', () => {
    const empty = record({ jobs: [], corpus: null, benchmark: null })
    const scores = computeScores({
      ...empty,
      pipeline_benchmark: { ...empty.pipeline_benchmark, stages: [] },
    })
    expect(Object.values(scores).every(value => value === null)).toBe(true)
  })

  it('keeps its ratios: throughput × time and efficiency × core hours are the data', () => {
    const gib = fc.integer({ min: 1, max: 2 ** 40 })
    const seconds = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(gib, gib, gib, seconds, (a, b, c, elapsed) => {
        let run = withJob('bronze-verify', { bytes_read: a })
        run = withJob('silver-build', { bytes_read: b, elapsed_seconds: elapsed }, run)
        run = withJob('gold-finalize', { bytes_read: c }, run)
        const s = computeScores(run)
        const data = (a + b + c) / GIB
        expect(s.total_data_processed_gb).toBeCloseTo(data, 9)
        expect(s.pipeline_throughput_gb_per_second! * s.time_to_value_seconds!).toBeCloseTo(data, 6)
        expect(s.compute_efficiency_gb_per_core_hour! * s.total_core_hours!).toBeCloseTo(data, 6)
      }),
    )
  })
})

describe('rounding', () => {
  const info = (name: string) => SCORES.find(score => score.name === name)!

  it.each([
    ['time_to_value_seconds', 12.3456, 12.35],
    ['composite_qph', 1950.26, 1950.3],
    ['total_data_processed_gb', 8.12345, 8.123],
    ['pipeline_throughput_gb_per_second', 0.123456, 0.1235],
    ['total_core_hours', 1.005001, 1.01],
    ['compute_efficiency_gb_per_core_hour', 184.615384, 184.6154],
    ['scale_ratio', 1.00049, 1],
    ['total_core_hours', 0.00123456, 0.00123],
    ['pipeline_throughput_gb_per_second', 0.0000098765, 0.00000988],
    ['total_core_hours', 0, 0],
  ])('%s of %d is %d', (name, value, rounded) =>
    expect(roundScore(info(name), value)).toBe(rounded),
  )

  it('never turns something into nothing, and stays within half of the last digit', () => {
    const value = fc.double({ min: 1e-12, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(fc.constantFrom(...SCORES), value, (score, v) => {
        const rounded = roundScore(score, v)
        expect(rounded).toBeGreaterThan(0)
        expect(Math.abs(rounded - v)).toBeLessThanOrEqual(
          Math.max(0.5 * 10 ** -score.decimals, v * 0.0051) + v * 1e-12,
        )
      }),
    )
  })

  it('covers every score, and can be repeated', () => {
    const scores = computeScores(record())
    expect(SCORES.map(score => score.name).sort()).toEqual(Object.keys(scores).sort())
    expect(roundScores(roundScores(scores))).toEqual(roundScores(scores))
  })
})
