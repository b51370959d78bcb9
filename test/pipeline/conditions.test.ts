import { cpus } from 'node:os'
import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { ConditionsSchema } from '../../src/contracts/metrics'
import { startConditions } from '../../src/pipeline/conditions'

test('a span knows its length and the work of this process, and the time before it', () => {
  startConditions()()
  const end = startConditions()
  const begun = performance.now()
  const cpu = process.cpuUsage()
  while (performance.now() - begun < 150) Math.sqrt(begun)
  const used = process.cpuUsage(cpu)
  const { cores, before, during } = ConditionsSchema.parse(end())
  expect(cores).toBe(cpus().length)
  expect(during.seconds).toBeGreaterThanOrEqual(0.15)
  expect(before.seconds).toBeLessThan(during.seconds)
  if (process.platform !== 'linux') return
  // The scheduler's own account of the same work.
  expect(during.cpu_seconds!).toBeGreaterThan((used.user / 1e6) * 0.5)
  expect(during.run_queue_seconds).toBeGreaterThanOrEqual(0)
  expect(during.steal_seconds).toBeGreaterThanOrEqual(0)
  expect(during.load_1m).toBeGreaterThan(0)
})
