import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import { type RunResult, runBatch, runContinuous } from '../../src/run'
import { RAW_PREFIX } from '../../src/workload/raw-columns'
import { tempDir } from '../support/fake-parts'
import { fingerprints } from '../support/short-window'
import { type OtherClock, storeWithOtherClock } from './other-clock'
import { removeBuckets } from './s3-buckets'
import { servers } from './servers'
import { copyRaw, s3Of, serversConfig, useSpark } from './spark-runs'
import {
  batches,
  CLOCK,
  pipeline,
  prepared,
  progressOf,
  recordOf,
  SECONDS,
  started,
} from './stream-runs'

const NAME = `lbstream${randomBytes(4).toString('hex')}`
const ROWS = 3600
const TABLES = {
  bronze: `${NAME}_bronze.raw`,
  silver: `${NAME}_silver.customer`,
  gold: `${NAME}_gold.dashboard`,
}
/** The same rows, whatever the length of the window. */
const datagenFor = (seconds: number) => ({ scale: 0.02, rows_per_second: ROWS / seconds })
const root = tempDir()
/** Seconds by which the store is behind. */
const BEHIND = 90
let store: OtherClock
let onServers: RunResult
/** Silver and gold of an undisturbed run. */
let expected: ReturnType<typeof fingerprints>

const BRONZE = 'bronze/warehouse/default/bronze_raw'
const SILVER = 'silver/warehouse/silver/customer_interactions_enriched'

async function rowsOf(dir: string, table: string): Promise<number> {
  const found = await loadTable(join(dir, 'data', table))
  return found?.files.reduce((sum, f) => sum + f.rows, 0) ?? 0
}

beforeAll(async () => {
  useSpark()
  store = await storeWithOtherClock(servers.s3().endpoint, -BEHIND)
  onServers = await runContinuous(
    serversConfig(NAME, {
      pipeline: pipeline() as never,
      datagen: datagenFor(SECONDS),
      tables: TABLES,
      s3: { endpoint: store.url },
    }),
    { outputDir: join(root, 'output'), reject: false },
  )
  expected = fingerprints(onServers)
})
afterAll(async () => {
  await store.stop()
  await removeBuckets(s3Of(NAME))
  for (const name of Object.values(TABLES)) {
    const [namespace, table] = name.split('.')
    await fetch(`${servers.catalog()}/v1/namespaces/${namespace}/tables/${table}`, {
      method: 'DELETE',
    })
    await fetch(`${servers.catalog()}/v1/namespaces/${namespace}`, { method: 'DELETE' })
  }
})

test('on S3, a REST catalog and Trino, three streams take everything through to gold, with rounds meanwhile', () => {
  expect(onServers.error).toBeNull()
  const { metrics } = onServers
  expect(metrics).toMatchObject({ status: 'succeeded', mode: 'continuous' })
  expect(metrics.continuous).toMatchObject({ drained: true, ended_by: 'duration', quarantined: [] })
  expect(metrics.continuous!.producer.produced_rows).toBe(ROWS)
  const [bronze, silver, gold] = metrics.streaming
  expect([bronze!.unique_rows_processed, silver!.unique_rows_processed]).toEqual([ROWS, ROWS])
  expect(bronze!.batches.map(b => b.batch)).toEqual(bronze!.batches.map((_, i) => i + 1))
  expect(bronze!.engine).toBe('spark')
  expect(metrics.benchmark_rounds.length).toBeGreaterThan(0)
  for (const round of metrics.benchmark_rounds) {
    expect(round).toMatchObject({ valid: true, invalid_reasons: [] })
    expect(round.metadata_flush).not.toBe('')
    expect(round.gold_freshness_seconds).toBeGreaterThan(0)
  }
  // When the newest data landed travels with it: no table is newer than its source.
  const newest = [bronze!, silver!, gold!].map(s => s.batches.at(-1)!.through!)
  expect(newest[1]).toBeCloseTo(newest[0]!, 0)
  expect(newest[2]).toBeCloseTo(newest[0]!, 0)
  const scores = metrics.pipeline_benchmark!.scores
  expect(scores.data_freshness_seconds).toBeGreaterThan(0)
  expect(scores.composite_qph).toBeGreaterThan(0)
  expect(scores.sustained_throughput_rps).toBeGreaterThan(0)
})

test('a store whose clock is 90 s behind makes nothing older or younger; by how much it is off is in the record', () => {
  const { metrics } = onServers
  const { window_seconds, landings } = metrics.continuous!
  expect(store.moved()).toBeGreaterThan(100)
  expect(landings.length).toBeGreaterThan(3)
  for (const { at, store_at } of landings)
    expect(Math.abs(store_at! - at + BEHIND)).toBeLessThan(30)
  const { scores } = metrics.pipeline_benchmark
  const { data_freshness_seconds, query_time_freshness_seconds } = scores
  for (const age of [data_freshness_seconds!, query_time_freshness_seconds!]) {
    expect(age).toBeGreaterThan(0)
    expect(age).toBeLessThanOrEqual(window_seconds)
  }
  for (const { at, through } of metrics.streaming.flatMap(s => s.batches))
    expect(through!).toBeLessThanOrEqual(at)
})

test('every table of the streams says of which run and corpus it is, and of which snapshot before', () => {
  const { run_id, tables, corpus, validity } = onServers.metrics
  const { bronze, silver, gold } = tables!
  for (const table of [bronze!, silver!, gold!])
    expect(table).toMatchObject({ run_id, corpus: corpus!.identity })
  expect([silver!.source_snapshot_id, gold!.source_snapshot_id]).toEqual([
    bronze!.rows_snapshot_id,
    silver!.rows_snapshot_id,
  ])
  const rules = [
    'tables-of-this-corpus',
    'tables-of-this-run',
    'silver-to-gold',
    'answers-agree',
    'found-what-was-planted',
  ]
  expect(validity.filter(v => rules.includes(v.rule)).map(v => [v.rule, v.passed])).toEqual(
    rules.map(rule => [rule, true]),
  )
})

test('the same files as one batch give equal silver and gold, on Spark and on the embedded engine', async () => {
  const options = { outputDir: join(root, 'output'), skipBenchmark: true, reject: false } as const
  const spark = await runBatch(
    serversConfig(NAME, { pipeline: CLOCK, datagen: datagenFor(SECONDS), tables: TABLES }),
    options,
  )
  expect(spark.error).toBeNull()
  expect(fingerprints(spark)).toEqual(expected)
  const storage = join(root, 'embedded')
  await copyRaw(NAME, storage)
  const embedded = await runBatch({ storage, architecture: { pipeline: CLOCK } }, options)
  expect(embedded.error).toBeNull()
  expect(fingerprints(embedded)).toEqual(expected)
})

test('killed with -9, lakebench at first and then its driver, its checkpoints lost, a resumed run gives the tables of an undisturbed one', async () => {
  const dir = prepared(root, 'killed', datagenFor(12), { run_duration: 12 })
  const first = started(dir)
  await batches(dir, 'silver-stream', 1)
  first.child.kill('SIGKILL')
  await first.ended
  const { run_id } = recordOf(dir)
  const second = started(dir, '--resume', run_id)
  await progressOf(dir, 2)
  await batches(dir, 'bronze-ingest', 2)
  process.kill((await progressOf(dir, 2)).process.pid, 'SIGKILL')
  const lost = await second.ended
  expect(lost.code).toBe(1)
  expect(lost.stderr).toMatch(/SIGKILL/)
  for (const layer of ['bronze', 'silver', 'gold'])
    rmSync(join(dir, 'data', layer, 'checkpoints', run_id), { recursive: true })
  const third = await started(dir, '--resume', run_id).ended
  expect(third.stderr).not.toMatch(/error/i)
  expect(third.code).toBe(0)
  const metrics = recordOf(dir)
  expect(metrics.status).toBe('succeeded')
  expect(metrics.continuous!.drained).toBe(true)
  expect(metrics.continuous!.resumed).toBeGreaterThan(0)
  expect(fingerprints({ metrics } as RunResult)).toEqual(expected)
  expect(await rowsOf(dir, BRONZE)).toBe(ROWS)
})

test('killed when everything was in the tables, its checkpoints lost, a resumed run drains on the first SIGINT', async () => {
  const dir = prepared(
    root,
    'nothing-new',
    { ...datagenFor(SECONDS), rows_per_second: 0 },
    { run_duration: 600 },
  )
  await copyRaw(NAME, join(dir, 'data'))
  const first = started(dir)
  await batches(dir, 'gold-refresh', 1)
  const { process: driver } = await progressOf(dir, 1)
  first.child.kill('SIGKILL')
  process.kill(driver.pid, 'SIGKILL')
  await first.ended
  const { run_id } = recordOf(dir)
  for (const layer of ['bronze', 'silver', 'gold'])
    rmSync(join(dir, 'data', layer, 'checkpoints', run_id), { recursive: true })
  const second = started(dir, '--resume', run_id)
  // Without checkpoints the tables are made anew.
  const silverRows = onServers.metrics.streaming[2]!.batches.at(-1)!.input_rows
  const idle = async () =>
    (await progressOf(dir, 2, 'gold-refresh')).empty_triggers > 0 &&
    (await rowsOf(dir, SILVER)) === silverRows
  while (!(await idle())) {
    if (second.child.exitCode !== null)
      throw new Error(`It ended by itself: ${(await second.ended).stderr}`)
    await sleep(100)
  }
  second.child.kill('SIGINT')
  const { code, stderr } = await second.ended
  expect(stderr).not.toMatch(/error/i)
  expect(code).toBe(130)
  expect(recordOf(dir).continuous).toMatchObject({ ended_by: 'interrupt' })
  // Nothing was taken twice.
  expect([await rowsOf(dir, BRONZE), await rowsOf(dir, SILVER)]).toEqual([ROWS, silverRows])
})

test('broken files are quarantined, and the others taken through to gold', async () => {
  const dir = prepared(
    root,
    'broken',
    { ...datagenFor(SECONDS), rows_per_second: 0 },
    { run_duration: 600 },
  )
  await copyRaw(NAME, join(dir, 'data'))
  const raw = join(dir, 'data', RAW_PREFIX)
  const good = readFileSync(join(raw, readdirSync(raw).sort()[0]!))
  const damaged = Buffer.from(good).fill(0xff, good.length >> 3, good.length >> 1)
  const put = (name: string, bytes: Buffer) => {
    writeFileSync(join(dir, 'part'), bytes)
    renameSync(join(dir, 'part'), join(raw, name))
  }
  put('zz no Parquet.parquet', Buffer.from('this is no Parquet file at all'))
  put('zz-cut.parquet', good.subarray(0, good.length >> 1))
  put('zz-damaged.parquet', damaged)
  // As a disk whose server has another clock tells it.
  const ahead = Date.now() / 1000 + 110
  for (const name of readdirSync(raw)) utimesSync(join(raw, name), ahead, ahead)
  const run = started(dir)
  await batches(dir, 'gold-refresh', 1)
  run.child.kill('SIGINT')
  expect((await run.ended).code).toBe(130)
  const { status, continuous, streaming, warnings } = recordOf(dir)
  expect(status).toBe('aborted')
  expect(continuous).toMatchObject({ ended_by: 'interrupt' })
  const names = continuous!.quarantined.map(q => q.file.replace(/.*\//, '')).sort()
  expect(names).toEqual(['zz no Parquet.parquet', 'zz-cut.parquet', 'zz-damaged.parquet'])
  for (const { file, reason } of continuous!.quarantined) {
    expect(reason).not.toBe('')
    expect(warnings.some(w => w.includes(file))).toBe(true)
  }
  expect(streaming.slice(0, 2).map(s => s.unique_rows_processed)).toEqual([ROWS, ROWS])
  for (const { at, through } of streaming.flatMap(s => s.batches))
    expect(through!).toBeLessThanOrEqual(at)
  for (const { at, store_at } of continuous!.landings.filter(l => l.store_at !== null))
    expect(store_at! - at).toBeGreaterThan(30)
})
