import { afterAll, beforeAll, expect, test } from 'vitest'
import { BenchmarkMetricsSchema } from '../../src/contracts/benchmark-metrics'
import { TrinoBenchmark, type TrinoBenchmarkOptions } from '../../src/platforms/trino-benchmark'
import { TRINO } from '../../src/workload/dialects/trino'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { renderGold, renderSilver } from '../../src/workload/render'
import { BRIEF } from '../support/small-run'
import { oddRows, rowSql } from '../workload/odd-values'
import { servers } from './servers'
import { CATALOG, makeSchema, type TrinoSchema } from './trino-schema'

let schema: TrinoSchema
const table = (name: string) => `${CATALOG}.${schema.name}.${name}`
const benchmark = (more: Partial<TrinoBenchmarkOptions> = {}) =>
  new TrinoBenchmark({
    url: servers.trino(),
    catalog: CATALOG,
    silver: `${schema.name}.silver`,
    gold: `${schema.name}.gold`,
    ...more,
  })

beforeAll(async () => {
  schema = await makeSchema('lb_benchmark')
  await schema.run(
    `CREATE TABLE ${table('raw')} (${RAW_COLUMNS.map(c => `${c.name} ${TRINO.typeName(c.type)}`).join(', ')})`,
  )
  // The odd rows' amounts would make every sum NaN; a benchmark wants ordinary ones too.
  const rows = oddRows().slice(0, 150)
  await schema.run(
    `INSERT INTO ${table('raw')} VALUES ${rows.map(row => rowSql(TRINO, row)).join(',\n')}`,
  )
  const context = { dataClock: '2025-01-01', processedAt: '2026-01-02T03:04:05.678901Z' }
  await schema.run(
    `CREATE TABLE ${table('silver')} AS ${renderSilver(TRINO, context, { source: table('raw') })}`,
  )
  await schema.run(
    `CREATE TABLE ${table('gold')} AS ${renderGold(TRINO, { source: table('silver') })}`,
  )
})
afterAll(() => schema?.drop())

test('a power run: every query answered twice alike, with the server’s own account', async () => {
  const events: string[] = []
  const result = await benchmark().run({
    iterations: 2,
    min_seconds: 0,
    on: {
      'query:start': e => events.push(`start ${e.query}`),
      'query:end': e => events.push(`${e.status} ${e.query}`),
    },
  })
  const { metrics } = result
  expect(BenchmarkMetricsSchema.parse(metrics)).toEqual(metrics)
  expect(metrics).toMatchObject({
    engine: 'trino',
    mode: 'power',
    cache: 'hot',
    valid: true,
    invalid_reasons: [],
    streams: 1,
  })
  expect(metrics.queries.map(q => q.name)).toEqual(['Q1', 'Q2', 'Q4', 'Q3', 'Q7', 'Q5', 'Q6', 'Q9'])
  expect(result.qph).toBeGreaterThan(0)
  expect(events).toHaveLength(32)
  expect(events.filter(e => e.startsWith('succeeded'))).toHaveLength(16)
  for (const query of metrics.queries) {
    expect(query.fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(query.bytes_read).toBeGreaterThan(0)
    expect(query.samples).toHaveLength(2)
    for (const { server, engine_seconds } of query.samples) {
      expect(server!.elapsed_seconds).toBe(engine_seconds)
      expect(server!.planning_seconds).toBeGreaterThan(0)
    }
  }
  const arrow = result.toArrow()
  expect(arrow.numRows).toBe(16)
  expect(arrow.schema.fields.map(f => f.name)).toEqual(
    expect.arrayContaining([
      'query_id',
      'server_elapsed_seconds',
      'cpu_seconds',
      'queued_seconds',
      'planning_seconds',
      'processed_bytes',
      'physical_bytes',
      'peak_memory_bytes',
    ]),
  )
  expect(new Set([...arrow.getChild('query_id')!]).size).toBe(16)
  expect([...arrow.getChild('physical_bytes')!].every(v => v > 0)).toBe(true)
})

test('a composite run, cold, of two queries: what is not proven is said, and there is no QpH', async () => {
  const { metrics } = await benchmark().run({
    ...BRIEF,
    mode: 'composite',
    streams: 2,
    cache: 'cold',
    seed: 7,
    classes: ['scan', 'operational'],
  })
  expect(metrics).toMatchObject({
    valid: true,
    mode: 'composite',
    streams: 2,
    cache_proof: { proven: false },
  })
  expect(metrics.cache_proof!.detail).toMatch(/has no system\.flush_metadata_cache/)
  expect(metrics.queries.map(q => [q.name, q.samples.length])).toEqual([
    ['Q1', 3],
    ['Q9', 3],
  ])
  expect(metrics.stream_orders).toHaveLength(2)
  expect(metrics).toMatchObject({
    qph: null,
    qph_reason: expect.stringMatching(/^only 2 of 8 queries/),
  })
})

test('a query that fails makes it invalid, with the reason of Trino', async () => {
  const result = await benchmark({ gold: `${schema.name}.nothing` }).run(BRIEF)
  expect(result.qph).toBeNull()
  expect(result.metrics.valid).toBe(false)
  expect(result.metrics.invalid_reasons).toEqual([
    expect.stringMatching(/^Q9: Trino at http.*TABLE_NOT_FOUND.*Check architecture\.tables/),
  ])
  expect(result.toArrow().numRows).toBe(8)
})

test('an abort rejects with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const running = benchmark().run({
    iterations: 50,
    signal: controller.signal,
    on: { 'query:end': () => controller.abort(reason) },
  })
  await expect(running).rejects.toBe(reason)
})

test('options that make no sense are refused, all at once', async () => {
  await expect(
    benchmark().run({ streams: 0, iterations: 1.5, mode: 'fast' as 'power' }),
  ).rejects.toMatchObject({
    name: 'ConfigError',
    issues: [{ path: 'mode' }, { path: 'streams' }, { path: 'iterations' }],
  })
  await expect(benchmark({ url: 'http://127.0.0.1:1' }).run()).rejects.toMatchObject({
    name: 'PrerequisiteError',
  })
})

test('it says which Trino it measures', async () => {
  expect(await benchmark().describe()).toMatchObject({
    name: 'trino',
    version: '476',
    details: { catalog: CATALOG },
  })
})
