import { mkdirSync, renameSync, statfsSync, writeFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { StreamMetrics } from '../../../src/contracts/continuous-metrics'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { loadTable } from '../../../src/iceberg/table'
import type { RunResult } from '../../../src/run'
import { tempDir } from '../../support/fake-parts'
import { windowRun } from '../../support/short-window'
import { smallDisk } from '../../support/small-disk'

const RAW = 'data/bronze/customer/interactions'
const BRONZE = 'data/bronze/warehouse/default/bronze_raw'
const SILVER = 'data/silver/warehouse/silver/customer_interactions_enriched'

/** A good file but for a column that is missing. */
async function withoutChannel(dir: string): Promise<Buffer> {
  const session = await DuckDbSession.open(join(dir, 'scratch'))
  const copy = join(dir, 'no-channel')
  await session.run(
    `COPY (SELECT * EXCLUDE (channel) FROM read_parquet('${join(dir, RAW, 'part-000000.parquet')}')) TO '${copy}' (FORMAT parquet)`,
    { signal: new AbortController().signal },
  )
  await session.close()
  return readFile(copy)
}

test('broken files are quarantined, counted and told; the stream goes on with the others', async () => {
  const dir = tempDir()
  let dropped: Promise<unknown> | null = null
  const drop = async () => {
    const good = await readFile(join(dir, RAW, 'part-000000.parquet'))
    // Pages damaged under a good footer.
    const damaged = Buffer.from(good)
    damaged.fill(0xff, good.length >> 3, good.length >> 1)
    const put = async (name: string, bytes: Buffer) => {
      await writeFile(join(dir, 'part'), bytes)
      await rename(join(dir, 'part'), join(dir, RAW, name))
    }
    await put('zz-no-parquet.parquet', Buffer.from('this is no Parquet file at all'))
    await put('zz-cut.parquet', good.subarray(0, good.length >> 1))
    await put('zz-damaged.parquet', damaged)
    await put('zz-empty.parquet', Buffer.alloc(0))
    await put('zz-no-channel.parquet', await withoutChannel(dir))
  }
  const run = await windowRun(
    dir,
    { continuous: { run_duration: 7 } },
    {
      skipBenchmark: true,
      on: {
        'batch:commit': e => {
          if (e.stream === 'bronze-ingest') dropped ??= drop()
        },
      },
    },
  )
  await dropped
  expect(run.error).toBeNull()
  const { continuous, streaming, warnings } = run.metrics
  expect(continuous!.quarantined.map(q => q.file.replace(/.*\//, '')).sort()).toEqual([
    'zz-cut.parquet',
    'zz-damaged.parquet',
    'zz-no-channel.parquet',
    'zz-no-parquet.parquet',
  ])
  for (const { file, reason } of continuous!.quarantined) {
    expect(reason).not.toBe('')
    expect(warnings.some(w => w.includes(file))).toBe(true)
  }
  expect(streaming[0]!.unique_rows_processed).toBe(continuous!.producer.produced_rows)
  expect(continuous!.drained).toBe(true)
})

interface Outage {
  /** Seconds from the first look at the window. */
  readonly from: number
  readonly ms: number
}

/** A run whose storage vanishes for a while, again and again; all outages are over when it resolves. */
async function withOutages(
  dir: string,
  run_duration: number,
  outages: readonly Outage[],
): Promise<RunResult> {
  const stuck = new AbortController()
  const rename = (from: string, to: string) => {
    try {
      renameSync(join(dir, from), join(dir, to))
    } catch (error) {
      stuck.abort(error)
    }
  }
  const outage = async ({ from, ms }: Outage) => {
    await sleep(from * 1000)
    rename('data', 'away')
    await sleep(ms)
    rename('away', 'data')
  }
  let over: Promise<unknown> | null = null
  const run = await windowRun(
    dir,
    { continuous: { run_duration } },
    {
      skipBenchmark: true,
      signal: stuck.signal,
      on: {
        'stream:progress': () => {
          over ??= Promise.all(outages.map(outage))
        },
      },
    },
  )
  await over
  // Something stands where the storage was.
  expect(stuck.signal.reason).toBeUndefined()
  return run
}

test('a storage that is away when the window ends is waited for, by what is being made and by what is drained', async () => {
  const dir = tempDir()
  const { error, metrics } = await withOutages(dir, 5, [{ from: 3, ms: 4000 }])
  expect(error).toBeNull()
  const { continuous, streaming, verdict } = metrics
  expect(verdict).toBe('PASSED')
  expect(continuous).toMatchObject({ drained: true, ended_by: 'duration' })
  expect(continuous!.producer.produced_rows).toBeGreaterThan(0)
  expect(streaming[1]!.unique_rows_processed).toBe(continuous!.producer.produced_rows)
})

test('a storage that vanishes for a while, and for moments, is waited for; nothing is lost or doubled', async () => {
  const dir = tempDir()
  const outages = [
    { from: 2, ms: 4000 },
    { from: 8, ms: 300 },
    { from: 9, ms: 100 },
    { from: 10, ms: 30 },
  ]
  const { error, metrics } = await withOutages(dir, 12, outages)
  expect(error).toBeNull()
  const { continuous, streaming } = metrics
  expect(streaming.reduce((sum, s) => sum + s.retries, 0)).toBeGreaterThan(0)
  expect(continuous).toMatchObject({ drained: true, ended_by: 'duration' })
  expect(streaming[0]!.unique_rows_processed).toBe(continuous!.producer.produced_rows)
  expect(streaming[1]!.unique_rows_processed).toBe(continuous!.producer.produced_rows)
  const rows = (await loadTable(join(dir, BRONZE)))!.files.reduce((sum, f) => sum + f.rows, 0)
  expect(rows).toBe(continuous!.producer.produced_rows)
})

test('streams that cannot begin end the run with a record that says so', async () => {
  const dir = tempDir()
  mkdirSync(join(dir, 'data/gold'), { recursive: true })
  writeFileSync(join(dir, 'data/gold/warehouse'), 'a file where a folder is needed')
  const run = await windowRun(dir, {}, { skipBenchmark: true })
  expect(run.metrics).toMatchObject({ status: 'failed', verdict: 'FAILED' })
  expect(run.metrics.error_message).toMatch(/data\/gold\/warehouse/)
  const { continuous, streaming } = JSON.parse(await readFile(run.paths.metrics, 'utf8'))
  expect(continuous).toMatchObject({
    ended_by: 'failure',
    window_seconds: 0,
    drained: false,
    samples: [],
  })
  expect(streaming.map((s: StreamMetrics) => s.unique_rows_processed)).toEqual([0, 0, null])
  expect(await readFile(run.paths.report!, 'utf8')).toContain('data/gold/warehouse')
})

test('a full disk ends the run with its record, and every table can be read', async ({ skip }) => {
  const disk = smallDisk('size=120m')
  if (disk === null) return skip('this user may not mount a small disk')
  const output = tempDir()
  let full = false
  const run = await windowRun(
    disk,
    { continuous: { run_duration: 30 } },
    {
      outputDir: output,
      skipBenchmark: true,
      on: {
        'batch:commit': e => {
          if (full || e.stream !== 'silver-stream') return
          full = true
          const { bavail, bsize } = statfsSync(disk)
          writeFileSync(join(disk, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - 2 ** 20)))
        },
      },
    },
  )
  expect(run.metrics.status).toBe('failed')
  expect(run.metrics.error_message).toMatch(/disk is full|no space left/i)
  expect(JSON.parse(await readFile(run.paths.metrics, 'utf8')).continuous.ended_by).toBe('failure')
  expect(run.metrics.continuous!.window_seconds).toBeLessThan(25)
  for (const table of [BRONZE, SILVER]) {
    const { files } = (await loadTable(join(disk, table)))!
    expect(files.length).toBeGreaterThan(0)
  }
})
