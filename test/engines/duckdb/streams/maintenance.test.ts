import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rewritable } from '../../../../src/engines/duckdb/streams/maintenance'
import type { DataFile } from '../../../../src/iceberg/types'

const file = (bytes: number, partition: number | null, path: string): DataFile => ({
  path,
  rows: 1,
  bytes,
  partition,
  columns: {},
})

test('eight small files of a partition are worth a rewrite, seven are not, and large ones stay', () => {
  const small = (n: number, partition: number) =>
    Array.from({ length: n }, (_, i) => file(10, partition, `${partition}-${i}`))
  const groups = rewritable([...small(8, 1), ...small(7, 2), file(60, 1, 'large')], 100)
  expect(groups.map(g => g.map(f => f.path))).toEqual([small(8, 1).map(f => f.path)])
})

test('groups hold small files of one partition, each file once, and no more than a target together (5,000)', () => {
  const files = fc.array(fc.tuple(fc.nat(200), fc.option(fc.nat(3))), { maxLength: 60 })
  fc.assert(
    fc.property(files, list => {
      const all = list.map(([bytes, partition], i) => file(bytes, partition, String(i)))
      const groups = rewritable(all, 200)
      const paths = groups.flat().map(f => f.path)
      expect(new Set(paths).size).toBe(paths.length)
      for (const group of groups) {
        expect(group.length).toBeGreaterThanOrEqual(8)
        expect(new Set(group.map(f => f.partition)).size).toBe(1)
        expect(group.every(f => f.bytes < 100)).toBe(true)
        expect(group.reduce((sum, f) => sum + f.bytes, 0)).toBeLessThanOrEqual(200)
      }
    }),
    { numRuns: 5000 },
  )
})
