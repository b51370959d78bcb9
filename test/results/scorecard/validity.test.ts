import { describe, expect, it } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { assess, judge } from '../../../src/results/scorecard/judge'
import type { Rule } from '../../../src/results/scorecard/rule'
import { Scorecard } from '../../../src/results/scorecard/scorecard'
import { benchmark, corpus, query, record, withJob, withoutJobs } from './records'

const GIB = 2 ** 30
const unmet = (metrics: RunMetrics) =>
  assess(metrics)
    .validity.filter(r => !r.passed)
    .map(r => r.rule)
const stage = (name: string, status: 'failed' | 'skipped'): RunMetrics => {
  const base = record()
  const stages = base.pipeline_benchmark.stages.map(s =>
    s.stage_name === name ? { ...s, status } : s,
  )
  return { ...base, pipeline_benchmark: { ...base.pipeline_benchmark, stages } }
}

describe('queries without rows', () => {
  const answering = (name: string, rows_returned: number, overrides: Partial<RunMetrics> = {}) => ({
    ...record(),
    benchmark: { ...benchmark(), queries: [query(name, { rows_returned })] },
    ...overrides,
  })
  it('are invalid where the generated corpus must give some', () => {
    const metrics = answering('Q3', 0)
    expect(assess(metrics).verdict).toBe('INVALID')
    expect(unmet(metrics)).toEqual(['queries-with-rows'])
    expect(unmet(answering('Q3', 1))).toEqual([])
  })
  it('are no fault of foreign data, tiny corpora, windows, and the query that few customers leave empty', () => {
    expect(unmet(answering('Q3', 0, { corpus: { ...corpus(), kind: 'foreign' } }))).toEqual([])
    expect(unmet(answering('Q3', 0, { corpus: { ...corpus(), rows: 10 } }))).not.toContain(
      'queries-with-rows',
    )
    expect(unmet(answering('Q4', 0))).toEqual([])
    expect(unmet(answering('Q3', 0, { mode: 'continuous' }))).not.toContain('queries-with-rows')
  })
})

describe('a sound run', () => {
  it('passes every rule, each with a detail', () => {
    const { verdict, validity } = assess(record())
    expect(verdict).toBe('PASSED')
    expect(validity.map(r => r.rule)).toEqual([
      'stages-succeeded',
      'benchmark-valid',
      'scale-ratio',
      'corpus-as-generated',
      'bronze-rows',
      'silver-rows',
      'gold-rows',
      'queries-with-rows',
      'clock-order',
    ])
    expect(validity.every(r => r.passed && r.detail !== '')).toBe(true)
  })

  it('is judged by the rules that apply: generation alone, queries alone', () => {
    const rules = (metrics: RunMetrics) => assess(metrics).validity.map(r => r.rule)
    const generation = withoutJobs(['bronze-verify', 'silver-build', 'gold-finalize', 'benchmark'])
    expect(rules({ ...generation, benchmark: null })).toEqual([
      'stages-succeeded',
      'scale-ratio',
      'corpus-as-generated',
      'clock-order',
    ])
    const queries = withoutJobs(['datagen', 'bronze-verify', 'silver-build', 'gold-finalize'])
    expect(rules({ ...queries, corpus: null })).toEqual([
      'stages-succeeded',
      'benchmark-valid',
      'clock-order',
    ])
    expect(assess(queries).verdict).toBe('PASSED')
  })
})

describe('rules', () => {
  it.each([
    [0.9499, false],
    [0.95, true],
    [1.05, true],
    [1.0501, false],
  ])('scale-ratio %d: %s', (ratio, passed) => {
    const run = record({ corpus: corpus({ scale: 1, bytes: ratio * 10 * GIB }) })
    expect(unmet(run)).toEqual(passed ? [] : ['scale-ratio'])
    expect(assess(run).verdict).toBe(passed ? 'PASSED' : 'INVALID')
  })

  it('scale-ratio is not asked of foreign data', () => {
    const foreign = corpus({ kind: 'foreign', scale: null, bytes: 1 })
    expect(unmet(record({ corpus: foreign }))).toEqual([])
  })

  it('corpus-as-generated: no file has other bytes than the generator wrote', () => {
    const changed_files = [
      'part-000001.parquet: the file has the right size, but other bytes than the generator wrote',
    ]
    expect(unmet(record({ corpus: corpus({ changed_files }) }))).toEqual(['corpus-as-generated'])
  })

  it('bronze-rows: what was read is what was generated', () => {
    expect(unmet(record({ corpus: corpus({ rows: 100_001 }) }))).toEqual(['bronze-rows'])
    expect(unmet(record({ corpus: corpus({ rows: null }) }))).toEqual([])
  })

  it.each([
    [0, false],
    [1, true],
    [100_000, true],
    [100_001, false],
  ])('silver-rows: %d of 100,000 is %s', (rows, passed) => {
    expect(unmet(withJob('silver-build', { output_rows: rows }))).toEqual(
      passed ? [] : ['silver-rows'],
    )
  })

  it.each([
    [366, true],
    [365, false],
    [367, false],
    [0, false],
  ])('gold-rows: %d for 366 dates is %s', (rows, passed) => {
    expect(unmet(withJob('gold-finalize', { output_rows: rows }))).toEqual(
      passed ? [] : ['gold-rows'],
    )
  })

  it('gold-rows: allows a date that the filter emptied where dates are thin', () => {
    const thin = (rows: number, gold: number, skew = 1) => {
      let run = record({ corpus: corpus({ rows }) })
      run = withJob('bronze-verify', { input_rows: rows, measurements: { dates: 366, skew } }, run)
      run = withJob('silver-build', { output_rows: rows }, run)
      return unmet(withJob('gold-finalize', { output_rows: gold }, run))
    }
    expect(thin(2_500, 365)).toEqual([])
    expect(thin(2_500, 367)).toEqual(['gold-rows'])
    expect(thin(100_000, 365)).toEqual(['gold-rows'])
    expect(thin(100_000, 365, 360)).toEqual([])
  })

  it('gold-rows: foreign data may have one group without a date', () => {
    const foreign = record({ corpus: corpus({ kind: 'foreign', scale: null }) })
    expect(unmet(withJob('gold-finalize', { output_rows: 367 }, foreign))).toEqual([])
    expect(unmet(withJob('gold-finalize', { output_rows: 368 }, foreign))).toEqual(['gold-rows'])
  })

  it('clock-order: backwards, overlapping, or moved clocks', () => {
    expect(unmet(withJob('silver-build', { start_time: '2026-01-01T12:01:45.000Z' }))).toEqual([
      'clock-order',
    ])
    expect(unmet(record({ end_time: '2026-01-01T11:00:00.000Z' }))).toEqual(['clock-order'])
    expect(unmet(withJob('gold-finalize', { elapsed_seconds: 6.9 }))).toEqual(['clock-order'])
    expect(unmet(withJob('gold-finalize', { elapsed_seconds: 7.1 }))).toEqual([])
    expect(unmet(withJob('silver-build', { end_time: 'yesterday' }))).toEqual(['clock-order'])
  })
})

describe('verdict', () => {
  it('is INTERRUPTED for an aborted run, even where something failed', () => {
    expect(assess({ ...stage('silver-build', 'failed'), status: 'aborted' }).verdict).toBe(
      'INTERRUPTED',
    )
  })

  it('is FAILED for a failed stage, job, run or benchmark', () => {
    expect(assess(stage('silver-build', 'failed')).verdict).toBe('FAILED')
    expect(assess(stage('gold-finalize', 'skipped')).verdict).toBe('FAILED')
    expect(assess(withJob('gold-finalize', { success: false })).verdict).toBe('FAILED')
    expect(assess(record({ status: 'failed' })).verdict).toBe('FAILED')
    const invalid = benchmark({ valid: false, qph: null, invalid_reasons: ['Q1 failed: no table'] })
    expect(assess(record({ benchmark: invalid })).verdict).toBe('FAILED')
    expect(assess(record({ benchmark: benchmark({ qph: null }) })).verdict).toBe('FAILED')
    const lying = benchmark({ queries: [query('Q1'), query('Q2', { success: false })] })
    expect(assess(record({ benchmark: lying })).verdict).toBe('FAILED')
  })

  it('is not what the record claims', () => {
    expect(assess(record({ verdict: 'PASSED', corpus: corpus({ bytes: 1 }) })).verdict).toBe(
      'INVALID',
    )
  })
})

describe('own rules', () => {
  const least: Rule = {
    rule: 'least-qph',
    check: ({ benchmark }) =>
      benchmark ? { passed: benchmark.qph! > 10_000, detail: `QpH ${benchmark.qph}` } : null,
  }

  it('are checked after the built-in ones and count', () => {
    const card = new Scorecard(record(), { rules: [least] })
    expect(card.validity.at(-1)).toEqual({ rule: 'least-qph', passed: false, detail: 'QpH 7200' })
    expect(card.verdict).toBe('INVALID')
    expect(new Scorecard(record({ benchmark: null }), { rules: [least] }).verdict).toBe('PASSED')
  })

  it('that throw are not met', () => {
    const broken: Rule = {
      rule: 'broken',
      check: () => {
        throw new Error('oops')
      },
    }
    expect(assess(record(), { rules: [broken] }).validity.at(-1)).toEqual({
      rule: 'broken',
      passed: false,
      detail: 'the rule threw: oops',
    })
  })

  it('of the run’s own time stay in the record', () => {
    const judged = judge(record(), { rules: [least] })
    expect(new Scorecard(judged).verdict).toBe('INVALID')
    expect(judge(judged).validity).toEqual([...judged.validity])
  })
})

describe('judge', () => {
  it('fills in scores, rules and verdict, and leaves its input alone', () => {
    const before = record({ verdict: 'FAILED' })
    const copy = structuredClone(before)
    const after = judge(before)
    expect(before).toEqual(copy)
    expect(after.verdict).toBe('PASSED')
    expect(after.validity).toHaveLength(9)
    expect(after.pipeline_benchmark.scores).toMatchObject({
      time_to_value_seconds: 80,
      total_elapsed_seconds: 179,
      datagen_seconds: 100,
      total_data_processed_gb: 8,
      pipeline_throughput_gb_per_second: 0.1,
      total_core_hours: 0.0433,
      compute_efficiency_gb_per_core_hour: 184.6154,
      scale_ratio: 1,
      composite_qph: 7200,
    })
    expect(after.pipeline_benchmark.stages).toEqual(before.pipeline_benchmark.stages)
  })

  it('gives the same again', () => {
    const once = judge(record())
    expect(judge(once)).toEqual(once)
    expect(new Scorecard(once).scores).toEqual(once.pipeline_benchmark.scores)
  })
})
