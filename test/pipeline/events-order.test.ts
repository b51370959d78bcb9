import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { EventRecorder } from '../../src/testing/event-recorder'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
const stages = [new Stage('one', async () => ({ a: 1 })), new Stage('two', async () => ({ b: 2 }))]

test('events come in exactly this order, and events.jsonl holds the same', async () => {
  const recorder = new EventRecorder()
  const run = await new Pipeline(fakeParts({ warnings: ['small machine'] }), stages).run({
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
  expect(recorder.of('run:end')[0]).toMatchObject({ status: 'failed', error_message: 'broken: boom' })
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
