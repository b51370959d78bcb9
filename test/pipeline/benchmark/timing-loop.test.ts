import { expect, test } from 'vitest'
import {
  QueryBenchmark,
  type QueryBenchmarkOptions,
} from '../../../src/pipeline/benchmark/query-benchmark'
import { runFacts } from '../../../src/results/compare/run-facts'
import { headlineMetrics } from '../../../src/results/compare/timed-metrics'
import { FakeQueryEngine } from '../../../src/testing/fakes'
import type { BenchmarkQuery } from '../../../src/workload/benchmark-queries'
import { record } from '../../results/scorecard/records'

const query = (name: string, klass = 'scan'): BenchmarkQuery => ({
  name,
  display_name: name,
  class: klass,
  sql: `select ${name}`,
  fingerprint: response => JSON.stringify(response.rows),
})
const queries = [query('Q1'), query('Q2', 'filter_prune')]
const power: QueryBenchmarkOptions = {
  mode: 'power',
  streams: 4,
  cache: 'hot',
  iterations: 1,
  min_seconds: 0,
  classes: null,
  seed: 1,
}

test('power, hot: each query once unmeasured, then its iterations; QpH counts engine time', async () => {
  const engine = new FakeQueryEngine(sql => ({ engine_seconds: sql === 'select Q1' ? 1 : 3 }))
  const { metrics: result } = await new QueryBenchmark(engine, queries).run({
    ...power,
    iterations: 2,
  })
  expect(engine.asked).toEqual([
    'select Q1',
    'select Q1',
    'select Q1',
    'select Q2',
    'select Q2',
    'select Q2',
  ])
  expect(result).toMatchObject({
    valid: true,
    total_seconds: 4,
    qph: (2 / 4) * 3600,
    warmup_runs: 1,
    cache_proof: null,
  })
  expect(result.class_qph).toEqual({ scan: 3600, filter_prune: 1200 })
})

test('a query time is the median of its iterations', async () => {
  const times = [9, 1, 5, 2] // the first is the warm-up
  const engine = new FakeQueryEngine((_, call) => ({ engine_seconds: times[call - 1]! }))
  const { metrics: result } = await new QueryBenchmark(engine, [queries[0]!]).run({
    ...power,
    iterations: 3,
  })
  expect(result.queries[0]).toMatchObject({ engine_seconds: 2, elapsed_seconds: 2 })
  expect(result.queries[0]!.samples.map(s => s.engine_seconds)).toEqual([1, 5, 2])
})

test('a failed query makes the benchmark invalid: no QpH, the reason named', async () => {
  const engine = new FakeQueryEngine(sql =>
    sql === 'select Q2' ? { error: 'no such column' } : {},
  )
  const { metrics: result } = await new QueryBenchmark(engine, queries).run(power)
  expect(result).toMatchObject({
    valid: false,
    qph: null,
    power_qph: null,
    invalid_reasons: ['Q2: no such column'],
  })
  expect(result.class_qph).toMatchObject({ filter_prune: null })
  expect(result.queries[1]).toMatchObject({
    success: false,
    engine_seconds: null,
    fingerprint: null,
  })
})

test('an answer that changes between executions is no answer', async () => {
  const engine = new FakeQueryEngine((_, call) => ({ rows: [[call]] }))
  const { metrics: result } = await new QueryBenchmark(engine, [queries[0]!]).run({
    ...power,
    iterations: 2,
  })
  expect(result.invalid_reasons).toEqual(['Q1: its answer differed between executions'])
})

test('cold: a flush before every execution; where one is not proven there is no cold QpH, and why', async () => {
  const engine = new FakeQueryEngine(() => ({}))
  const { metrics: result } = await new QueryBenchmark(engine, queries).run({
    ...power,
    cache: 'cold',
  })
  expect(engine.flushes).toBe(2)
  expect(engine.asked).toHaveLength(2)
  expect(result.cache_proof).toEqual({ proven: false, detail: 'a fake has no cache' })
  expect(result).toMatchObject({
    valid: true,
    qph: null,
    power_qph: null,
    class_qph: null,
    qph_kind: null,
  })
  expect(result.qph_reason).toBe('cold is not proven: a fake has no cache')
  expect(result.queries[0]!.engine_seconds).toBe(0.001)
})

test('throughput: every stream runs the whole set in its own seeded order', async () => {
  const eight = Array.from({ length: 8 }, (_, i) => query(`Q${i}`))
  const run = async (seed: number) =>
    (
      await new QueryBenchmark(new FakeQueryEngine(() => ({})), eight).run({
        ...power,
        mode: 'throughput',
        streams: 3,
        seed,
      })
    ).metrics
  const [a, again, b] = [await run(7), await run(7), await run(8)]
  expect(a.stream_orders).toHaveLength(3)
  for (const order of a.stream_orders)
    expect([...order].sort()).toEqual(eight.map(q => q.name).sort())
  expect(again.stream_orders).toEqual(a.stream_orders)
  expect(b.stream_orders).not.toEqual(a.stream_orders)
  expect(a.queries.every(q => q.samples.length === 3)).toBe(true)
  expect(a.qph).toBeGreaterThan(0)
})

test('an abort ends the loop', async () => {
  const controller = new AbortController()
  const engine = new FakeQueryEngine(() => {
    controller.abort()
    return {}
  })
  await expect(
    new QueryBenchmark(engine, queries).run({ ...power, signal: controller.signal }),
  ).rejects.toThrow()
  expect(engine.asked).toHaveLength(1)
})

test('power: a query is measured at least so many times and for so long, whichever is more', async () => {
  const counts = async (engine_seconds: number, more: Partial<QueryBenchmarkOptions>) => {
    const engine = new FakeQueryEngine(() => ({ engine_seconds }))
    const { metrics: result } = await new QueryBenchmark(engine, [queries[0]!]).run({
      ...power,
      ...more,
    })
    return result.queries[0]!.samples.length
  }
  const defaults = { iterations: 5, min_seconds: 1 }
  expect(await counts(0.125, defaults)).toBe(8)
  expect(await counts(30, defaults)).toBe(5)
  expect(await counts(30, { iterations: 1, min_seconds: 1 })).toBe(1)
  expect(await counts(0.125, { iterations: 5, min_seconds: 0 })).toBe(5)
  // A query shorter than the clock can see would be asked for ever.
  expect(await counts(0, defaults)).toBe(1000)
})

test('a pause is one sample: it neither moves the median nor ends the measuring, and it is counted', async () => {
  const engine = new FakeQueryEngine((_, call) => ({
    engine_seconds: call === 3 ? 5 : 0.05 + (call % 3) / 1000,
  }))
  const { metrics: result } = await new QueryBenchmark(engine, queries).run({
    ...power,
    iterations: 5,
    min_seconds: 1,
  })
  const [q1] = result.queries
  expect(q1!.engine_seconds).toBeCloseTo(0.051, 3)
  expect(q1!.samples.length).toBeGreaterThanOrEqual(19)
  expect(q1).toMatchObject({ outliers: 1 })
  expect(result).toMatchObject({ outliers: 1, valid: true })
  expect(result.qph!).toBeGreaterThan(65_000)
  expect(result.qph_interval!.low).toBeGreaterThan(65_000)
})

test('the interval holds the value, is the same for the same seed, and is not claimed of fewer than five samples', async () => {
  const run = async (more: Partial<QueryBenchmarkOptions>) => {
    const engine = new FakeQueryEngine((_, call) => ({
      engine_seconds: 0.1 + ((call * 7) % 11) / 100,
    }))
    return (await new QueryBenchmark(engine, queries).run({ ...power, iterations: 20, ...more }))
      .metrics
  }
  const [a, again] = [await run({}), await run({})]
  expect(again.qph_interval).toEqual(a.qph_interval)
  expect(a.qph_interval!.low).toBeLessThan(a.qph!)
  expect(a.qph_interval!.high).toBeGreaterThan(a.qph!)
  for (const { interval_seconds: interval, engine_seconds } of a.queries) {
    expect(interval!.low).toBeLessThanOrEqual(engine_seconds!)
    expect(interval!.high).toBeGreaterThanOrEqual(engine_seconds!)
  }
  expect(await run({ iterations: 4 })).toMatchObject({
    qph_interval: null,
    queries: [{ interval_seconds: null }, {}],
  })
})

test('each kind has its own name: composite only where both were run, classes only where queries ran alone', async () => {
  const run = async (mode: QueryBenchmarkOptions['mode']) =>
    (
      await new QueryBenchmark(new FakeQueryEngine(() => ({ engine_seconds: 2 })), queries).run({
        ...power,
        mode,
      })
    ).metrics
  const [alone, streams, both] = [
    await run('power'),
    await run('throughput'),
    await run('composite'),
  ]
  expect(alone).toMatchObject({
    qph_kind: 'power',
    power_qph: 1800,
    throughput_qph: null,
    composite_qph: null,
  })
  expect(alone).toMatchObject({
    qph: 1800,
    class_qph: { scan: 1800, filter_prune: 1800 },
    too_short_to_rank: false,
  })
  expect(streams).toMatchObject({
    qph_kind: 'throughput',
    power_qph: null,
    composite_qph: null,
    class_qph: null,
  })
  expect(streams.qph).toBe(streams.throughput_qph)
  expect(streams.qph_interval).toBeNull()
  expect(both).toMatchObject({ qph_kind: 'composite', power_qph: 1800, qph: both.composite_qph })
  expect(both.qph).toBeCloseTo(Math.sqrt(both.power_qph! * both.throughput_qph!), 6)
})

test('a part of the queries has no QpH, and says so; their times stand', async () => {
  const engine = new FakeQueryEngine(() => ({ engine_seconds: 2 }))
  const { metrics: result } = await new QueryBenchmark(engine, queries).run({
    ...power,
    mode: 'composite',
    classes: ['scan'],
  })
  expect(result).toMatchObject({
    valid: true,
    qph: null,
    qph_kind: null,
    power_qph: null,
    throughput_qph: null,
  })
  expect(result).toMatchObject({
    composite_qph: null,
    qph_reason: 'only 1 of 2 queries were asked; QpH is of all',
  })
  expect(result.queries).toMatchObject([{ engine_seconds: 2 }])
  const all = { ...power, classes: ['scan', 'filter_prune'] as const }
  expect((await new QueryBenchmark(engine, queries).run(all)).metrics).toMatchObject({
    qph: 1800,
    qph_reason: null,
  })
})

test('the geometric mean is the one that comparisons use', async () => {
  const engine = new FakeQueryEngine(sql => ({ engine_seconds: sql === 'select Q1' ? 1 : 4 }))
  const { metrics } = await new QueryBenchmark(engine, queries).run(power)
  expect(metrics.geometric_mean_seconds).toBeCloseTo(2, 12)
  const facts = runFacts(record({ benchmark: metrics }))
  const [headline] = headlineMetrics([facts])
  expect(headline!.of(facts).seconds).toBe(metrics.geometric_mean_seconds)
})
