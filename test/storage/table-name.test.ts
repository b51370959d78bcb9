import { expect, test } from 'vitest'
import { parseTableName, tableLocation } from '../../src/storage/table-name'

test('namespace and table', () => {
  expect(parseTableName('gold.customer_executive_dashboard')).toEqual({
    namespace: 'gold',
    table: 'customer_executive_dashboard',
  })
  expect(tableLocation('/data', 'gold', { namespace: 'n', table: 't' })).toBe(
    '/data/gold/warehouse/n/t',
  )
})

test.each([
  '',
  't',
  'a.b.c',
  'a.',
  '.b',
  'a b.c',
  'a.b;',
  "a.b'",
  'a."b"',
  '../x.y',
  'a/b.c',
  '1a.b',
  'ä.b',
  'a.b\n',
  'a.b\0',
])('%j is refused', text => {
  expect(() => parseTableName(text)).toThrow(/is no table name\. Write namespace\.table/)
})
