import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { loadRun } from '../../src/index'
import { contradictionOf } from '../../src/results/scorecard/judge'
import { tempDir } from '../support/fake-parts'
import { windowRun } from '../support/short-window'
import { freshRun } from '../support/small-run'

const dir = tempDir()
const outputDir = join(dir, 'output')

/** What was written is what is read, and nothing of it is held against the run. */
async function readBack(metrics: RunMetrics): Promise<RunMetrics> {
  const read = await loadRun(metrics.run_id, { outputDir })
  expect(contradictionOf(read)).toBeNull()
  expect(read).toEqual(JSON.parse(JSON.stringify(metrics)))
  return read
}

test.each<[string, object]>([
  ['power', { mode: 'power', iterations: 3 }],
  ['throughput', { mode: 'throughput', streams: 2 }],
  ['composite', { mode: 'composite', streams: 2 }],
  ['cold', { cache: 'cold' }],
  ['some classes', { classes: ['scan'] }],
])('a run with queries in %s', async (_, benchmark) => {
  const { metrics } = await freshRun(dir, { benchmark })
  expect((await readBack(metrics)).verdict).toBe(metrics.verdict)
})

test('a run that was aborted, and the same resumed', async () => {
  const abort = new AbortController()
  const on = {
    'stage:start': ({ stage }: { stage: string }) => stage === 'gold-finalize' && abort.abort(),
  }
  const { metrics } = await freshRun(dir, {}, { signal: abort.signal, on: on as never })
  expect((await readBack(metrics)).verdict).toBe('INTERRUPTED')
  const resumed = await freshRun(dir, {}, { resume: metrics.run_id })
  await readBack(resumed.metrics)
})

test('a run that failed', async () => {
  const { metrics } = await freshRun(dir, {
    pipeline: { quality_gates: { max_invalid_email_ratio: 0 } },
  })
  expect((await readBack(metrics)).verdict).toBe('FAILED')
})

test('one stage alone, and queries alone', async () => {
  await readBack((await freshRun(dir, {}, { stage: 'gold-finalize' })).metrics)
})

test('a window, with its streams and whatever rounds it had', async () => {
  const { metrics } = await windowRun(dir, {}, { outputDir, regenerate: true })
  expect(metrics.streaming).toHaveLength(3)
  await readBack(metrics)
})
