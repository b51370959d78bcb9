import { expect, test } from 'vitest'
import { ToldClock } from '../../../../src/engines/spark/streams/told-clock'

/** A process whose monotonic clock stood at 5,000 when ours stood at 100. */
const told = (ours: number) => ours - 100 + 5000

test('how late a document is read is told by the one that came fastest, wherever the two clocks began', () => {
  const clock = new ToldClock()
  const read = (at: number, late: number) => clock.note(told(at), at + late)
  read(100, 0.4)
  read(101, 0.1)
  read(102, 0.5)
  expect(clock.since(told(110), 110.1)).toBeCloseTo(0)
  expect(clock.since(told(110), 110.6)).toBeCloseTo(0.5)
  // One that came faster still is not of the future.
  expect(clock.since(told(120), 120.05)).toBe(0)
})
