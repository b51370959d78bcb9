import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { StageFailedError } from '../../src/contracts/errors'
import { Pipeline } from '../../src/pipeline/pipeline'
import type { RunResult } from '../../src/pipeline/pipeline-options'
import { Stage } from '../../src/pipeline/stage'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
const good = new Stage('good', async () => ({ rows: 5 }))
const bad = new Stage('bad', async () => {
  throw new Error('disk on fire')
})
const waits = new Stage('waits', ctx => sleep(60_000, undefined, { signal: ctx.signal }))

test('a failed run rejects with the stage, the cause and what was measured; the record is written', async () => {
  const parts = fakeParts()
  const error = await new Pipeline(parts, [good, bad]).run({ outputDir: dir }).catch(e => e)
  expect(error).toBeInstanceOf(StageFailedError)
  expect(error.stage).toBe('bad')
  expect(error.cause.message).toBe('disk on fire')
  const { metrics, paths } = error.result as RunResult
  expect(metrics.jobs.map(j => [j.job_name, j.success, j.measurements])).toEqual([
    ['good', true, { rows: 5 }],
    ['bad', false, {}],
  ])
  expect(JSON.parse(readFileSync(paths.metrics, 'utf8')).error_message).toBe('bad: disk on fire')
  expect(existsSync(paths.report)).toBe(true)
  expect(parts.opened).toEqual({ count: 1, closed: 1 })
})

test('reject: false returns the same shape', async () => {
  const outcome = await new Pipeline(fakeParts(), [bad]).run({ outputDir: dir, reject: false })
  expect(outcome.metrics.status).toBe('failed')
  expect(outcome.error?.message).toBe('disk on fire')
})

test('an abort stops the running stage, writes the record and ends as aborted', async () => {
  const controller = new AbortController()
  const parts = fakeParts()
  const pipeline = new Pipeline(parts, [waits, good])
  pipeline.on('stage:start', () => setTimeout(() => controller.abort(), 20))
  const outcome = await pipeline.run({ outputDir: dir, signal: controller.signal })
  expect(outcome.metrics.status).toBe('aborted')
  expect(outcome.error).toBeNull()
  expect(outcome.metrics.pipeline_benchmark.stages.map(s => s.status)).toEqual([
    'aborted',
    'skipped',
  ])
  expect(existsSync(outcome.paths.metrics)).toBe(true)
  expect(parts.opened.closed).toBe(1)
})

test('a stage beyond its timeout fails with the remedy, and is no abort', async () => {
  const outcome = await new Pipeline(fakeParts(), [waits]).run({
    outputDir: dir,
    timeout: 0.05,
    reject: false,
  })
  expect(outcome.metrics.status).toBe('failed')
  expect(outcome.error?.message).toContain('did not finish within 0.05 s')
  expect(outcome.error?.message).toContain('--timeout')
})

test('a signal that is already aborted starts nothing', async () => {
  const parts = fakeParts()
  await expect(
    new Pipeline(parts, [good]).run({ outputDir: dir, signal: AbortSignal.abort() }),
  ).rejects.toThrow()
  expect(parts.opened.count).toBe(0)
})

test('a listener that throws never ends a run, and the record says so', async () => {
  const pipeline = new Pipeline(fakeParts(), [good])
  pipeline.on('stage:start', () => {
    throw new Error('listener bug')
  })
  const outcome = await pipeline.run({ outputDir: dir })
  expect(outcome.metrics.status).toBe('succeeded')
  expect(outcome.metrics.warnings).toEqual([
    'A listener of stage:start threw: listener bug. The run goes on.',
  ])
})
