// lakebench inside a test harness: the pipeline as a test, strategies as cases.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runBatch } from 'lakebench'
import { assertRunPassed, assertSameAnswers, EventRecorder } from 'lakebench/testing'
import { afterAll, expect, test } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'lakebench-harness-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const run = (silver_strategy: 'simple' | 'salted', on = {}) =>
  runBatch(
    {
      scale: 0.002,
      generate: true,
      storage: join(dir, 'data'),
      architecture: { pipeline: { silver_strategy } },
    },
    { outputDir: join(dir, 'output'), on },
  )

test('two strategies give the same tables and answers', async () => {
  const recorder = new EventRecorder()
  const simple = await run('simple', recorder.listeners)
  const salted = await run('salted')
  assertRunPassed(simple)
  assertSameAnswers(simple, salted)
  expect(recorder.of('batch:commit').map(e => e.table)).toEqual([
    'silver.customer_interactions_enriched',
    'gold.customer_executive_dashboard',
  ])
})
