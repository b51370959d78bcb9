import { expect, test } from 'vitest'
import { type BenchmarkQuery, QueryBenchmark, type QueryBenchmarkOptions } from '../../src/benchmark/query-benchmark'
import { FakeQueryEngine } from '../../src/testing/fake-query-engine'

const query = (name: string, klass = 'scan'): BenchmarkQuery => ({
  name,
  display_name: name,
  class: klass,
  sql: `select ${name}`,
  fingerprint: response => JSON.stringify(response.rows),
})
const queries = [query('Q1'), query('Q2', 'filter_prune')]
const power: QueryBenchmarkOptions = { mode: 'power', streams: 4, cache: 'hot', iterations: 1, classes: null, seed: 1 }

test('power, hot: each query once unmeasured, then its iterations; QpH counts engine time', async () => {
  const engine = new FakeQueryEngine(sql => ({ engine_seconds: sql === 'select Q1' ? 1 : 3 }))
  const result = await new QueryBenchmark(engine, queries).run({ ...power, iterations: 2 })
  expect(engine.asked).toEqual(['select Q1', 'select Q1', 'select Q1', 'select Q2', 'select Q2', 'select Q2'])
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
  const result = await new QueryBenchmark(engine, [queries[0]!]).run({ ...power, iterations: 3 })
  expect(result.queries[0]).toMatchObject({ engine_seconds: 2, elapsed_seconds: 2 })
  expect(result.queries[0]!.samples.map(s => s.engine_seconds)).toEqual([1, 5, 2])
})

test('a failed query makes the benchmark invalid: no QpH, the reason named', async () => {
  const engine = new FakeQueryEngine(sql => (sql === 'select Q2' ? { error: 'no such column' } : {}))
  const result = await new QueryBenchmark(engine, queries).run(power)
  expect(result).toMatchObject({ valid: false, qph: null, power_qph: null, invalid_reasons: ['Q2: no such column'] })
  expect(result.class_qph).toMatchObject({ filter_prune: null })
  expect(result.queries[1]).toMatchObject({ success: false, engine_seconds: null, fingerprint: null })
})

test('an answer that changes between executions is no answer', async () => {
  const engine = new FakeQueryEngine((_, call) => ({ rows: [[call]] }))
  const result = await new QueryBenchmark(engine, [queries[0]!]).run({ ...power, iterations: 2 })
  expect(result.invalid_reasons).toEqual(['Q1: its answer differed between executions'])
})

test('cold: a flush before every execution, and an unproven one is said', async () => {
  const engine = new FakeQueryEngine(() => ({}))
  const result = await new QueryBenchmark(engine, queries).run({ ...power, cache: 'cold' })
  expect(engine.flushes).toBe(2)
  expect(engine.asked).toHaveLength(2)
  expect(result.cache_proof).toEqual({ proven: false, detail: 'a fake has no cache' })
})

test('throughput: every stream runs the whole set in its own seeded order', async () => {
  const eight = Array.from({ length: 8 }, (_, i) => query(`Q${i}`))
  const run = (seed: number) =>
    new QueryBenchmark(new FakeQueryEngine(() => ({})), eight).run({ ...power, mode: 'throughput', streams: 3, seed })
  const [a, again, b] = [await run(7), await run(7), await run(8)]
  expect(a.stream_orders).toHaveLength(3)
  for (const order of a.stream_orders) expect([...order].sort()).toEqual(eight.map(q => q.name).sort())
  expect(again.stream_orders).toEqual(a.stream_orders)
  expect(b.stream_orders).not.toEqual(a.stream_orders)
  expect(a.queries.every(q => q.samples.length === 3)).toBe(true)
  expect(a.qph).toBeGreaterThan(0)
})

test('composite is the geometric mean of both; only the chosen classes run', async () => {
  const result = await new QueryBenchmark(new FakeQueryEngine(() => ({})), queries).run({
    ...power,
    mode: 'composite',
    classes: ['scan'],
  })
  expect(result.queries.map(q => q.name)).toEqual(['Q1'])
  expect(result.qph).toBeCloseTo(Math.sqrt(result.power_qph! * result.throughput_qph!), 6)
})

test('an abort ends the loop', async () => {
  const controller = new AbortController()
  const engine = new FakeQueryEngine(() => {
    controller.abort()
    return {}
  })
  await expect(new QueryBenchmark(engine, queries).run({ ...power, signal: controller.signal })).rejects.toThrow()
  expect(engine.asked).toHaveLength(1)
})
