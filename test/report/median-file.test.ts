import { expect, test } from 'vitest'
import { layoutRecord } from '../../src/platforms/table-layout'

const filesOf = (...bytes: number[]) => ({
  snapshot_id: '1',
  summary: {},
  faults: [],
  partitioned_by: null,
  files: bytes.map(bytes => ({
    bytes,
    rows: 1,
    partition: null,
    lower_day: null,
    upper_day: null,
  })),
})
const medianOf = (...bytes: number[]) =>
  layoutRecord({ gold: filesOf(...bytes) }).tables.gold!.median_file_bytes

test('the median file lies between the two in the middle where their count is even', () => {
  expect(medianOf(30, 10, 20, 100)).toBe(25)
  expect(medianOf(10, 90)).toBe(50)
  expect(medianOf(30, 10, 20)).toBe(20)
  expect(medianOf()).toBeNull()
})
