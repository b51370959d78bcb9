import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { generate, type RunResult, runBatch, runContinuous } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { rawDir } from '../support/small-run'
import { filesConfig, overFiles, useSpark } from './spark-runs'
import { pipeline } from './stream-runs'

const base = tempDir()
const part = join(base, 'bronze/customer/interactions/part-000000.parquet')

beforeAll(async () => {
  useSpark()
  const datagen = { scale: 0.0005, file_size: '4mb', workers: 1 }
  await generate(
    { storage: base, architecture: { workload: { datagen } } },
    { outputDir: tempDir() },
  )
})

/** A lake with one file of data, and what must not count: hidden copies, and links to what is there. */
function lake(): string {
  const dir = tempDir()
  const put = (name: string) => {
    mkdirSync(dirname(join(rawDir(dir), name)), { recursive: true })
    copyFileSync(part, join(rawDir(dir), name))
  }
  for (const name of [
    '2024/part-0.parquet',
    '_temporary/0/part-9.parquet',
    '_y=1/part-9.parquet',
    '.part-9.parquet',
    '_p.parquet',
  ])
    put(name)
  symlinkSync('2024', join(rawDir(dir), 'latest'))
  symlinkSync('..', join(rawDir(dir), '2024/circle'))
  symlinkSync('2024/part-0.parquet', join(rawDir(dir), 'a.parquet'))
  writeFileSync(join(rawDir(dir), 'empty.parquet'), '')
  return dir
}

const taken = ({ metrics }: RunResult) =>
  metrics.jobs.flatMap(({ job_name, raw_input }) => (raw_input ? [[job_name, raw_input]] : []))

test('Spark and the embedded engine read the same files, in each of their stages', async () => {
  const dir = lake()
  const spark = await overFiles(dir, {}, { generate: false, skipBenchmark: true })
  const embedded = await runBatch(
    { storage: join(dir, 'data') },
    { outputDir: join(dir, 'output'), skipBenchmark: true, reject: false },
  )
  expect([spark.error, embedded.error]).toEqual([null, null])
  expect(spark.metrics.verdict).toBe('PASSED')
  expect(taken(spark)).toHaveLength(2)
  expect(taken(spark)).toEqual(taken(embedded))
  expect(spark.metrics.warnings.filter(w => w.includes('no rows'))).toHaveLength(1)
})

test('streams take a row once, whatever leads to it, and a file that was half copied when it is whole', async () => {
  const dir = lake()
  const whole = readFileSync(part)
  const late = join(rawDir(dir), 'late.parquet')
  let changed: Promise<void> | null = null
  const change = async () => {
    // Once the first batch is in the table: staged and renamed, another name of what is taken, a file half copied.
    renameSync(
      join(rawDir(dir), '_temporary/0/part-9.parquet'),
      join(rawDir(dir), 'renamed.parquet'),
    )
    symlinkSync('2024', join(rawDir(dir), '0'))
    writeFileSync(late, whole.subarray(0, whole.length >> 1))
    await sleep(9000)
    writeFileSync(late, whole)
  }
  const run = await runContinuous(
    filesConfig(dir, {
      pipeline: pipeline({ run_duration: 40 }) as never,
      datagen: { rows_per_second: 0, scale: 0.0005 },
    }),
    {
      outputDir: join(dir, 'output'),
      reject: false,
      skipBenchmark: true,
      on: {
        'batch:commit': e => {
          if (e.stream === 'bronze-ingest') changed ??= change()
        },
      },
    },
  )
  await changed
  expect(run.error).toBeNull()
  const { continuous, streaming, warnings, jobs } = run.metrics
  expect(jobs).toEqual([])
  expect(continuous).toMatchObject({ drained: true, quarantined: [] })
  expect(warnings.filter(w => w.includes('late.parquet'))).toEqual([
    expect.stringContaining('is left out of the stream'),
    expect.stringContaining('is whole now, and its rows are in'),
  ])
  const [first] = streaming[0]!.batches
  // The same file under three names, each once.
  expect(streaming.slice(0, 2).map(s => s.unique_rows_processed)).toEqual([
    3 * first!.input_rows,
    3 * first!.input_rows,
  ])
})
