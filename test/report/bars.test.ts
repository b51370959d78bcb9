import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bar, niceTicks } from '../../src/report/bars'

test('ticks start at 0, are evenly apart, stay on the axis and are few', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), end => {
      const ticks = niceTicks(end)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)!).toBeLessThanOrEqual(end * 1.001)
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(5)
    }),
  )
  expect(niceTicks(0)).toEqual([0])
})

test('parts never leave the axis, and none is too short to be seen', () => {
  const number = fc.double({ min: -1, max: 3, noNaN: false })
  fc.assert(
    fc.property(number, number, (from, to) => {
      const [, x, width] = /x="([\d.]+)%" y="3" width="([\d.]+)%"/.exec(bar([{ from, to, tone: 'main' }]).text)!
      expect(Number(width)).toBeGreaterThanOrEqual(0.4)
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(100.41)
    }),
  )
})
