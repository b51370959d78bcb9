import { expect, test } from 'vitest'
import { dataFile, partitionOrdinal } from '../../../src/engines/duckdb/copy-stats'

const stats = (key: string, values: Record<string, string>) => ({
  key: `"${key}"`,
  value: Object.entries(values).map(([k, value]) => ({ key: k, value })),
})

test('bounds become typed values; what cannot be read exactly is left out', () => {
  const file = dataFile(
    {
      filename: '/t/a.parquet',
      count: '3',
      file_size_bytes: '100',
      column_statistics: [
        stats('big', {
          min: '-9223372036854775808',
          max: '9007199254740993',
          null_count: '1',
          num_values: '3',
        }),
        stats('day', { min: '1969-12-31', max: '2024-02-29', null_count: '0', num_values: '3' }),
        stats('at', {
          min: '1969-12-31 23:59:59.9',
          max: '2024-01-01 00:00:00.000001',
          null_count: '0',
          num_values: '3',
        }),
        stats('yes', { min: '0', max: '1', null_count: '0', num_values: '3' }),
        stats('x', { min: '-1.5', max: 'inf', has_nan: 'true', null_count: '0', num_values: '3' }),
        stats('odd', {
          min: '0044-01-01 (BC)',
          max: '290000-01-01',
          null_count: '0',
          num_values: '3',
        }),
      ],
      partition_keys: [{ key: 'day_month', value: '2024-02' }],
    },
    [
      { name: 'big', type: 'long' },
      { name: 'day', type: 'date' },
      { name: 'at', type: 'timestamp' },
      { name: 'yes', type: 'boolean' },
      { name: 'x', type: 'double' },
      { name: 'odd', type: 'date' },
    ],
    { column: 'day', transform: 'month' },
  )
  expect(file).toMatchObject({ path: '/t/a.parquet', rows: 3, bytes: 100, partition: 649 })
  expect(file.columns.big).toMatchObject({
    lower: -9223372036854775808n,
    upper: 9007199254740993n,
    nulls: 1,
    values: 3,
  })
  expect(file.columns.day).toMatchObject({ lower: -1, upper: 19782 })
  expect(file.columns.at).toMatchObject({ lower: -100000n, upper: 1704067200000001n })
  expect(file.columns.yes).toMatchObject({ lower: false, upper: true })
  expect(file.columns.x).toMatchObject({ lower: -1.5, upper: null, nans: null })
  expect(file.columns.odd).toMatchObject({ lower: null, upper: null })
})

test('partition folders become ordinals since 1970', () => {
  const month = { column: 'd', transform: 'month' } as const
  const day = { column: 'd', transform: 'day' } as const
  expect(partitionOrdinal('1970-01', month)).toBe(0)
  expect(partitionOrdinal('1969-12', month)).toBe(-1)
  expect(partitionOrdinal('2024-12', month)).toBe(659)
  expect(partitionOrdinal('1970-01-02', day)).toBe(1)
  expect(partitionOrdinal('1969-12-31', day)).toBe(-1)
  expect(partitionOrdinal('__HIVE_DEFAULT_PARTITION__', day)).toBeNull()
  expect(partitionOrdinal(null, month)).toBeNull()
  expect(() => partitionOrdinal('soon', month)).toThrow('"soon" that is no month')
})
