import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { status } from '../../src/platforms/status'
import { generate, type RunResult, runContinuous } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { windowConfig } from '../support/short-window'
import { rawDir, smallConfig, smallRun } from '../support/small-run'

const base = tempDir()
/** One file of a corpus, whose rows every row of these tests is. */
const part = join(base, 'bronze/customer/interactions/part-000000.parquet')
const DATAGEN = { scale: 0.0005, file_size: '4mb', workers: 1 } as const

beforeAll(() =>
  generate(
    { storage: base, architecture: { workload: { datagen: DATAGEN } } },
    { outputDir: tempDir() },
  ),
)

/** A lake that holds the file under these names. */
function lakeOf(...names: string[]): string {
  const dir = tempDir()
  for (const name of names) {
    mkdirSync(dirname(join(rawDir(dir), name)), { recursive: true })
    copyFileSync(part, join(rawDir(dir), name))
  }
  return dir
}

const upToSilver = (dir: string) => smallRun(dir, {}, { generate: false, skipBenchmark: true })

const rows = ({ error, metrics: { jobs, verdict } }: RunResult) => {
  expect(error).toBeNull()
  const job = (name: string) => jobs.find(j => j.job_name === name)!
  return [
    verdict,
    job('bronze-verify').input_rows,
    job('silver-build').input_rows,
    job('silver-build').output_rows,
  ]
}

test('rows count once, whatever leads to their file, and hidden files never', async () => {
  const plain = rows(await upToSilver(lakeOf('2024/part-0.parquet')))
  expect(plain[0]).toBe('PASSED')
  const dir = lakeOf(
    '2024/part-0.parquet',
    '_temporary/0/attempt_1/part-9.parquet',
    '.spark-staging-7/part-9.parquet',
    '.part-9.parquet',
    '_part-9.parquet',
  )
  symlinkSync('2024', join(rawDir(dir), 'latest'))
  symlinkSync('.', join(rawDir(dir), '2024/circle'))
  symlinkSync('2024/part-0.parquet', join(rawDir(dir), 'a.parquet'))
  expect(rows(await upToSilver(dir))).toEqual(plain)
  // Data that lies elsewhere is data.
  const elsewhere = tempDir()
  renameSync(join(rawDir(dir), '2024'), join(elsewhere, '2024'))
  symlinkSync(join(elsewhere, '2024'), join(rawDir(dir), '2024'))
  writeFileSync(join(rawDir(dir), '.#part-0.parquet'), 'of an editor')
  expect(rows(await upToSilver(dir))).toEqual(plain)
})

test('a link to nothing is named by a run in either mode and by status; none of them counts what is left', async () => {
  const dir = lakeOf('part-0.parquet')
  symlinkSync('/mnt/away/2023', join(rawDir(dir), '2023'))
  const said = /interactions\/2023 is a link to \/mnt\/away\/2023, which is not there\. Bring back/
  const batch = await upToSilver(dir)
  expect([batch.metrics.verdict, batch.metrics.error_message]).toEqual([
    'FAILED',
    expect.stringMatching(said),
  ])
  const window = await runContinuous(windowConfig(dir, { datagen: { rows_per_second: 0 } }), {
    outputDir: join(dir, 'output'),
    reject: false,
    skipBenchmark: true,
  })
  expect([window.metrics.verdict, window.metrics.error_message]).toEqual([
    'FAILED',
    expect.stringMatching(said),
  ])
  const [store] = await status(smallConfig(dir))
  expect(store).toMatchObject({
    part: 'store',
    healthy: false,
    details: [expect.stringMatching(said)],
  })
})
