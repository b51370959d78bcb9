import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bar } from '../../src/report/sections/bronze'

test('parts never leave the axis, and none is too short to be seen', () => {
  const number = fc.double({ min: -1, max: 3, noNaN: false })
  fc.assert(
    fc.property(number, number, (from, to) => {
      const [, x, width] = /x="([\d.]+)%" y="3" width="([\d.]+)%"/.exec(
        bar([{ from, to, tone: 'main' }]).text,
      )!
      expect(Number(width)).toBeGreaterThanOrEqual(0.4)
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(100.41)
    }),
  )
})
