import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import { rowGroupSize } from '../../src/datagen/make-part'
import {
  BYTES_PER_ROW,
  corpusIdentity,
  corpusParameters,
  fileCount,
  partKey,
  partPlan,
} from '../../src/datagen/plan'
import { RAW_PREFIX } from '../../src/workload/raw-columns'
import { datagenConfig, MIB } from './support'

const parameters = (scale: number, file_size = 512 * MIB) =>
  corpusParameters(datagenConfig({ scale, file_size }))

test.each([
  [0.001, 1],
  [0.1, 2],
  [1, 20],
  [10, 200],
  [100, 2000],
])('scale %d at 512 MiB has about 2.4 million rows a unit, in %d files', (scale, files) => {
  const p = parameters(scale)
  expect(fileCount(p)).toBe(files)
  expect(p.rows / scale).toBeGreaterThan(2_380_000)
  expect(p.rows / scale).toBeLessThan(2_520_000)
  expect(p.rows_per_file).toBe(Math.floor((512 * MIB) / BYTES_PER_ROW))
  expect(p.rows_per_file).toBeGreaterThan(122_000)
  expect(p.rows_per_file).toBeLessThan(124_000)
})

test('customers grow with scale from a thousand on', () => {
  expect([0.001, 0.01, 0.02, 1, 10].map(scale => parameters(scale).customers)).toEqual([
    1000, 1000, 2000, 100_000, 1_000_000,
  ])
})

test('the tiniest scale has one row', () => {
  expect(parameters(1e-9).rows).toBe(1)
  expect(fileCount(parameters(1e-9))).toBe(1)
})

test('files cover all rows once, in order, and none is a tiny rest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 1e5 }),
      (rows, perFile) => {
        const rows_per_file = Math.max(perFile, Math.ceil(rows / 500))
        const p = { rows, rows_per_file }
        let next = 0
        for (let index = 0; index < fileCount(p); index++) {
          const part = partPlan(p, index, RAW_PREFIX)
          expect(part.first_row).toBe(next)
          expect(part.rows).toBeGreaterThanOrEqual(1)
          expect(part.rows).toBeLessThanOrEqual(Math.ceil(rows_per_file * 1.01))
          next += part.rows
        }
        expect(next).toBe(rows)
        if (fileCount(p) > 1)
          expect(partPlan(p, fileCount(p) - 1, RAW_PREFIX).rows).toBeGreaterThanOrEqual(
            rows_per_file * 0.0099,
          )
      },
    ),
  )
})

test('row groups have 8,192 to 16,384 rows where there are as many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2e6 }), rows => {
      const size = rowGroupSize(rows)
      expect(size).toBeLessThanOrEqual(16_384)
      if (rows >= 8192) expect(size).toBeGreaterThanOrEqual(8192)
      else expect(size).toBe(rows)
    }),
  )
})

test('the identity names every parameter and the version, and nothing else', () => {
  const p = parameters(0.01)
  expect(corpusIdentity(p)).toBe('503f44e8ac9f6473c626e1c2e0d2d6f7')
  expect(corpusIdentity(Object.fromEntries(Object.entries(p).reverse()) as typeof p)).toBe(
    corpusIdentity(p),
  )
  const changed = Object.entries(p).map(([name, value]) =>
    corpusIdentity({ ...p, [name]: typeof value === 'number' ? value + 1 : `${value}x` }),
  )
  expect(new Set([...changed, corpusIdentity(p), corpusIdentity(p, 2)]).size).toBe(
    changed.length + 2,
  )
})

test('keys have six digits, and more where six are too few', () => {
  expect(partKey(RAW_PREFIX, 0)).toBe('bronze/customer/interactions/part-000000.parquet')
  expect(partKey(RAW_PREFIX, 1_234_567)).toBe('bronze/customer/interactions/part-1234567.parquet')
})

test('what batch generation cannot do is refused', () => {
  expect(() => corpusParameters(datagenConfig({ event_clock: 'replay' }))).toThrow(
    PrerequisiteError,
  )
  const skewed = datagenConfig({ event_clock: 'replay', date_skew: 0.1 })
  expect(() => corpusParameters(skewed, { paced: true })).toThrow(/date_skew: 0 \(it is 0\.1\)/)
  expect(() => corpusParameters(datagenConfig({ timestamp_end: '2024-01-01T00:00:00Z' }))).toThrow(
    /must be after/,
  )
})
