import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellReader, parseExact } from '../../../src/engines/trino/page'
import { QueryAnswer } from '../../../src/pipeline/query-answer'

test.each<[string, unknown, unknown]>([
  ['bigint', 1, 1n],
  ['bigint', '9007199254740993', 9007199254740993n],
  ['bigint', '-9223372036854775808', -9223372036854775808n],
  ['integer', 7, 7],
  ['double', 1.5, 1.5],
  ['double', 'NaN', Number.NaN],
  ['double', '-Infinity', Number.NEGATIVE_INFINITY],
  ['real', 'Infinity', Number.POSITIVE_INFINITY],
  ['decimal(38, 2)', '123456789012345678901234567890.10', '123456789012345678901234567890.10'],
  ['boolean', false, false],
  ['date', '2024-02-29', '2024-02-29'],
  ['timestamp(6)', '2024-02-29 10:11:12.123456', '2024-02-29T10:11:12.123456'],
  ['timestamp(6) with time zone', '2024-02-29 10:11:12.123456 UTC', '2024-02-29T10:11:12.123456'],
  [
    'timestamp(3) with time zone',
    '2024-02-29 10:11:12.123 Europe/Berlin',
    '2024-02-29T10:11:12.123 Europe/Berlin',
  ],
  ['time(6)', '10:11:12.123456', '10:11:12.123456'],
  ['varchar(10)', '2024-02-29 10:11:12 UTC', '2024-02-29 10:11:12 UTC'],
  ['array(varchar)', ['a', null], '["a",null]'],
  ['map(varchar, integer)', { a: 1 }, '{"a":1}'],
  ['unknown', null, null],
])('%s %s is read as %s', (type, value, expected) => {
  expect(cellReader({ name: 'c', type })(value)).toEqual(expected)
  expect(cellReader({ name: 'c', type })(null)).toBeNull()
})

const leaf = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'"\\0123456789abc,:[]{}- é\u2028') }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('1234567890123456789', '\\"12345678901234567890', 'a"1234567890123456789"b'),
)

test('text, doubles and small numbers are read as JSON.parse reads them, large integers as their digits', () => {
  fc.assert(
    fc.property(
      fc.array(leaf),
      fc.bigInt({ min: 10n ** 15n, max: 10n ** 30n }),
      fc.boolean(),
      (values, large, minus) => {
        const digits = `${minus ? '-' : ''}${large}`
        const text = `{"a":${JSON.stringify(values)},"b":[${digits},${digits}.5]}`
        const plain = JSON.parse(`{"a":${JSON.stringify(values)}}`) as { a: unknown[] }
        const parsed = parseExact(text) as { a: unknown[]; b: unknown[] }
        const isLargeInteger = (v: unknown) =>
          typeof v === 'number' && /^-?\d{16,}$/.test(JSON.stringify(v))
        expect(parsed.a).toEqual(plain.a.map(v => (isLargeInteger(v) ? JSON.stringify(v) : v)))
        expect(parsed.b).toEqual([digits, Number(`${digits}.5`)])
      },
    ),
    { numRuns: 500 },
  )
})

test('JSON that is cut is no JSON', () => {
  const text = '{"a":["1234567890123456789",1234567890123456789]}'
  for (let end = 0; end < text.length; end++)
    expect(() => parseExact(text.slice(0, end))).toThrow(SyntaxError)
})

test('an answer becomes Arrow columns of one type each, also without rows or values', () => {
  const columns = Object.entries({
    b: 'bigint',
    d: 'double',
    p: 'decimal(10, 2)',
    t: 'timestamp(6)',
    o: 'boolean',
  }).map(([name, type]) => ({ name, type }))
  const arrow = (rows: (null | bigint | number | string | boolean)[][]) =>
    new QueryAnswer({
      columns,
      rows,
      engine_seconds: 0,
      fetch_seconds: 0,
      bytes_read: null,
      bytes_from_device: null,
    }).toArrow()
  const types = ['Int64', 'Float64', 'Dictionary<Int32, Utf8>', 'Dictionary<Int32, Utf8>', 'Bool']
  for (const rows of [
    [],
    [[null, null, null, null, null]],
    [[9007199254740993n, Number.NaN, '1.50', '2024-01-01T00:00:00', true]],
  ]) {
    const table = arrow(rows)
    expect(table.schema.fields.map(f => f.name)).toEqual(['b', 'd', 'p', 't', 'o'])
    expect(table.schema.fields.map(f => String(f.type))).toEqual(types)
    expect(table.numRows).toBe(rows.length)
    expect([...table].map(r => Object.values(r!.toJSON()))).toEqual(rows)
  }
})
