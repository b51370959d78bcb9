import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { tempDir } from '../support/fake-parts'
import { smallRun } from '../support/small-run'

const LIBRARY = resolve(import.meta.dirname, '../../dist/index.js')

/** Stops itself for a second while Q2 runs for the third time: after its query was handed over, before its answer. */
const paused = (dir: string) => `
import { spawn } from 'node:child_process'
import { benchmark } from ${JSON.stringify(LIBRARY)}
const pause = event => {
  if (event.query !== 'Q2' || event.iteration !== 2) return
  spawn('sh', ['-c', 'sleep 1; kill -CONT ' + process.pid], { stdio: 'ignore' })
  setImmediate(() => process.kill(process.pid, 'SIGSTOP'))
}
const { metrics } = await benchmark(
  { storage: ${JSON.stringify(join(dir, 'data'))}, architecture: { benchmark: { iterations: 7, min_seconds: 0 }, workload: { datagen: { scale: 0.001 } } } },
  { outputDir: ${JSON.stringify(join(dir, 'output'))}, on: { 'query:start': pause } },
)
console.log(JSON.stringify(metrics))
`

test.skipIf(process.platform === 'win32')(
  'a process that was stopped in a query says so, and its QpH hardly moves',
  async () => {
    const dir = tempDir()
    expect((await smallRun(dir, {}, { skipBenchmark: true })).metrics.verdict).toBe('PASSED')
    const child = spawn(process.execPath, ['--input-type=module', '-e', paused(dir)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    await once(child, 'close')
    const { verdict, benchmark, pipeline_benchmark } = JSON.parse(text) as RunMetrics
    expect(verdict).toBe('PASSED')
    const q2 = benchmark!.queries.find(({ name }) => name === 'Q2')!
    expect(q2.samples.filter(s => s.engine_seconds > 0.9).map(s => s.iteration)).toEqual([2])
    expect(q2.outliers).toBeGreaterThanOrEqual(1)
    expect(q2.engine_seconds).toBeLessThan(0.9)
    expect(pipeline_benchmark.marks.find(({ mark }) => mark === 'outliers')!.detail).toContain(
      'Q2: ',
    )
  },
)
