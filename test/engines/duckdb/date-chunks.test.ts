import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SilverBuildJob } from '../../../src/contracts/jobs'
import { type DatedFile, silverSteps } from '../../../src/engines/duckdb/silver-build'
import { dateChunks } from '../../../src/workload/write-cuts'

const DAY = 86_400_000
const iso = (day: number) => new Date(day * DAY).toISOString().slice(0, 10)
const days = fc.integer({ min: 0, max: 20_000 })

test('chunks cover every date of the range exactly once, bounds inclusive', () => {
  fc.assert(
    fc.property(
      days,
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 1, max: 400 }),
      (first, length, count) => {
        const chunks = dateChunks(iso(first), iso(first + length), count)
        expect(chunks.length).toBeLessThanOrEqual(Math.max(count, 1))
        const covered = chunks.flatMap(c => {
          const dates: string[] = []
          for (let d = Date.parse(c.from) / DAY; d <= Date.parse(c.to) / DAY; d++)
            dates.push(iso(d))
          return dates
        })
        expect(covered).toEqual(Array.from({ length: length + 1 }, (_, i) => iso(first + i)))
      },
    ),
    { numRuns: 200 },
  )
})

const job = (profile: object, strategy: string): SilverBuildJob =>
  ({
    kind: 'silver-build',
    strategy: { strategy },
    profile: { bytes: 0, hot_dates: [], ...profile },
  }) as unknown as SilverBuildJob
const file = (path: string, min_date: string | null, max_date: string | null): DatedFile => ({
  path,
  types: [],
  bytes: 10,
  min_date,
  max_date,
})
const select = (files: readonly DatedFile[], where: string | null) =>
  `${files.map(f => f.path).join('+')} where ${where}`

test('a chunk reads only the files whose footer range touches it; a file at the very edge is touched', () => {
  const files = [
    file('jan', '2024-01-01', '2024-01-31'),
    file('feb', '2024-02-01', '2024-02-29'),
    file('edge', '2024-01-31', '2024-02-01'),
    file('any', null, null),
  ]
  const steps = silverSteps(
    job({ min_date: '2024-01-01', max_date: '2024-02-29' }, 'chunked'),
    files,
    select,
  )
  const january = steps.filter(s => s.select.includes("'2024-01-01'"))
  expect(january).toHaveLength(1)
  expect(january[0]!.select).toMatch(/^jan\+any where/)
  expect(steps.filter(s => /^jan\+.*edge/.test(s.select)).length).toBeGreaterThan(0)
  expect(steps.at(-1)!.select).toBe('jan+feb+edge+any where event_timestamp IS NULL')
})

test('streaming groups files by bytes and leaves none out', () => {
  const files = Array.from({ length: 7 }, (_, i) => ({
    ...file(`f${i}`, null, null),
    bytes: 2 ** 30,
  }))
  const steps = silverSteps(job({}, 'streaming'), files, select)
  expect(steps.map(s => s.select)).toEqual([
    'f0+f1 where null',
    'f2+f3 where null',
    'f4+f5 where null',
    'f6 where null',
  ])
})

test('salted splits only the hot dates', () => {
  const [step] = silverSteps(
    job({ hot_dates: ['2024-05-01'] }, 'salted'),
    [file('a', null, null)],
    select,
  )
  expect(step!.splitBy!.sql).toContain("interaction_date IN (DATE '2024-05-01')")
  expect(step!.splitBy!.sql).toContain('ELSE 0')
})
