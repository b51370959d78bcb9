import { afterEach, expect, test, vi } from 'vitest'
import type { JobProgress } from '../../src/contracts/jobs'
import { ProgressMeter } from '../../src/datagen/make-missing'

afterEach(() => {
  vi.useRealTimers()
})

function meter(rowsTotal: number) {
  const seen: JobProgress[] = []
  const report = (progress: JobProgress) => seen.push(progress)
  return {
    seen,
    meter: new ProgressMeter({ rowsTotal, phases: ['writing', 'committing'], report }),
  }
}

test('reports at most ten times a second, and the end always', () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 1_000_000 })
  vi.advanceTimersByTime(1000)
  const { seen, meter: rows } = meter(1000)
  for (let i = 0; i < 90; i++) {
    rows.add(10, 50)
    vi.advanceTimersByTime(10)
  }
  expect(seen).toHaveLength(9)
  rows.finish()
  expect(seen.at(-1)).toEqual({
    rows: 900,
    rows_total: 1000,
    bytes: 4500,
    bytes_total: null,
    fraction: 1,
  })
})

test('once all rows are through, the end of the work is a phase without a share', () => {
  const { seen, meter: rows } = meter(20)
  rows.add(10, 5)
  rows.add(10, 5)
  expect(seen.map(({ rows, fraction, phase }) => [rows, fraction, phase])).toEqual([
    [10, 0.5, 'writing'],
    [20, null, 'committing'],
  ])
})

test('with nothing to do, the work is done and no number is made up', () => {
  const { seen, meter: rows } = meter(0)
  rows.finish()
  expect(seen).toEqual([{ rows: 0, rows_total: 0, bytes: 0, bytes_total: null, fraction: 1 }])
})
