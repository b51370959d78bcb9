import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatByteRate,
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatGib,
  formatInstant,
  formatNumber,
  formatRowRate,
  formatShare,
  formatSignificant,
  MISSING,
} from '../../src/shared/format'

test.each([
  [0, '0 s'],
  [0.00042, '0.42 ms'],
  [0.0031, '3.1 ms'],
  [0.0999, '100 ms'],
  [0.9994, '999 ms'],
  [0.9996, '1.00 s'],
  [4.206, '4.21 s'],
  [9.996, '10.0 s'],
  [59.94, '59.9 s'],
  [59.96, '1 min 00 s'],
  [185, '3 min 05 s'],
  [3599.6, '1 h 00 min'],
  [7380, '2 h 03 min'],
  [3600 * 24 * 3, '3 d 0 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1000, '0.98 KiB'],
  [1024, '1.00 KiB'],
  [10 * 1024, '10.0 KiB'],
  [1.5 * 2 ** 30, '1.50 GiB'],
  [999.6 * 2 ** 20, '0.98 GiB'],
  [5 * 2 ** 40, '5.00 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [950, '950'],
  [999.6, '1.00 K'],
  [12_345, '12.3 K'],
  [2_556_520, '2.56 M'],
  [3_100_000_000, '3.10 G'],
])('%d in little room is %s', (count, text) => {
  expect(formatCompact(count)).toBe(text)
})

test.each([
  [0, '0 %'],
  [0.00001, '< 0.01 %'],
  [0.0004, '0.04 %'],
  [0.042, '4.2 %'],
  [0.4242, '42 %'],
  [0.994, '99 %'],
  [0.9989, '99.9 %'],
  [0.9999, '> 99.9 %'],
  [1, '100 %'],
  [14, '1,400 %'],
])('a share of %d is %s', (share, text) => {
  expect(formatShare(share)).toBe(text)
})

test('other units', () => {
  expect(formatCount(2_556_520)).toBe('2,556,520')
  expect(formatNumber(148_760.33, 1)).toBe('148,760.3')
  expect(formatSignificant(0.27071)).toBe('0.271')
  expect(formatSignificant(48_760.3)).toBe('48,760')
  expect(formatGib(0.5)).toBe('512 MiB')
  expect(formatByteRate(2 ** 30)).toBe('1.00 GiB/s')
  expect(formatRowRate(612_000)).toBe('612 K rows/s')
  expect(formatInstant('2026-01-31T12:00:03.120Z')).toBe('2026-01-31 12:00:03 UTC')
  expect(formatInstant('yesterday')).toBe('yesterday')
})

test('what was not measured is never a zero', () => {
  const all = [
    formatBytes,
    formatByteRate,
    formatCompact,
    formatCount,
    formatDuration,
    formatGib,
    formatRowRate,
    formatShare,
    formatSignificant,
  ]
  for (const format of all)
    for (const unknown of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(format(unknown)).toBe(MISSING)
})

test('a duration stays within five in a hundred, whatever its unit', () => {
  const units: Record<string, number> = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 }
  fc.assert(
    fc.property(fc.double({ min: 0.0001, max: 3e6, noNaN: true }), seconds => {
      const text = formatDuration(seconds)
      const back = [...text.matchAll(/([\d.]+) (ms|s|min|h|d)/g)].reduce(
        (sum, [, n, unit]) => sum + Number(n) * units[unit!]!,
        0,
      )
      expect(Math.abs(back - seconds)).toBeLessThanOrEqual(seconds * 0.05 + 1e-6)
      expect(text).not.toMatch(/\b60 s|\b60 min|1000 ms/)
    }),
  )
})

test('bytes keep their order of size', () => {
  const factors: Record<string, number> = {
    B: 1,
    KiB: 2 ** 10,
    MiB: 2 ** 20,
    GiB: 2 ** 30,
    TiB: 2 ** 40,
    PiB: 2 ** 50,
  }
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 52 }), bytes => {
      const [, number, unit] = /^([\d.]+) (\w+)$/.exec(formatBytes(bytes))!
      expect(number!.replace('.', '').length).toBeLessThanOrEqual(3)
      expect(Math.abs(Number(number) * factors[unit!]! - bytes)).toBeLessThanOrEqual(
        bytes * 0.006 + 0.5,
      )
    }),
  )
})
