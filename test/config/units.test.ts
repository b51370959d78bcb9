import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDay, parseDuration, parseSize, parseTimestamp } from '../../src/config/units'

describe('sizes', () => {
  it.each([
    ['512mb', 512 * 2 ** 20],
    ['64g', 64 * 2 ** 30],
    ['64Gi', 64 * 2 ** 30],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2TB', 2 * 2 ** 40],
    ['10k', 10_240],
    ['7b', 7],
    ['123', 123],
    [123, 123],
    [0, 0],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  it.each(['', 'mb', '-1mb', '1 e3', '1pb', '1mbb', '99999999999tb', 1.5, -1, Number.NaN, 2 ** 60])(
    '%s is none',
    text => expect(parseSize(text)).toBeNull(),
  )

  it('is linear in the number, for every unit', () => {
    const unit = fc.constantFrom(['k', 1], ['mb', 2], ['GiB', 3], ['T', 4] as const)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8000 }), unit, (n, [name, power]) => {
        expect(parseSize(`${n}${name}`)).toBe(n * 1024 ** Number(power))
      }),
    )
  })
})

describe('durations', () => {
  it.each([
    ['30 seconds', 30],
    ['1 second', 1],
    ['5 minutes', 300],
    ['1h', 3600],
    ['1.5h', 5400],
    ['2 days', 172_800],
    ['250ms', 0.25],
    ['90', 90],
    [1800, 1800],
  ])('%s is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

  it.each([
    '',
    'minutes',
    '-5 s',
    '5 fortnights',
    '1h30m',
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
  ])('%s is none', text => expect(parseDuration(text)).toBeNull())
})

describe('times', () => {
  it.each([
    ['2024-01-01', '2024-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-01-01T06:30', '2024-01-01T06:30:00.000Z'],
    ['2024-01-01 06:30:15', '2024-01-01T06:30:15.000Z'],
    ['2024-01-01T00:00:00.5Z', '2024-01-01T00:00:00.500Z'],
    ['2024-01-01T00:00:00.123000Z', '2024-01-01T00:00:00.123Z'],
    ['2024-01-01T00:00:00+02:00', '2023-12-31T22:00:00.000Z'],
    ['2024-01-01T00:00:00-0330', '2024-01-01T03:30:00.000Z'],
  ])('%s is %s', (text, iso) => expect(parseTimestamp(text)).toBe(iso))

  it.each([
    '2023-02-29',
    '2024-04-31',
    '2024-00-01',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:00.0001Z',
    '2024-01-01T00:00:00+25:00',
    '0000-01-01T00:00:00+01:00',
    '01/02/2024',
    '',
  ])('%s is none', text => expect(parseTimestamp(text)).toBeNull())

  it('gives back every time that JavaScript prints', () => {
    const times = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    })
    fc.assert(fc.property(times, time => parseTimestamp(time.toISOString()) === time.toISOString()))
  })

  it('knows which days exist', () => {
    expect(parseDay('2024-02-29')).toBe('2024-02-29')
    expect(parseDay('2023-02-29')).toBeNull()
    expect(parseDay('2024-2-9')).toBeNull()
    expect(parseDay('2024-02-29T00:00')).toBeNull()
  })
})
