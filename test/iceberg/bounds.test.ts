import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ColumnType } from '../../src/contracts/tables'
import {
  decodeBound,
  encodeLowerBound,
  encodeUpperBound,
  truncateUpper,
} from '../../src/iceberg/bounds'

const utf8 = (text: string) => Buffer.from(text, 'utf8')
/** Well-formed text rich in the code points at which carries and surrogates happen. */
const hard = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u{10ffff}',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u007f',
      '\u0000',
      'a',
      'é',
      '😀',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
})

test('string bounds enclose the value in UTF-8 order and keep 16 code points', () => {
  fc.assert(
    fc.property(hard, value => {
      const lower = encodeLowerBound(value, 'string')!
      const upper = encodeUpperBound(value, 'string')
      expect(Buffer.compare(lower, utf8(value))).toBeLessThanOrEqual(0)
      expect([...lower.toString()].length).toBeLessThanOrEqual(16)
      if (upper === null) {
        expect([...value].slice(0, 16).every(c => c === '\u{10ffff}')).toBe(true)
        expect([...value].length).toBeGreaterThan(16)
        return
      }
      expect(Buffer.compare(upper, utf8(value))).toBeGreaterThanOrEqual(0)
      expect([...upper.toString()].length).toBeLessThanOrEqual(16)
      expect(upper.toString()).not.toContain(
        '\ufffd'.repeat([...value].includes('\ufffd') ? 99 : 1),
      )
    }),
    { numRuns: 3000 },
  )
})

test('any string within the bounds of its extremes is within their truncated bounds', () => {
  fc.assert(
    fc.property(fc.array(hard, { minLength: 1, maxLength: 8 }), values => {
      const sorted = values.map(utf8).sort(Buffer.compare)
      const lower = encodeLowerBound(sorted[0]!.toString(), 'string')!
      const upper = encodeUpperBound(sorted.at(-1)!.toString(), 'string')
      for (const value of sorted) {
        expect(Buffer.compare(lower, value)).toBeLessThanOrEqual(0)
        if (upper !== null) expect(Buffer.compare(upper, value)).toBeGreaterThanOrEqual(0)
      }
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['a'.repeat(16), 'a'.repeat(16)],
  ['a'.repeat(17), `${'a'.repeat(15)}b`],
  [`${'a'.repeat(15)}\ud7ffx`, `${'a'.repeat(15)}\ue000`],
  [`${'a'.repeat(15)}\u{10ffff}x`, `${'a'.repeat(14)}b`],
  [`${'a'.repeat(15)}\uffffx`, `${'a'.repeat(15)}\u{10000}`],
  ['\u{10ffff}'.repeat(17), null],
])('the upper bound of %j is %j', (value, bound) => {
  expect(truncateUpper(value)).toBe(bound)
})

test('text with a lone surrogate has no bound', () => {
  expect(encodeLowerBound('a\ud800', 'string')).toBeNull()
  expect(encodeUpperBound('\udc00b', 'string')).toBeNull()
})

const values: Record<
  Exclude<ColumnType, 'string_list'>,
  fc.Arbitrary<string | number | bigint | boolean>
> = {
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  int: fc.integer(),
  double: fc.double({ noNaN: true }).filter(v => v !== 0),
  string: fc.string({ unit: 'grapheme', maxLength: 8 }).filter(s => [...s].length <= 16),
  boolean: fc.boolean(),
  date: fc.integer(),
  timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
}

test.each(
  Object.entries(values) as [ColumnType, fc.Arbitrary<string | number | bigint | boolean>][],
)('%s bounds come back as they went', (type, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, value => {
      expect(decodeBound(encodeLowerBound(value, type)!, type)).toEqual(value)
      expect(decodeBound(encodeUpperBound(value, type)!, type)).toEqual(value)
    }),
  )
})

test('NaN is never a bound, and zero is widened to both zeros', () => {
  expect(encodeLowerBound(Number.NaN, 'double')).toBeNull()
  expect(encodeUpperBound(Number.NaN, 'double')).toBeNull()
  expect(Object.is(decodeBound(encodeLowerBound(0, 'double')!, 'double'), -0)).toBe(true)
  expect(Object.is(decodeBound(encodeUpperBound(-0, 'double')!, 'double'), 0)).toBe(true)
})

test('a bound of the wrong kind is refused, not coerced', () => {
  expect(() => encodeLowerBound('5', 'long')).toThrow(/long/)
  expect(() => encodeLowerBound(0.5, 'long')).toThrow(/long/)
  expect(() => encodeLowerBound(2 ** 31, 'int')).toThrow(RangeError)
})
