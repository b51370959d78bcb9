import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StreamMetrics } from '../../../src/contracts/continuous-metrics'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { loadTable } from '../../../src/iceberg/table'
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

test('a disk that vanishes ends the run with its record, and a resume goes on: nothing is lost or doubled', async () => {
  const dir = tempDir()
  const output = join(dir, 'output')
  const input = { continuous: { run_duration: 12 } }
  let away: Promise<unknown> | null = null
  const run = await windowRun(dir, input, {
    outputDir: output,
    skipBenchmark: true,
    on: {
      'batch:commit': e => {
        if (e.stream === 'silver-stream') away ??= rename(join(dir, 'data'), join(dir, 'away'))
      },
    },
  })
  await away
  expect(run.metrics).toMatchObject({ status: 'failed', continuous: { ended_by: 'failure' } })
  expect(JSON.parse(await readFile(run.paths.metrics, 'utf8')).verdict).toBe('FAILED')
  expect(run.metrics.continuous!.quarantined).toEqual([])
  expect(existsSync(join(dir, 'data'))).toBe(false)
  await rename(join(dir, 'away'), join(dir, 'data'))
  // As where the process has ended by now.
  rmSync(join(dir, 'data/.lakebench'), { recursive: true })
  const { error, metrics } = await windowRun(dir, input, {
    outputDir: output,
    skipBenchmark: true,
    resume: run.metrics.run_id,
  })
  expect(error).toBeNull()
  const { continuous, streaming } = metrics
  expect(continuous).toMatchObject({ drained: true, ended_by: 'duration', resumed: 1 })
  const rows = (await loadTable(join(dir, BRONZE)))!.files.reduce((sum, f) => sum + f.rows, 0)
  expect(rows).toBe(continuous!.producer.planned_rows)
  expect(streaming[1]!.unique_rows_processed).toBeGreaterThan(0)
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
