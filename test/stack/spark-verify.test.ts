import { cpSync, readFileSync, renameSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import type { Verification } from '../../src/contracts/jobs'
import { type RunResult, runBatch } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { rawDir } from '../support/small-run'
import { overFiles, useSpark } from './spark-runs'

const GOLDEN = fileURLToPath(new URL('../golden/public/raw/customer/interactions', import.meta.url))
const dir = tempDir()
let duck: DuckDBConnection

beforeAll(async () => {
  useSpark()
  duck = await (await DuckDBInstance.create(':memory:')).connect()
})

const found = (run: RunResult): Verification =>
  JSON.parse(readFileSync(run.paths.verification!, 'utf8'))
const breaks = (run: RunResult) =>
  found(run)
    .breaks.map(({ file, column, problem }) => [file.split('/').at(-1), column, problem])
    .sort((a, b) => String(a).localeCompare(String(b)))

test('files that break the schema are named with their columns, as the embedded engine names them', async () => {
  const raw = rawDir(dir)
  cpSync(GOLDEN, raw, { recursive: true })
  const rewrite = (part: number, select: string) =>
    duck.run(
      `COPY (SELECT ${select} FROM '${GOLDEN}/part-00000${part}.parquet') TO '${raw}/part-00000${part}.parquet'`,
    )
  await rewrite(0, "* EXCLUDE (channel), 1 AS surplus, 'x' AS also")
  await rewrite(1, "* REPLACE ('much' AS transaction_amount)")
  truncateSync(join(raw, 'part-000002.parquet'), 5000)
  cpSync(join(dir, 'data'), join(dir, 'embedded'), { recursive: true })

  const spark = await overFiles(dir, {}, { generate: false, stage: 'bronze-verify' })
  const embedded = await runBatch(
    { storage: join(dir, 'embedded') },
    { outputDir: join(dir, 'output'), stage: 'bronze-verify', reject: false },
  )
  expect(spark.metrics.status).toBe('failed')
  expect(breaks(spark)).toEqual([
    ['part-000000.parquet', 'channel', 'missing-column'],
    ['part-000001.parquet', 'transaction_amount', 'wrong-type'],
    ['part-000002.parquet', null, 'unreadable'],
  ])
  expect(breaks(spark)).toEqual(breaks(embedded))
  expect(found(spark).extra_columns).toEqual(found(embedded).extra_columns)
  expect(found(spark).rows).toBeNull()
})

test('a file is taken by its name, whatever characters that has', async () => {
  const place = tempDir()
  const raw = rawDir(place)
  cpSync(GOLDEN, raw, { recursive: true })
  renameSync(join(raw, 'part-000000.parquet'), join(raw, 'part [0-9]{a,b} *?\\ %20.parquet'))
  const spark = await overFiles(place, {}, { generate: false, stage: 'bronze-verify' })
  expect(spark.error).toBeNull()
  expect(found(spark).rows).toBe(
    (await duck.runAndReadAll(`SELECT count(*)::INT FROM '${GOLDEN}/*.parquet'`)).getRows()[0]![0],
  )
})

test('columns of another width are cast, and the findings are those of the embedded engine', async () => {
  const place = tempDir()
  const raw = rawDir(place)
  cpSync(GOLDEN, raw, { recursive: true })
  await duck.run(
    `COPY (SELECT * REPLACE (CAST(page_views AS BIGINT) AS page_views, CAST(event_timestamp AS TIMESTAMPTZ) AS event_timestamp)
      FROM '${GOLDEN}/part-000003.parquet') TO '${raw}/part-000003.parquet'`,
  )
  cpSync(join(place, 'data'), join(place, 'embedded'), { recursive: true })
  const spark = await overFiles(place, {}, { generate: false, skipBenchmark: true })
  const embedded = await runBatch(
    { storage: join(place, 'embedded') },
    { outputDir: join(place, 'output'), skipBenchmark: true },
  )
  expect(spark.error).toBeNull()
  expect(found(spark)).toEqual(found(embedded))
  const prints = (run: RunResult) => run.metrics.jobs.map(j => j.output_fingerprint)
  expect(prints(spark)).toEqual(prints(embedded))
})
