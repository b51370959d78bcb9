import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GeneratedCorpus } from '../../src/datagen/corpus'
import { BYTES_PER_ROW } from '../../src/datagen/plan'
import { DIRT_KINDS } from '../../src/datagen/vocabulary'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { duckdb, generateIn, makeRoot, rawFiles } from './support'

const SQL_TYPES: Readonly<Record<string, string>> = {
  long: 'BIGINT',
  int: 'INTEGER',
  double: 'DOUBLE',
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
}
const SCALE = 0.01

const root = makeRoot()
let made: GeneratedCorpus
beforeAll(async () => {
  made = await generateIn(root, { scale: SCALE, file_size: 80 * 1024 ** 2, workers: 2 })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('41 columns with their names, types and nullability, in order', async () => {
  const described = await duckdb(`describe select * from read_parquet(${rawFiles(root)})`)
  expect(described.map(c => [c.column_name, c.column_type])).toEqual(
    RAW_COLUMNS.map(c => [c.name, SQL_TYPES[c.type]]),
  )
  const schema = await duckdb(
    `select distinct name, repetition_type as r from parquet_schema(${rawFiles(root)}) where type is not null`,
  )
  const repetition = new Map(schema.map(c => [c.name, c.r]))
  for (const c of RAW_COLUMNS)
    expect(repetition.get(c.name), c.name).toBe(c.nullable ? 'OPTIONAL' : 'REQUIRED')
})

test('footers carry the true null count of every column, the payload too', async () => {
  const footers = await duckdb(
    `select path_in_schema as name, sum(stats_null_count) as nulls, count(*) as groups, count(stats_null_count) as known
     from parquet_metadata(${rawFiles(root)}) group by 1`,
  )
  const [counted] = await duckdb(
    `select ${RAW_COLUMNS.map(c => `count(*) - count(${c.name}) as ${c.name}`).join(', ')} from read_parquet(${rawFiles(root)})`,
  )
  expect(footers).toHaveLength(41)
  for (const { name, nulls, groups, known } of footers) {
    expect(known, String(name)).toBe(groups)
    expect(nulls, String(name)).toBe(counted![String(name)])
  }
  for (const c of RAW_COLUMNS) expect(Number(counted![c.name]) > 0, c.name).toBe(c.nullable)
})

test('bounds in the footers hold the values', async () => {
  const bounds = await duckdb(
    `select min(stats_min_value::BIGINT) as low, max(stats_max_value::BIGINT) as high from parquet_metadata(${rawFiles(root)}) where path_in_schema = 'id'`,
  )
  expect(bounds).toEqual([{ low: 0, high: made.corpus.rows! - 1 }])
  const [pruned] = await duckdb(
    `select (select count(*) from read_parquet(${rawFiles(root)}) where customer_id = 1) as fast,
            (select count(*) filter (customer_id = 1) from read_parquet(${rawFiles(root)})) as full_scan,
            (select count(*) from read_parquet(${rawFiles(root)}) where event_timestamp < timestamp '2024-02-01') as january,
            (select count(*) filter (event_timestamp < timestamp '2024-02-01') from read_parquet(${rawFiles(root)})) as january_full`,
  )
  expect(pruned!.fast).toBe(pruned!.full_scan)
  expect(pruned!.january).toBe(pruned!.january_full)
})

test('rows, sizes and row groups are as recorded', async () => {
  const files = await duckdb(
    `select sum(num_rows) as n, count(*) as files, max(num_rows) as largest from parquet_file_metadata(${rawFiles(root)})`,
  )
  expect(files).toEqual([
    { n: made.corpus.rows, files: 2, largest: Math.floor((80 * 1024 ** 2) / BYTES_PER_ROW) },
  ])
  const groups = await duckdb(
    `select min(row_group_num_rows) as least, max(row_group_num_rows) as most from parquet_metadata(${rawFiles(root)})`,
  )
  expect(Number(groups[0]!.most)).toBeLessThanOrEqual(16_384)
  const [ids] = await duckdb(
    `select count(distinct id) as ids, min(id) as low, max(id) as high, bool_and(id = row_id) as same, count(distinct event_id) as events from read_parquet(${rawFiles(root)})`,
  )
  const rows = made.corpus.rows!
  expect(ids).toEqual({ ids: rows, low: 0, high: rows - 1, same: true, events: rows })
})

test('bytes per row agree with the constant, so that the scale is what it says', () => {
  const { rows, bytes } = made.corpus
  expect(Math.abs(bytes / rows! / BYTES_PER_ROW - 1)).toBeLessThan(0.03)
  const ratio = bytes / (SCALE * 10 * 1024 ** 3)
  expect(ratio).toBeGreaterThan(0.95)
  expect(ratio).toBeLessThan(1.05)
})

test('quality flags and NaN carts in the files are as recorded', async () => {
  const flags = await duckdb(
    `select data_quality_flag as flag, count(*) as n from read_parquet(${rawFiles(root)}) group by 1`,
  )
  for (const { flag, n } of flags)
    expect(made.corpus.injected_dirt![`quality_flag_${flag}`]).toBe(n)
  expect(Object.keys(made.corpus.injected_dirt!)).toEqual([...DIRT_KINDS])
  const [nan] = await duckdb(
    `select count(*) filter (isnan(cart_value) <> (interaction_type in ('login', 'support'))) as wrong,
            count(*) filter (isnan(cart_value)) as nan from read_parquet(${rawFiles(root)})`,
  )
  expect(nan!.wrong).toBe(0)
  expect(nan!.nan).toBeGreaterThan(0)
})

test('a corpus of one row, and one of a few rows a file, are whole', async () => {
  for (const [scale, rows] of [
    [1e-9, 1],
    [0.00001, 25],
  ] as const) {
    const small = makeRoot()
    try {
      const { corpus } = await generateIn(small, { scale, file_size: 50_000 })
      expect(corpus.rows).toBe(rows)
      const [read] = await duckdb(
        `select count(*) as n, count(distinct interaction_payload) as payloads from read_parquet(${rawFiles(small)})`,
      )
      expect(read).toEqual({ n: rows, payloads: rows })
    } finally {
      rmSync(small, { recursive: true, force: true })
    }
  }
})
