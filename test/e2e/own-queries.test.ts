import { beforeAll, expect, test } from 'vitest'
import { QueryBenchmark } from '../../src/pipeline/benchmark/query-benchmark'
import { openQueryEngine, runBatch } from '../../src/run'
import { defineQuery } from '../../src/workload/benchmark-queries'
import { tempDir } from '../support/fake-parts'
import { BRIEF, smallConfig, smallRun } from '../support/small-run'

const dir = tempDir()
const channels = defineQuery({
  name: 'revenue_by_channel',
  sql: 'SELECT channel, count(*) AS n, sum(transaction_amount) AS revenue FROM {silver} GROUP BY channel',
  order_by: ['revenue desc', 'channel'],
  class: 'mine',
})
const days = defineQuery({
  name: 'days',
  sql: { duckdb: 'SELECT count(*) AS n, max(interaction_date) AS last FROM {gold}' },
})

beforeAll(async () => {
  await smallRun(dir, {}, { reject: true, skipBenchmark: true })
})

test('own queries are timed over the tables that lie there, with answers that can be compared', async () => {
  const engine = await openQueryEngine(smallConfig(dir))
  try {
    const benchmark = new QueryBenchmark(engine, [channels, days])
    const result = await benchmark.run({ iterations: 2, min_seconds: 0 })
    expect(result.metrics).toMatchObject({
      valid: true,
      mode: 'power',
      queries_in_set: 2,
      queries: [
        { name: 'revenue_by_channel', class: 'mine', success: true, samples: [{}, {}] },
        { name: 'days', class: 'own', rows_returned: 1, success: true },
      ],
    })
    expect(result.qph).toBeGreaterThan(0)
    const again = await new QueryBenchmark(engine, [channels]).run(BRIEF)
    expect(again.metrics.queries[0]!.fingerprint).toBe(result.metrics.queries[0]!.fingerprint)
    const some = await benchmark.run({ ...BRIEF, classes: ['mine'] })
    expect(some.metrics.queries.map(q => q.name)).toEqual(['revenue_by_channel'])
    expect((await new QueryBenchmark(engine).run(BRIEF)).metrics.queries).toHaveLength(8)
  } finally {
    await engine.close()
  }
})

test('whoever has the engine open holds the storage; closing lets go of it', async () => {
  const engine = await openQueryEngine(smallConfig(dir))
  const run = () => runBatch(smallConfig(dir), { skipBenchmark: true, outputDir: `${dir}/output` })
  await expect(run()).rejects.toThrow(/held|in use|another/i)
  await engine.close()
  expect((await run()).metrics.status).toBe('succeeded')
})

test('a query that fails is a result with the engine’s words', async () => {
  const engine = await openQueryEngine(smallConfig(dir))
  try {
    const wrong = defineQuery({ name: 'wrong', sql: 'SELECT no_such_column FROM {silver}' })
    const { qph, metrics } = await new QueryBenchmark(engine, [wrong, channels]).run(BRIEF)
    expect(qph).toBeNull()
    expect(metrics.invalid_reasons.join()).toMatch(/wrong.*no_such_column/)
  } finally {
    await engine.close()
  }
})

test('a config without a query engine, queries of one name, and a missing dialect are told before anything runs', async () => {
  const none = { ...smallConfig(dir), architecture: { query_engine: { type: 'none' } } } as const
  await expect(openQueryEngine(none)).rejects.toThrow(/architecture\.query_engine\.type: is none/)
  const engine = await openQueryEngine(smallConfig(dir))
  try {
    expect(() => new QueryBenchmark(engine, [days, days])).toThrow(/days: is the name of two/)
    const elsewhere = defineQuery({ name: 'elsewhere', sql: { trino: 'SELECT 1 AS n' } })
    expect(() => new QueryBenchmark(engine, [elsewhere])).toThrow(/sql\.duckdb: is needed/)
  } finally {
    await engine.close()
  }
})
