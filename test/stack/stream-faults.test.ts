import { randomBytes } from 'node:crypto'
import { existsSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import { runBatch, runContinuous } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { fingerprints } from '../support/short-window'
import { smallDisk } from '../support/small-disk'
import { removeBuckets } from './s3-buckets'
import { servers } from './servers'
import { copyRaw, filesConfig, s3Of, serversConfig, useSpark } from './spark-runs'
import { batches, CLOCK, pipeline, prepared, progressOf, recordOf, started } from './stream-runs'
import { tcpFront } from './tcp-front'

const NAME = `lbaway${randomBytes(4).toString('hex')}`
const SECONDS = 75
const ROWS = 2250
const AWAY_MS = 20_000
const DATAGEN = { scale: 0.02, rows_per_second: ROWS / SECONDS }
const TABLES = {
  bronze: `${NAME}_bronze.raw`,
  silver: `${NAME}_silver.customer`,
  gold: `${NAME}_gold.dashboard`,
}
const TABLE = (dir: string, layer: string, name: string) => join(dir, layer, 'warehouse', name)
const root = tempDir()

beforeAll(() => useSpark())
afterAll(async () => {
  await removeBuckets(s3Of(NAME))
  for (const name of Object.values(TABLES)) {
    const [namespace, table] = name.split('.')
    await fetch(`${servers.catalog()}/v1/namespaces/${namespace}/tables/${table}`, {
      method: 'DELETE',
    })
    await fetch(`${servers.catalog()}/v1/namespaces/${namespace}`, { method: 'DELETE' })
  }
})

test('a store and a catalog that vanish for 20 s each are waited for; nothing is lost or doubled', async () => {
  const store = await tcpFront(servers.s3().endpoint)
  const catalog = await tcpFront(servers.catalog())
  const outages = [
    { from: 15, of: store },
    { from: 45, of: catalog },
  ]
  const run = await runContinuous(
    serversConfig(NAME, {
      pipeline: pipeline({ run_duration: SECONDS }) as never,
      datagen: DATAGEN,
      tables: TABLES,
      s3: { endpoint: store.url },
      catalog: { uri: catalog.url },
    }),
    {
      outputDir: join(root, 'output'),
      skipBenchmark: true,
      reject: false,
      on: {
        'stream:progress': ({ elapsed_seconds }) => {
          const [next] = outages
          if (!next || elapsed_seconds < next.from) return
          outages.shift()
          void next.of.down().then(() => setTimeout(() => void next.of.up(), AWAY_MS))
        },
      },
    },
  )
  expect(run.error).toBeNull()
  expect(outages).toEqual([])
  const { continuous, streaming, warnings } = run.metrics
  expect(continuous).toMatchObject({ drained: true, ended_by: 'duration', quarantined: [] })
  expect(streaming.reduce((sum, s) => sum + s.retries, 0)).toBeGreaterThan(0)
  expect(warnings.some(w => /waits and tries again/.test(w))).toBe(true)
  expect(continuous!.producer.produced_rows).toBe(ROWS)
  expect(streaming.slice(0, 2).map(s => s.unique_rows_processed)).toEqual([ROWS, ROWS])

  const storage = join(root, 'embedded')
  await copyRaw(NAME, storage)
  const embedded = await runBatch(
    { storage, architecture: { pipeline: CLOCK } },
    { outputDir: join(root, 'output'), skipBenchmark: true, reject: false },
  )
  expect(embedded.error).toBeNull()
  expect(fingerprints(run)).toEqual(fingerprints(embedded))
})

test('a full disk ends the streams with their record, and every table can be read', async ({
  skip,
}) => {
  const disk = smallDisk('size=200m')
  if (disk === null) return skip('this user may not mount a small disk')
  let full = false
  const run = await runContinuous(
    filesConfig(disk, { pipeline: pipeline({ run_duration: 90 }) as never, datagen: DATAGEN }),
    {
      outputDir: join(root, 'full'),
      skipBenchmark: true,
      reject: false,
      on: {
        'batch:commit': e => {
          if (full || e.stream !== 'gold-refresh') return
          full = true
          const { bavail, bsize } = statfsSync(disk)
          writeFileSync(join(disk, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - 2 ** 17)))
        },
      },
    },
  )
  expect(full).toBe(true)
  expect(run.metrics.status).toBe('failed')
  expect(run.metrics.error_message).toMatch(/disk .*is full|no space left/i)
  expect(run.metrics.continuous!.ended_by).toBe('failure')
  expect(run.metrics.continuous!.window_seconds).toBeLessThan(90)
  for (const [layer, name] of [
    ['bronze', 'default/bronze_raw'],
    ['silver', 'silver/customer_interactions_enriched'],
  ] as const) {
    const { files } = (await loadTable(TABLE(join(disk, 'data'), layer, name)))!
    expect(files.length).toBeGreaterThan(0)
    for (const { path } of files) expect(existsSync(path)).toBe(true)
  }
})

test('a second SIGINT ends streams at once; nothing of them runs on, tables are whole, and --resume goes on', async () => {
  const dir = prepared(
    root,
    'twice',
    { ...DATAGEN, rows_per_second: ROWS / 12 },
    { run_duration: 12 },
  )
  const run = started(dir)
  await batches(dir, 'silver-stream', 1)
  const { process: java } = await progressOf(dir, 1)
  run.child.kill('SIGINT')
  await new Promise(resolve => setTimeout(resolve, 1000))
  run.child.kill('SIGINT')
  expect((await run.ended).code).toBe(130)
  await expect.poll(() => existsSync(`/proc/${java.pid}`), { timeout: 10_000 }).toBe(false)
  const { run_id, continuous } = recordOf(dir)
  expect(continuous).not.toBeNull()
  const bronze = (await loadTable(TABLE(join(dir, 'data'), 'bronze', 'default/bronze_raw')))!
  for (const { path } of bronze.files) expect(existsSync(path)).toBe(true)
  expect(bronze.files.reduce((sum, f) => sum + f.rows, 0)).toBeGreaterThan(0)

  expect((await started(dir, '--resume', run_id).ended).code).toBe(0)
  const whole = (await loadTable(TABLE(join(dir, 'data'), 'bronze', 'default/bronze_raw')))!
  expect(whole.files.reduce((sum, f) => sum + f.rows, 0)).toBe(ROWS)
  expect(recordOf(dir).continuous).toMatchObject({ drained: true })
})
