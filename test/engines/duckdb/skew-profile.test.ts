import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromDates } from '../../../src/workload/date-profile'

test('skew is the hottest date over the mean; even data has skew 1', () => {
  const even = Array.from({ length: 10 }, (_, i) => ({ date: `2024-01-0${i}`, rows: 7 }))
  expect(fromDates(70, even)).toMatchObject({ skew: 1, dates: 10, hottest_date_rows: 7 })
  expect(
    fromDates(110, [
      { date: '2024-01-01', rows: 100 },
      { date: '2024-01-02', rows: 10 },
    ]),
  ).toMatchObject({ skew: 100 / 55, hot_dates: ['2024-01-01'] })
})

test('no dates: skew 1, nothing hot', () => {
  expect(fromDates(5, [])).toEqual({
    rows: 5,
    dates: 0,
    min_date: null,
    max_date: null,
    hottest_date_rows: 0,
    skew: 1,
    hot_dates: [],
  })
})

test('1 <= skew <= dates, and the hottest date is among the hot ones', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 400 }),
      counts => {
        const dates = counts.map((rows, i) => ({
          date: new Date(i * 86_400_000).toISOString().slice(0, 10),
          rows,
        }))
        const { skew, hot_dates, hottest_date_rows } = fromDates(
          counts.reduce((a, b) => a + b, 0),
          dates,
        )
        expect(skew).toBeGreaterThanOrEqual(1 - 1e-12)
        expect(skew).toBeLessThanOrEqual(counts.length + 1e-9)
        expect(dates.find(d => d.date === hot_dates[0])!.rows).toBe(hottest_date_rows)
        expect(hot_dates.length).toBeLessThanOrEqual(64)
      },
    ),
  )
})
