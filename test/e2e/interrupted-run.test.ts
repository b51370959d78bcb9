import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import { acquireLease } from '../../src/storage/lease'
import { tempDir } from '../support/fake-parts'
import { placeRaw, smallRun } from '../support/small-run'

const dir = tempDir()
const silverLocation = join(dir, 'data/silver/warehouse/silver/customer_interactions_enriched')

test('an abort during silver leaves the earlier table, no half files, and a record that says aborted', async () => {
  const first = await smallRun(dir)
  const before = (await loadTable(silverLocation))!
  const controller = new AbortController()
  const run = await smallRun(
    dir,
    {},
    {
      signal: controller.signal,
      on: {
        'job:submit': e => e.stage === 'silver-build' && setTimeout(() => controller.abort(), 5),
      },
    },
  )
  expect(run.metrics.status).toBe('aborted')
  expect(run.metrics.verdict).toBe('INTERRUPTED')
  expect(JSON.parse(readFileSync(run.paths.metrics, 'utf8')).status).toBe('aborted')
  const after = (await loadTable(silverLocation))!
  expect(after.snapshotId).toBe(before.snapshotId)
  const live = new Set(after.files.map(f => f.path))
  const onDisk = readdirSync(join(silverLocation, 'data'), {
    recursive: true,
    encoding: 'utf8',
  }).filter(f => f.endsWith('.parquet'))
  expect(onDisk.map(f => join(silverLocation, 'data', f)).every(f => live.has(f))).toBe(true)
  await (await acquireLease(join(dir, 'data/.lakebench'), 'the test')).release()
  expect(first.metrics.verdict).toBe('PASSED')
})

test('a second run in the same storage at the same time is refused with the holder named', async () => {
  let refused: unknown
  const run = await smallRun(
    dir,
    {},
    {
      on: {
        'stage:start': e => {
          if (e.stage === 'bronze-verify') refused = smallRun(dir).catch(error => error)
        },
      },
    },
  )
  expect(run.error).toBeNull()
  const error = (await refused) as Error & { code: string }
  expect(error.code).toBe('PREREQUISITE')
  expect(error.message).toContain(String(process.pid))
})

test('resume goes on after the last finished stage', async () => {
  const controller = new AbortController()
  const stopped = await smallRun(
    dir,
    {},
    {
      signal: controller.signal,
      on: { 'stage:end': e => e.stage === 'silver-build' && controller.abort() },
    },
  )
  expect(stopped.metrics.status).toBe('aborted')
  const resumed = await smallRun(dir, {}, { resume: stopped.metrics.run_id })
  expect(resumed.error).toBeNull()
  const silver = (r: typeof resumed) => r.metrics.jobs.find(j => j.job_name === 'silver-build')!
  expect(silver(resumed).start_time).toBe(silver(stopped).start_time)
  expect(resumed.metrics.benchmark?.valid).toBe(true)
})

test('ended in its checks, a resumed run makes them: fingerprints, the replaced files, the sums', async () => {
  const own = join(dir, 'checks')
  const whole = await smallRun(own)
  const controller = new AbortController()
  const stopped = await smallRun(
    own,
    {},
    {
      signal: controller.signal,
      on: { 'run:phase': e => e.phase === 'checking silver-build' && controller.abort() },
    },
  )
  const prints = ({ metrics }: typeof whole) =>
    metrics.jobs.slice(-2).map(j => j.output_fingerprint)
  expect(prints(stopped)).toEqual([null, null])
  const resumed = await smallRun(own, {}, { resume: stopped.metrics.run_id })
  expect(resumed.metrics.verdict).toBe('PASSED')
  expect(prints(resumed)).toEqual(prints(whole))
  expect(prints(resumed)[0]).toMatch(/^[0-9a-f]+$/)
  expect(resumed.metrics.lineage?.sums.silver?.rows).toBe(whole.metrics.lineage!.sums.silver!.rows)
  expect(resumed.metrics.benchmark).toEqual(stopped.metrics.benchmark)
  const silver = join(own, 'data/silver/warehouse/silver/customer_interactions_enriched')
  const live = (await loadTable(silver))!.files.map(f => f.path)
  const lying = readdirSync(join(silver, 'data'), { recursive: true, encoding: 'utf8' })
  expect(lying.filter(f => f.endsWith('.parquet'))).toHaveLength(live.length)
})

test('resume refuses raw data that is not the one its finished stages saw', async () => {
  const own = join(dir, 'swapped')
  const first = await smallRun(own, {}, { skipBenchmark: true })
  rmSync(join(own, 'data/bronze'), { recursive: true })
  await placeRaw(own, { seed: 7 })
  const refused = await smallRun(own, {}, { generate: false, resume: first.metrics.run_id }).catch(
    error => error,
  )
  expect(refused.message).toMatch(/raw data has changed since run/)
})

test('raw data of another scale than the config says is measured with a warning, and stays in a resumed record', async () => {
  const own = join(dir, 'other-scale')
  const first = await smallRun(own, {}, { skipBenchmark: true })
  const second = await smallRun(
    own,
    { datagen: { scale: 0.002 } },
    { generate: false, skipBenchmark: true },
  )
  expect(second.metrics.warnings.join()).toMatch(/made with scale 0\.001.*config says scale 0\.002/)
  const resumed = await smallRun(own, {}, { generate: false, resume: first.metrics.run_id })
  expect(resumed.metrics.jobs.map(j => j.job_name)).toEqual([
    'datagen',
    'bronze-verify',
    'silver-build',
    'gold-finalize',
  ])
  expect(resumed.metrics.benchmark?.valid).toBe(true)
})
