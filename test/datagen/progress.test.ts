import { afterEach, expect, test, vi } from 'vitest'
import type { JobProgress } from '../../src/contracts/jobs'
import { ProgressMeter } from '../../src/datagen/progress-meter'

afterEach(() => {
  vi.useRealTimers()
})

test('tells at most ten times a second, and the end always', () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 1_000_000 })
  vi.advanceTimersByTime(1000)
  const seen: JobProgress[] = []
  const meter = new ProgressMeter(1000, [{ rows: 100, bytes: 1000 }], p => seen.push(p))
  for (let i = 0; i < 90; i++) {
    meter.add(10, 50)
    vi.advanceTimersByTime(10)
  }
  expect(seen).toHaveLength(9)
  meter.finish()
  expect(seen.at(-1)).toEqual({ rows: 1000, rows_total: 1000, bytes: 5500, bytes_total: null, fraction: 1 })
})
