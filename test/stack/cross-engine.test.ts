import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BenchmarkResult } from '../../src/pipeline/benchmark/benchmark-result'
import { QueryBenchmark } from '../../src/pipeline/benchmark/query-benchmark'
import { TrinoBenchmark } from '../../src/platforms/trino-benchmark'
import { benchmark, generate, openQueryEngine, type RunResult, runBatch } from '../../src/run'
import { defineQuery } from '../../src/workload/benchmark-queries'
import { tempDir } from '../support/fake-parts'
import { BRIEF, rawDir } from '../support/small-run'
import { servers } from './servers'
import {
  fingerprints,
  overFiles,
  overServers,
  serversConfig,
  storeOf,
  useSpark,
} from './spark-runs'

const GOLDEN = fileURLToPath(new URL('../golden/public/raw/customer/interactions', import.meta.url))
const document = (run: RunResult) => JSON.parse(readFileSync(run.paths.verification!, 'utf8'))

beforeAll(() => useSpark())

describe('one generated corpus', () => {
  const dir = tempDir()
  let embedded: RunResult
  let files: RunResult
  let onServers: RunResult

  beforeAll(async () => {
    const datagen = { scale: 0.002, file_size: '4mb' as const, workers: 1 }
    embedded = await runBatch(
      { storage: join(dir, 'embedded'), architecture: { workload: { datagen } } },
      { generate: true, outputDir: join(dir, 'output') },
    )
    files = await overFiles(dir)
    onServers = await overServers(dir, 'lbcross')
  })

  test('passes on Spark with files, and on Spark, S3, a REST catalog and Trino', () => {
    expect([files.error, onServers.error]).toEqual([null, null])
    expect([files, onServers].map(r => r.metrics.verdict)).toEqual(['PASSED', 'PASSED'])
    expect(onServers.metrics.environment).toMatchObject({
      engine: { name: 'spark' },
      query_engine: { name: 'trino' },
      catalog: 'rest',
    })
  })

  test('is one corpus, whatever it lies on', () => {
    const digests = [embedded, files, onServers].map(r => r.metrics.corpus!.digest)
    expect(new Set(digests).size).toBe(1)
  })

  test('gives equal silver and gold tables and equal answers to the eight queries', () => {
    const expected = fingerprints(embedded)
    expect(Object.keys(expected)).toHaveLength(10)
    expect(Object.values(expected)).not.toContain(null)
    expect(fingerprints(files)).toEqual(expected)
    expect(fingerprints(onServers)).toEqual(expected)
  })

  test('lies in tables whose own metadata is in the record, and lets a window of dates leave files unread', () => {
    for (const { metrics } of [files, onServers]) {
      expect(Object.keys(metrics.tables ?? {})).toEqual(['silver', 'gold'])
      for (const layer of ['silver', 'gold'] as const) {
        const { rows, partitioned_by, bytes, files: count } = metrics.tables![layer]!
        const own = embedded.metrics.tables![layer]!
        expect({ rows, partitioned_by }).toEqual({
          rows: own.rows,
          partitioned_by: own.partitioned_by,
        })
        expect([bytes > 0, count > 0]).toEqual([true, true])
      }
      expect(metrics.pruning!.map(p => p.query)).toEqual(
        embedded.metrics.pruning!.map(p => p.query),
      )
    }
    expect(JSON.stringify(files.metrics.environment)).toContain('iceberg-spark-runtime')
  })

  test('is verified with the same findings', () => {
    expect(document(files)).toEqual(document(embedded))
    expect(document(onServers)).toEqual(document(embedded))
  })

  test('is measured by each engine itself', () => {
    for (const run of [files, onServers]) {
      const silver = run.metrics.jobs.find(j => j.job_name === 'silver-build')!
      expect(silver).toMatchObject({
        engine: 'spark',
        executor_count: 1,
        input_rows: 4903,
        output_rows: 4812,
      })
      expect(silver.bytes_read!).toBeGreaterThan(0.9 * run.metrics.corpus!.bytes)
      expect(silver.cpu_seconds_used!).toBeGreaterThan(0)
      expect(silver.engine_seconds!).toBeLessThanOrEqual(silver.elapsed_seconds)
    }
    for (const query of onServers.metrics.benchmark!.queries) {
      const server = query.samples[0]!.server!
      expect(server.query_id).toMatch(/^\d{8}_/)
      expect(server.cpu_seconds!).toBeGreaterThanOrEqual(0)
      expect(server.physical_bytes!).toBeGreaterThan(0)
    }
  })

  test('gives equal answers to queries of one’s own', async () => {
    const own = [
      defineQuery({
        name: 'channels',
        sql: `SELECT channel, count(*) AS n, sum(transaction_amount) AS revenue, avg(engagement_score) AS engagement,
  max(event_timestamp) AS latest, min(interaction_date) AS first_day, count(*) > 100 AS many,
  sum(CAST(transaction_amount AS decimal(18, 2))) AS exact_revenue
FROM {silver} GROUP BY channel`,
        order_by: ['revenue desc', 'channel'],
      }),
      defineQuery({
        name: 'days',
        sql: 'SELECT interaction_date, daily_active_customers FROM {gold}',
      }),
    ]
    const engine = await openQueryEngine({ storage: join(dir, 'embedded') })
    try {
      const here = await new QueryBenchmark(engine, own).run(BRIEF)
      const there = await new TrinoBenchmark({
        url: servers.trino(),
        silver: 'lbcross_silver.customer',
        gold: 'lbcross_gold.dashboard',
        queries: own,
      }).run(BRIEF)
      expect(there.metrics.invalid_reasons).toEqual([])
      const answers = ({ metrics }: BenchmarkResult) =>
        metrics.queries.map(q => [q.name, q.rows_returned, q.fingerprint])
      expect(answers(there)).toEqual(answers(here))
    } finally {
      await engine.close()
    }
  })

  test('is asked again by TrinoBenchmark alone, with the same answers', async () => {
    const benchmark = new TrinoBenchmark({
      url: servers.trino(),
      silver: 'lbcross_silver.customer',
      gold: 'lbcross_gold.dashboard',
    })
    const result = await benchmark.run({ ...BRIEF, mode: 'composite', streams: 2 })
    expect(result.metrics.invalid_reasons).toEqual([])
    const answers = Object.fromEntries(result.metrics.queries.map(q => [q.name, q.fingerprint]))
    expect(fingerprints(embedded)).toMatchObject(answers)
    const table = result.toArrow()
    expect(table.numRows).toBe(24)
    expect(table.schema.fields.map(f => f.name)).toContain('server_elapsed_seconds')
  })

  test('is named by the tables of Spark, which Trino alone can tell as well', async () => {
    const { run_id, tables, corpus } = onServers.metrics
    expect(files.metrics.validity.filter(rule => !rule.passed)).toEqual([])
    for (const table of ['silver', 'gold'])
      expect(tables![table]).toMatchObject({ run_id, corpus: corpus!.digest })
    const options = { outputDir: join(dir, 'output'), reject: false } as const
    const queries = await benchmark(serversConfig('lbcross'), options)
    expect(queries.error).toBeNull()
    expect(queries.metrics.tables).toEqual(tables)
    expect(queries.metrics.verdict).toBe('PASSED')
    expect(queries.metrics.validity.find(v => v.rule === 'tables-of-this-run')!.detail).toContain(
      run_id,
    )
  })

  test('a second run replaces the tables, and only the newest snapshot stays', async () => {
    const store = await storeOf('lbcross')
    const before = await store.usage('silver/')
    const again = await overServers(dir, 'lbcross', {}, { generate: false, skipBenchmark: true })
    expect(again.error).toBeNull()
    const after = await store.usage('silver/')
    expect(Math.abs(after.bytes - before.bytes)).toBeLessThan(before.bytes / 4)
    expect((await store.list('bronze/_lakebench/jobs/')).length).toBe(0)
    store.close()
  })

  test('exchanged for another, it makes queries over the tables invalid', async () => {
    const options = { outputDir: join(dir, 'output'), reject: false } as const
    const other = serversConfig('lbcross', { datagen: { seed: 7 } })
    const made = await generate(other, options)
    expect(made.error).toBeNull()
    const queries = await benchmark(other, options)
    expect(queries.metrics.verdict).toBe('INVALID')
    const broken = queries.metrics.validity.filter(rule => !rule.passed).map(rule => rule.rule)
    expect(broken).toContain('tables-of-this-corpus')
  })
})

test('golden raw data of another generator gives the golden answers on Spark', async () => {
  const dir = tempDir()
  cpSync(GOLDEN, rawDir(dir), { recursive: true })
  cpSync(GOLDEN, join(dir, 'embedded/bronze/customer/interactions'), { recursive: true })
  const pipeline = { silver_partitioning: 'month' as const }
  const spark = await overFiles(dir, { pipeline }, { generate: false })
  const embedded = await runBatch(
    { storage: join(dir, 'embedded'), architecture: { pipeline } },
    { outputDir: join(dir, 'output') },
  )
  expect(spark.error).toBeNull()
  expect(spark.metrics.jobs.map(j => [j.job_name, j.output_rows])).toEqual([
    ['bronze-verify', null],
    ['silver-build', 9785],
    ['gold-finalize', 90],
  ])
  expect(fingerprints(spark)).toEqual(fingerprints(embedded))
  expect(document(spark)).toEqual(document(embedded))
})

test('Spark 3.5 gives the same tables and answers', async () => {
  const dir = tempDir()
  const old = servers.oldSpark()
  useSpark(old)
  const run = await overFiles(dir, { spark: { jars: old.jars } })
  useSpark()
  const embedded = await runBatch(
    {
      storage: join(dir, 'embedded'),
      architecture: { workload: { datagen: { scale: 0.002, file_size: '4mb', workers: 1 } } },
    },
    { generate: true, outputDir: join(dir, 'output') },
  )
  expect(run.error).toBeNull()
  expect((run.metrics.environment as { engine: { version: string } }).engine.version).toMatch(
    /^3\.5\./,
  )
  expect(fingerprints(run)).toEqual(fingerprints(embedded))
})
