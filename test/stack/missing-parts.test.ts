import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import { status } from '../../src/platforms/status'
import { benchmark, generate, type RunResult } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { rawDir } from '../support/small-run'
import {
  filesConfig,
  overFiles,
  overServers,
  type SparkRunConfig,
  serversConfig,
  storeOf,
  useSpark,
} from './spark-runs'

const dir = tempDir()
const SECRET = 'a-secret-that-must-not-show-1234'
const nobody = 'http://127.0.0.1:9'

beforeAll(() => useSpark())
afterAll(() => useSpark())

/** The run leaves its record, says what is missing and where, and nothing ran. */
function expectMissing(run: RunResult, ...texts: (string | RegExp)[]): void {
  expect(run.error?.name).toBe('PrerequisiteError')
  for (const text of texts) expect(run.error!.message).toMatch(text)
  expect(run.metrics.status).toBe('failed')
  expect(run.metrics.pipeline_benchmark.stages.every(s => s.status === 'skipped')).toBe(true)
  const record = readFileSync(run.paths.metrics, 'utf8')
  expect(existsSync(run.paths.report)).toBe(true)
  expect(record + run.error!.message).not.toContain(SECRET)
}

const cases: Record<string, { config: SparkRunConfig; texts: (string | RegExp)[] }> = {
  'an S3 endpoint where nobody listens': {
    config: { s3: { endpoint: nobody } },
    texts: [nobody, /endpoint/],
  },
  'a wrong secret key': { config: { s3: { secret_key: SECRET } }, texts: [/127\.0\.0\.1/, /key/i] },
  'a bucket that is missing': {
    config: {
      s3: {
        create_buckets: false,
        buckets: { bronze: 'lbnone-b', silver: 'lbnone-s', gold: 'lbnone-g' },
      },
    },
    texts: [/lbnone-b/, /create_buckets/],
  },
  'a catalog that is missing': {
    config: { catalog: { uri: nobody } },
    texts: [/catalog at http:\/\/127\.0\.0\.1:9/, /architecture\.catalog\.uri/],
  },
  'a Trino that is missing': {
    config: { query: { url: nobody } },
    texts: [/Trino at http:\/\/127\.0\.0\.1:9/, /query_engine\.url/],
  },
  'a Trino without the catalog': {
    config: { query: { catalog: 'nowhere' } },
    texts: [/no catalog "nowhere"/, /lakehouse/],
  },
  'a jar folder that is missing': {
    config: { spark: { jars: '/nowhere/jars' } },
    texts: [/\/nowhere\/jars/],
  },
  'a Spark that is missing': {
    config: { spark: { home: '/nowhere/spark' } },
    texts: [/\/nowhere\/spark/],
  },
}

test.each(Object.entries(cases))('%s', async (_, { config, texts }) => {
  const run = await overServers(dir, 'lbmissing', config)
  expectMissing(run, ...texts)
})

test('raw data is generated where only the store is there', async () => {
  const nothing = {
    spark: { home: '/nowhere/spark' },
    catalog: { uri: nobody },
    query: { url: nobody },
  }
  const run = await generate(serversConfig('lbmissing', nothing), {
    outputDir: join(dir, 'output'),
    reject: false,
  })
  expect(run.error).toBeNull()
  expect(run.corpus?.files).toBeGreaterThan(0)
  expect(run.metrics.environment).toMatchObject({
    engine: null,
    query_engine: null,
    node_version: process.version,
  })
})

test('queries run over tables that are there, without the Spark that made them', async () => {
  const place = tempDir()
  expect((await overFiles(place, {}, { skipBenchmark: true })).error).toBeNull()
  const run = await benchmark(filesConfig(place, { spark: { home: '/nowhere/spark' } }), {
    outputDir: join(place, 'output'),
    reject: false,
  })
  expect(run.error).toBeNull()
  expect(run.metrics.benchmark?.queries.length).toBe(8)
})

test('status names each part, well or not', async () => {
  const well = await status(serversConfig('lbmissing'))
  expect(well.map(p => [p.part, p.healthy])).toEqual([
    ['store', true],
    ['catalog', true],
    ['spark', true],
    ['query engine', true],
  ])
  const ill = await status(
    serversConfig('lbmissing', { catalog: { uri: nobody }, query: { url: nobody } }),
  )
  expect(ill.map(p => p.healthy)).toEqual([true, false, true, false])
  expect(JSON.stringify(ill)).not.toContain('stacksecret')
})

test('a job that runs out of memory fails with the cause and the remedy; the table before it stays', async () => {
  const place = tempDir()
  const first = await overFiles(place, {}, { skipBenchmark: true })
  expect(first.error).toBeNull()
  const location = join(place, 'data/silver/warehouse/silver/customer_interactions_enriched')
  const before = await loadTable(location)
  await addHugePayloads(rawDir(place))
  const spark = { driver_memory: '512mb' }
  const run = await overFiles(place, { spark }, { generate: false, stage: 'silver-build' })
  expect(run.metrics.status).toBe('failed')
  expect(run.error!.message).toContain('java.lang.OutOfMemoryError: Java heap space')
  expect(run.error!.message).toContain('Raise platform.compute.spark.driver_memory')
  const after = await loadTable(location)
  expect(after!.snapshotId).toBe(before!.snapshotId)
  expect(existsSync(run.paths.metrics)).toBe(true)
})

/** A file of five rows whose payloads have 200 MB each: small on disk, more than a heap of 512 MB holds. */
async function addHugePayloads(raw: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const duck = await instance.connect()
  await duck.run(
    `COPY (SELECT * REPLACE (repeat('x', 200_000_000) AS interaction_payload) FROM '${raw}/*.parquet' LIMIT 5)
      TO '${join(raw, 'part-huge.parquet')}' (COMPRESSION zstd)`,
  )
  duck.closeSync()
  instance.closeSync()
}

test('a run that is aborted leaves the table before it, its record, and no process', async () => {
  const place = tempDir()
  expect((await overFiles(place, {}, { skipBenchmark: true })).error).toBeNull()
  const location = join(place, 'data/silver/warehouse/silver/customer_interactions_enriched')
  const before = await loadTable(location)
  const stop = new AbortController()
  const run = await overFiles(
    place,
    {},
    {
      generate: false,
      signal: stop.signal,
      on: { 'stage:start': e => e.stage === 'silver-build' && setTimeout(() => stop.abort(), 300) },
    },
  )
  expect(run.metrics.status).toBe('aborted')
  expect((await loadTable(location))!.snapshotId).toBe(before!.snapshotId)
})

afterAll(async () => {
  const store = await storeOf('lbmissing')
  for (const object of await store.list('')) await store.delete(object.key)
  store.close()
})
