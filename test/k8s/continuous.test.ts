import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunResult, runBatch, runContinuous } from '../../src/run'
import { removeBuckets } from '../stack/s3-buckets'
import { copyRaw, s3Of } from '../stack/spark-runs'
import { tempDir } from '../support/fake-parts'
import { fingerprints } from '../support/short-window'
import { eventually, kubeconfig, kubectl, leftovers } from './cluster'
import { presetConfig } from './preset-config'

const CALM = `lbcalm${Date.now().toString(36)}`
const LOST = `lblost${Date.now().toString(36)}`
/** Three drivers and three executors begin at once, on two cores. */
const SECONDS = 150
const ROWS = 1800
/** What a batch finds by itself on a corpus with rows on every date. */
const CLOCK = { data_clock: '2025-01-01' }

const config = (name: string, seconds: number) =>
  presetConfig(name, {
    // The same rows, whatever the length of the window.
    datagen: { scale: 0.02, rows_per_second: ROWS / seconds, file_size: '4mb', workers: 1 },
    pipeline: {
      mode: 'continuous',
      ...CLOCK,
      continuous: {
        profile: 'short',
        run_duration: seconds,
        bronze_trigger_interval: 10,
        silver_trigger_interval: 12,
        gold_refresh_interval: 15,
        benchmark_warmup: 15,
        benchmark_interval: 15,
      },
    },
  })

const states = (run: RunResult) =>
  readFileSync(run.paths.events, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(e => e.event === 'job:state')

const driverOf = (stream: string) =>
  eventually(
    `the driver of ${stream}`,
    async () =>
      (await kubectl(
        'get',
        'pods',
        ...['-l', `lakebench.io/job=${stream},spark-role=driver`],
        ...['--field-selector', 'status.phase=Running', '-o', 'name'],
      )) || null,
    300,
  )

const dir = tempDir()
const outputDir = join(dir, 'output')
const run = (name: string, seconds: number, options: object = {}) =>
  runContinuous(config(name, seconds), { outputDir, reject: false, ...options })

beforeAll(() => {
  process.env.KUBECONFIG = kubeconfig('bench')
})
afterAll(async () => {
  for (const name of [CALM, LOST]) await removeBuckets(s3Of(name))
})

describe('a continuous run on Kubernetes', () => {
  let calm: RunResult
  beforeAll(async () => {
    calm = await run(CALM, SECONDS)
  }, 900_000)

  test('takes everything through to gold, each stream a SparkApplication, with rounds on Trino meanwhile', async () => {
    expect(calm.error).toBeNull()
    const { metrics } = calm
    expect(metrics.continuous).toMatchObject({
      drained: true,
      ended_by: 'duration',
      quarantined: [],
    })
    expect(metrics.streaming.slice(0, 2).map(s => s.unique_rows_processed)).toEqual([ROWS, ROWS])
    for (const stream of ['bronze-ingest', 'silver-stream', 'gold-refresh'])
      expect(
        states(calm)
          .filter(e => e.detail?.startsWith(stream))
          .map(e => e.state),
      ).toEqual(expect.arrayContaining(['created', 'running', 'completed']))
    expect(metrics.benchmark_rounds.length).toBeGreaterThan(0)
    expect(metrics.benchmark_rounds.filter(r => r.valid).length).toBeGreaterThan(0)
    expect(metrics.verdict).toBe('PASSED')
    expect(await leftovers()).toEqual([])
  })

  test('gives the silver and gold of an embedded batch over the same files', async () => {
    const storage = join(dir, 'embedded')
    await copyRaw(CALM, storage)
    const embedded = await runBatch(
      { storage, architecture: { pipeline: CLOCK } },
      { outputDir, skipBenchmark: true, reject: false },
    )
    expect(embedded.error).toBeNull()
    expect(fingerprints(calm)).toEqual(fingerprints(embedded))
  })

  test('whose driver is lost fails clearly, and resumed gives the same; one that is aborted leaves nothing', async () => {
    const going = run(LOST, 40, { skipBenchmark: true })
    const pod = await driverOf('gold-refresh')
    await driverOf('silver-stream')
    await new Promise(done => setTimeout(done, 20_000))
    await kubectl('delete', pod, '--grace-period=0', '--force')
    const broken = await going
    expect(broken.error!.message).toMatch(/gold-refresh.*driver/s)
    expect(await leftovers()).toEqual([])
    const { run_id } = broken.metrics

    const stop = new AbortController()
    const second = run(LOST, 40, { skipBenchmark: true, resume: run_id, signal: stop.signal })
    await driverOf('bronze-ingest')
    stop.abort(new Error('enough'))
    expect((await second).metrics.status).toBe('aborted')
    expect(await leftovers()).toEqual([])

    const last = await run(LOST, 40, { skipBenchmark: true, resume: run_id })
    expect(last.error).toBeNull()
    expect(last.metrics.continuous).toMatchObject({ drained: true })
    expect(last.metrics.corpus!.digest).toBe(calm.metrics.corpus!.digest)
    expect(fingerprints(last)).toEqual(fingerprints(calm))
  }, 900_000)
})
