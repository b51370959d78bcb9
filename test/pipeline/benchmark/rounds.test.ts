import { expect, test } from 'vitest'
import { benchmarkRound, medianOfRounds } from '../../../src/pipeline/benchmark/benchmark-round'
import { deriveBenchmark } from '../../../src/results/derive/benchmark'
import { FakeQueryEngine } from '../../../src/testing/fakes'
import type { BenchmarkQuery } from '../../../src/workload/benchmark-queries'

const query = (name: string): BenchmarkQuery => ({
  name,
  display_name: `${name}_executive_dashboard`,
  class: name === 'Q9' ? 'operational' : 'scan',
  sql: `select ${name}`,
  fingerprint: response => JSON.stringify(response.rows),
})
const queries = [query('Q1'), query('Q9')]
const config = {
  mode: 'composite',
  streams: 4,
  cache: 'cold',
  iterations: 3,
  min_seconds: 1,
  classes: null,
  seed: 1,
} as const

/** A round in which gold is replaced under Q9 the first `failures` times that it is asked. */
async function round(failures: number, broken: string | null = null) {
  const waits: number[] = []
  let asked = 0
  const engine = new FakeQueryEngine(sql => {
    if (sql === broken) return { error: 'no such table' }
    if (sql === 'select Q9' && ++asked <= failures) return { error: 'a file of the table is gone' }
    return { engine_seconds: 1 }
  })
  const outcome = await benchmarkRound(engine, queries, config, {
    signal: new AbortController().signal,
    sleep: async ms => {
      waits.push(ms)
    },
  })
  return { engine, outcome, waits }
}

test('a round asks each query once, hot and alone, whatever the benchmark itself is to do, after a flush', async () => {
  const { engine, outcome, waits } = await round(0)
  expect(engine.asked).toEqual(['select Q1', 'select Q1', 'select Q9', 'select Q9'])
  expect(engine.flushes).toBe(1)
  expect(waits).toEqual([])
  expect(outcome).toMatchObject({ contention: false, retries: 0, retry_used: false })
  expect(outcome.metrics).toMatchObject({
    valid: true,
    mode: 'power',
    cache: 'hot',
    iterations: 1,
    qph: 3600,
  })
})

test.each([
  [1, [30_000]],
  [2, [30_000, 60_000]],
])(
  'contention of Q9 is seen by its id and tried again after 30 s and 60 s (%i failures)',
  async (failures, expected) => {
    const { engine, outcome, waits } = await round(failures)
    expect(waits).toEqual(expected)
    expect(engine.flushes).toBe(1 + expected.length)
    expect(outcome).toMatchObject({ contention: true, retries: expected.length, retry_used: true })
    // The later answer takes the place of the failed one, and QpH counts it.
    expect(outcome.metrics).toMatchObject({
      valid: true,
      invalid_reasons: [],
      qph: 3600,
      total_seconds: 2,
    })
    expect(outcome.metrics.class_qph).toEqual({ scan: 3600, operational: 3600 })
  },
)

test('a Q9 that fails three times leaves the round without a QpH', async () => {
  const { outcome, waits } = await round(3)
  expect(waits).toEqual([30_000, 60_000])
  expect(outcome).toMatchObject({ contention: true, retries: 2, retry_used: false })
  expect(outcome.metrics).toMatchObject({ valid: false, qph: null })
  expect(outcome.metrics.invalid_reasons).toEqual(['Q9: a file of the table is gone'])
})

test('another query that fails is no contention, and is not tried again', async () => {
  const { outcome, waits } = await round(0, 'select Q1')
  expect(waits).toEqual([])
  expect(outcome).toMatchObject({ contention: false })
  expect(outcome.metrics).toMatchObject({ valid: false, qph: null })
})

test('the benchmark of a run has the medians of its valid rounds; without one there is none', async () => {
  const ok = (await round(0)).outcome.metrics
  const queries = ok.queries.map(q => ({
    ...q,
    samples: q.samples.map(s => ({ ...s, engine_seconds: 3 })),
  }))
  const slower = deriveBenchmark({ ...ok, queries })
  expect(slower).toMatchObject({ qph: 1200, total_seconds: 6 })
  const failed = (await round(3)).outcome.metrics
  const all = medianOfRounds([ok, failed, slower])!
  expect(all).toMatchObject({ valid: true, qph: 2400, total_seconds: 4, iterations: 2 })
  // No QpH of power mode, where nothing runs beside a query.
  expect(all).toMatchObject({
    qph_kind: 'median-of-rounds',
    power_qph: null,
    composite_qph: null,
    qph_interval: null,
  })
  expect(medianOfRounds([ok, ok, slower, slower, ok])!.qph_interval).toEqual({
    low: 1200,
    high: 3600,
  })
  expect(all.queries.map(q => [q.engine_seconds, q.fingerprint])).toEqual([
    [2, null],
    [2, null],
  ])
  expect(medianOfRounds([failed])).toBeNull()
})
