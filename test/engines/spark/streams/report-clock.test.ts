import { expect, test } from 'vitest'
import { ReportClock } from '../../../../src/engines/spark/streams/report-clock'

/** A process whose monotonic clock stood at 5,000 when ours stood at 100. */
const reported = (ours: number) => ours - 100 + 5000

test('how late a document is read is reported by the one that came fastest, wherever the two clocks began', () => {
  const clock = new ReportClock()
  const read = (at: number, late: number) => clock.note(reported(at), at + late)
  read(100, 0.4)
  read(101, 0.1)
  read(102, 0.5)
  expect(clock.since(reported(110), 110.1)).toBeCloseTo(0)
  expect(clock.since(reported(110), 110.6)).toBeCloseTo(0.5)
  // One that came faster still is not of the future.
  expect(clock.since(reported(120), 120.05)).toBe(0)
})
