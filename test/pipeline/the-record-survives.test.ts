import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { EventRecorder } from '../../src/testing/index'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
const saved = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

test('64-bit integers in a result are saved as numbers where they fit, else as text', async () => {
  const stage = new Stage('big', async () => ({ small: 42n, large: 2n ** 60n }))
  const run = await new Pipeline(fakeParts(), [stage]).run({ outputDir: dir })
  expect(saved(run.paths.metrics).jobs[0].measurements).toEqual({
    small: 42,
    large: '1152921504606846976',
  })
})

test('a result that cannot be saved fails its stage, not the record', async () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  const run = await new Pipeline(fakeParts(), [new Stage('circle', async () => circle)]).run({
    outputDir: dir,
    reject: false,
  })
  expect(run.metrics.status).toBe('failed')
  expect(run.error?.message).toMatch(/circular/)
  expect(saved(run.paths.metrics).error_message).toMatch(/^circle: /)
})

test('a timeout may have fractions of a millisecond', async () => {
  const run = await new Pipeline(fakeParts(), [new Stage('quick', async () => ({}))]).run({
    outputDir: dir,
    timeout: 1.0005,
  })
  expect(run.metrics.status).toBe('succeeded')
})

test('engines that do not close cleanly do not hide how the run went', async () => {
  const parts = fakeParts()
  const recorder = new EventRecorder()
  const open = async () => ({
    ...(await parts.open()),
    close: () => Promise.reject(new Error('lock is gone')),
  })
  const run = await new Pipeline({ ...parts, open }, [new Stage('fine', async () => ({}))]).run({
    outputDir: dir,
    on: recorder.listeners,
  })
  expect(run.metrics.status).toBe('succeeded')
  expect(recorder.of('warning').map(w => w.message)).toEqual([
    'The engines did not close cleanly: lock is gone',
  ])
})

test('a record that cannot be written does not hide why the stage failed; the report is written all the same', async () => {
  const recorder = new EventRecorder()
  const stage = new Stage('broken', async () => {
    throw new Error('the real cause')
  })
  const pipeline = new Pipeline(fakeParts(), [stage])
  pipeline.on('run:start', e => {
    rmSync(`${e.run_dir}/metrics.json`)
    mkdirSync(`${e.run_dir}/metrics.json/full`, { recursive: true })
  })
  const run = await pipeline.run({ outputDir: dir, reject: false, on: recorder.listeners })
  expect(run.error?.message).toBe('the real cause')
  expect(run.metrics.error_message).toBe('broken: the real cause')
  expect(existsSync(run.paths.report)).toBe(true)
  expect(recorder.of('warning')[0]!.message).toMatch(/Cannot write .*metrics\.json/)
  expect(recorder.of('run:end')).toHaveLength(1)
})

test('after every stage the record is on disk as interrupted, so that a killed run can be resumed', async () => {
  let between: { status: string; verdict: string; jobs: unknown[] } | null = null
  const parts = fakeParts()
  const pipeline = new Pipeline(parts, [
    new Stage('one', async () => ({})),
    new Stage('two', async () => ({})),
  ])
  pipeline.on('stage:start', e => {
    if (e.stage === 'two') between = saved(`${dir}/runs/run-${e.run_id}/metrics.json`)
  })
  const run = await pipeline.run({ outputDir: dir })
  expect(between).toMatchObject({
    status: 'aborted',
    verdict: 'INTERRUPTED',
    jobs: [{ job_name: 'one' }],
  })
  expect(saved(run.paths.metrics).status).toBe('succeeded')
})

test('a run is resumed with its own config only; what the benchmark does may change', async () => {
  const bad = new Stage('bad', async () => {
    throw new Error('no')
  })
  const parts = fakeParts()
  const failed = await new Pipeline(parts, [bad]).run({ outputDir: dir, reject: false })
  const resume = failed.metrics.run_id
  const storage = { type: 'local', path: '/elsewhere' } as const
  const other = fakeParts({
    config: { name: 'renamed', platform: { storage }, architecture: { benchmark: { seed: 7 } } },
  })
  const error = await new Pipeline(other, [bad]).run({ outputDir: dir, resume }).catch(e => e)
  expect(error.issues).toEqual([
    { path: 'platform.storage.path', message: expect.stringContaining('differs from the run') },
  ])
  await expect(
    new Pipeline(parts, [bad]).run({ outputDir: dir, resume: '20200101-000000-ffffff' }),
  ).rejects.toThrow(/no readable record/)
})

test('an abort during the checks at the end is an abort', async () => {
  const controller = new AbortController()
  const stage = new Stage('checked', async () => ({}), {
    check: async ctx => {
      controller.abort()
      ctx.signal.throwIfAborted()
      return {}
    },
  })
  const run = await new Pipeline(fakeParts(), [stage]).run({
    outputDir: dir,
    signal: controller.signal,
  })
  expect(run.metrics.status).toBe('aborted')
})

test('what is measured is not asked meanwhile: records before the last ask for the environment once, and for no corpus', async () => {
  const parts = fakeParts()
  const asked = { environment: 0, corpus: 0 }
  const open = async () => ({
    ...(await parts.open()),
    environment: async () => ({ asked: ++asked.environment }),
    corpus: async () => {
      asked.corpus++
      return null
    },
  })
  let before = { ...asked }
  let after = { ...asked }
  const stage = new Stage('measures', async ctx => {
    await ctx.keepRecord({})
    before = { ...asked }
    for (let i = 0; i < 5; i++) await ctx.keepRecord({})
    after = { ...asked }
    return {}
  })
  const run = await new Pipeline({ ...parts, open }, [stage]).run({ outputDir: dir })
  expect(after).toEqual(before)
  expect(run.metrics.environment).toEqual({ asked: asked.environment })
})
