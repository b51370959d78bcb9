import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { EventRecorder } from '../../src/testing/index'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
/** More than the machine has, which is told at the start. */
const config = { platform: { compute: { embedded: { threads: 64 } } } }
const stages = [new Stage('one', async () => ({ a: 1 })), new Stage('two', async () => ({ b: 2 }))]

test('events come in exactly this order, and events.jsonl holds the same', async () => {
  const recorder = new EventRecorder()
  const run = await new Pipeline(fakeParts({ config }), stages).run({
    outputDir: dir,
    on: recorder.listeners,
  })
  expect(recorder.names()).toEqual([
    'run:start',
    'warning',
    'stage:start',
    'stage:end',
    'stage:start',
    'stage:end',
    // Looking at the tables, and writing the record.
    'run:phase',
    'run:phase',
    'run:end',
  ])
  const logged = readFileSync(run.paths.events, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(logged.map(e => e.event)).toEqual(recorder.names({ progress: true }))
  expect(new Set(logged.map(e => e.run_id))).toEqual(new Set([run.metrics.run_id]))
  for (const event of logged) expect(new Date(event.at).toISOString()).toBe(event.at)
})

test('a failing stage ends the run; later stages are skipped and say why', async () => {
  const recorder = new EventRecorder()
  const broken = new Stage('broken', async () => {
    throw new Error('boom')
  })
  const pipeline = new Pipeline(fakeParts(), [stages[0]!, broken, stages[1]!])
  await pipeline.run({ outputDir: dir, on: recorder.listeners, reject: false })
  expect(recorder.of('stage:end').map(e => [e.stage, e.status, e.error_message])).toEqual([
    ['one', 'succeeded', null],
    ['broken', 'failed', 'boom'],
    ['two', 'skipped', 'not run: broken failed'],
  ])
  expect(recorder.of('run:end')[0]).toMatchObject({
    status: 'failed',
    error_message: 'broken: boom',
  })
})

test('progress is throttled to ten a second', async () => {
  const recorder = new EventRecorder()
  const busy = new Stage('busy', async ctx => {
    for (let i = 0; i < 1000; i++)
      ctx.progress({ rows: i, rows_total: 1000, bytes: null, bytes_total: null, fraction: null })
  })
  await new Pipeline(fakeParts(), [busy]).run({ outputDir: dir, on: recorder.listeners })
  const progress = recorder.of('stage:progress')
  expect(progress.length).toBeGreaterThanOrEqual(1)
  expect(progress.length).toBeLessThan(50)
})

test('a change of phase is never throttled, no share is 1 before the end, and the end has the counts of the record', async () => {
  const recorder = new EventRecorder()
  const none = { rows: null, rows_total: null, bytes: null, bytes_total: null, fraction: null }
  const measurement = {
    ...{
      elapsed_seconds: 2,
      input_rows: 4903,
      output_rows: 4805,
      input_bytes: 900,
      output_bytes: 400,
      output_files: 1,
    },
    ...{ bytes_read: 800, bytes_written: 410, cpu_seconds: null, peak_memory_bytes: null },
  }
  const busy = new Stage(
    'busy',
    async ctx => {
      ctx.progress({ ...none, rows: 8000, rows_total: 8000, fraction: 0.5, phase: 'reading' })
      ctx.progress({ ...none, fraction: 0.9, phase: 'reading' })
      ctx.progress({ ...none, fraction: 1.5, phase: 'writing' })
      ctx.progress({ ...none, fraction: 1 })
    },
    { record: () => ({ job_type: 'batch', measurement }) },
  )
  const { metrics } = await new Pipeline(fakeParts(), [busy]).run({
    outputDir: dir,
    on: recorder.listeners,
  })
  const seen = recorder.of('stage:progress').map(e => [e.phase, e.fraction, e.rows])
  expect(seen).toEqual([
    ['reading', 0.5, 8000],
    ['writing', null, null],
    ['finishing', null, null],
    [undefined, 1, 4805],
  ])
  expect(recorder.of('stage:progress').at(-1)).toMatchObject({
    rows_total: 4805,
    bytes: 800,
    bytes_total: 800,
  })
  const [job] = metrics.jobs
  expect(job).toMatchObject({
    throughput_gb_per_second: 800 / 2 ** 30 / 2,
    throughput_rows_per_second: 4903 / 2,
  })
  expect(job).toMatchObject(recorder.of('stage:end')[0]!.job!)
})
