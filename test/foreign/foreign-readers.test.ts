import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PartitionBy, TableColumn } from '../../src/contracts/tables'
import { type CopyStatsRow, dataFile, partitionColumn } from '../../src/engines/duckdb/copy-stats'
import { beginWrite, expireReplaced, loadTable } from '../../src/iceberg/table'
import type { TableSnapshot } from '../../src/iceberg/types'
import { violations } from '../iceberg/invariants'
import { type PyIcebergTable, readWithPyIceberg, readWithSpark, type SparkTable } from './readers'

const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'long' },
  { name: 'small', type: 'int' },
  { name: 'amount', type: 'double' },
  { name: 'name', type: 'string' },
  { name: 'flag', type: 'boolean' },
  { name: 'interaction_date', type: 'date' },
  { name: 'at', type: 'timestamp' },
  { name: 'tags', type: 'string_list' },
]
/** Without `small`, with `region`, and in another order. */
const EVOLVED: readonly TableColumn[] = [
  { name: 'region', type: 'string' },
  ...COLUMNS.filter(c => c.name !== 'small'),
  { name: 'more_tags', type: 'string_list' },
]
const MONTH: PartitionBy = { column: 'interaction_date', transform: 'month' }
const DAY: PartitionBy = { column: 'interaction_date', transform: 'day' }

const MARCH = "interaction_date >= DATE '2024-03-01' AND interaction_date < DATE '2024-04-01'"
const MARCH_PY = "interaction_date >= '2024-03-01' and interaction_date < '2024-04-01'"
const TENTH = "interaction_date = DATE '2024-03-10'"
const TENTH_PY = "interaction_date == '2024-03-10'"

/** Rows over 2024-01-01…2024-04-29 with NULLs, NaN, Unicode, negative and huge numbers; every fiftieth date is NULL. */
const rowsSql = (rows: number, from = 0) => `
  SELECT i::BIGINT * (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END) * 1000000007 AS id,
    CASE WHEN i % 7 = 0 THEN NULL ELSE (i - 60)::INTEGER END AS small,
    CASE WHEN i % 5 = 0 THEN 'NaN'::DOUBLE WHEN i % 11 = 0 THEN NULL WHEN i = 13 THEN -1e300 ELSE i / 8 END AS amount,
    CASE WHEN i % 3 = 0 THEN NULL WHEN i % 4 = 0 THEN 'Ünïcödé 日本語 😀' || i || repeat('z', 30) ELSE 'n''"' || i END AS name,
    i % 2 = 0 AS flag,
    CASE WHEN i % 50 = 49 THEN NULL ELSE DATE '2024-01-01' + i::INTEGER END AS interaction_date,
    CASE WHEN i % 9 = 0 THEN NULL ELSE TIMESTAMP '1969-12-31 23:59:59.123456' + INTERVAL (i * 40) DAY END AS at,
    CASE WHEN i % 6 = 0 THEN NULL WHEN i % 6 = 1 THEN [] ELSE ['a' || i, NULL, 'ß'] END AS tags,
    'r' || (i % 3) AS region, ['x' || i] AS more_tags
  FROM range(${from}, ${from + rows}) t(i)`

let root: string
let connection: DuckDBConnection
let py: Record<string, PyIcebergTable>
let spark: Record<string, SparkTable>
const ours: Record<string, TableSnapshot> = {}

async function put(
  name: string,
  o: { columns?: readonly TableColumn[]; by: PartitionBy | null; append?: boolean; rows: string },
) {
  const { columns = COLUMNS, by, append, rows } = o
  const location = join(root, 'warehouse', 'ns', name)
  const write = await beginWrite(location, {
    columns,
    partitionBy: by,
    mode: append ? 'append' : 'replace',
  })
  const ids = columns.map(c =>
    c.type === 'string_list'
      ? `"${c.name}": {__duckdb_field_id: ${write.fieldIds[c.name]}, element: ${write.fieldIds[`${c.name}.element`]}}`
      : `"${c.name}": ${write.fieldIds[c.name]}`,
  )
  const key =
    by &&
    `, strftime(${by.column}, '${by.transform === 'month' ? '%Y-%m' : '%Y-%m-%d'}') AS ${partitionColumn(by)}`
  const options = [
    'FORMAT parquet',
    `FIELD_IDS {${ids.join(', ')}}`,
    `FILENAME_PATTERN '${write.writer}-{i}'`,
    'OVERWRITE_OR_IGNORE true',
    'RETURN_STATS true',
    ...(by
      ? [`PARTITION_BY (${partitionColumn(by)})`, 'WRITE_PARTITION_COLUMNS false']
      : ["FILE_SIZE_BYTES '1GB'"]),
  ]
  const select = `SELECT ${columns.map(c => `"${c.name}"`).join(', ')}${key ?? ''} FROM (${rows})`
  const result = await connection.runAndReadAll(
    `COPY (${select}) TO '${write.dataDir.replaceAll("'", "''")}' (${options.join(', ')})`,
  )
  const files = (result.getRowObjectsJson() as unknown as CopyStatsRow[]).map(row =>
    dataFile(row, columns, by),
  )
  const outcome = await write.commit(files, {})
  if (outcome.state !== 'committed') throw outcome.cause
  expect(violations(location)).toEqual([])
  ours[name] = (await loadTable(location))!
}

beforeAll(async () => {
  // A folder whose name needs care.
  root = join(realpathSync(mkdtempSync(join(tmpdir(), 'lakebench-foreign-'))), "it's a  föld%20er")
  mkdirSync(root)
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  await put('monthly', { by: MONTH, rows: rowsSql(120) })
  await put('daily', { by: DAY, rows: rowsSql(120) })
  await put('flat', { by: null, rows: rowsSql(40) })
  await put('flat', { by: null, append: true, rows: rowsSql(40, 60) })
  await put('appended', { by: MONTH, rows: rowsSql(80) })
  await put('appended', { by: MONTH, append: true, rows: rowsSql(40, 80) })
  await put('evolved', { by: MONTH, rows: rowsSql(120) })
  await put('evolved', { by: DAY, columns: EVOLVED, rows: rowsSql(90) })
  await put('cleaned', { by: MONTH, rows: rowsSql(120) })
  await put('cleaned', { by: DAY, columns: EVOLVED, rows: rowsSql(90) })
  await expireReplaced(ours.cleaned!.location)
  await put('empty', { by: MONTH, rows: rowsSql(0) })
  const names = Object.keys(ours)
  py = await readWithPyIceberg(
    names.map(name => ({ name, location: ours[name]!.location, filters: [MARCH_PY, TENTH_PY] })),
  )
  const answers = await readWithSpark(
    join(root, 'warehouse'),
    names.map(name => ({
      name: `ns.${name}`,
      filters: [MARCH, TENTH],
      query: `select count(*), count(name), count(case when isnan(amount) then 1 end), min(id), max(id), sum(size(tags)) from {table}`,
    })),
  )
  spark = Object.fromEntries(names.map(name => [name, answers[`ns.${name}`]!]))
})

afterAll(() => rmSync(join(root, '..'), { recursive: true, force: true }))

const TABLES = ['monthly', 'daily', 'flat', 'appended', 'evolved', 'cleaned', 'empty']
const PRUNED = ['monthly', 'daily', 'flat', 'appended', 'evolved', 'cleaned']

/** Every column's values as DuckDB reads them from our own file list, in the readers' text form. */
async function content(name: string): Promise<Record<string, number>> {
  const { files } = ours[name]!
  if (files.length === 0) return { rows: 0 }
  const list = files.map(f => `'${f.path.replaceAll("'", "''")}'`).join(', ')
  const sql = `SELECT count(*) AS rows, count(name) AS names, count(CASE WHEN isnan(amount) THEN 1 END) AS nans, min(id) AS low,
    max(id) AS high, sum(len(tags)) AS tags FROM read_parquet([${list}], hive_partitioning = false)`
  const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJson()
  return Object.fromEntries(Object.entries(row!).map(([k, v]) => [k, Number(v)]))
}

describe.each(TABLES)('%s', name => {
  test('both read every row, and the same values', async () => {
    const expected = await content(name)
    expect([py[name]!.rows, spark[name]!.rows]).toEqual([expected.rows, expected.rows])
    expect(spark[name]!.files).toBe(ours[name]!.files.length)
    for (const column of ours[name]!.columns) {
      const [a, b] = [py[name]!.columns[column.name]!, spark[name]!.columns[column.name]!]
      if (column.type === 'double') {
        expect(a.map(v => (v === null ? null : Number(v)))).toEqual(
          b.map(v => (v === null ? null : Number(v))),
        )
      } else expect(a).toEqual(b)
    }
    if (expected.rows === 0) return
    const [row] = spark[name]!.query!
    const { rows, names, nans, low, high } = expected
    expect(row!.slice(0, 5).map(Number)).toEqual([rows, names, nans, low, high])
  })

  test('both see names, types, ids and the partition spec', () => {
    const types = { string_list: 'list<string>' } as Record<string, string>
    const { columns, partitionBy } = ours[name]!
    expect(py[name]!.schema.map(([, n, type]) => [n, type])).toEqual(
      columns.map(c => [c.name, types[c.type] ?? c.type]),
    )
    const sparkTypes = {
      long: 'bigint',
      string_list: 'array<string>',
      timestamp: 'timestamp_ntz',
    } as Record<string, string>
    expect(spark[name]!.schema).toEqual(columns.map(c => [c.name, sparkTypes[c.type] ?? c.type]))
    const [field] = py[name]!.spec
    if (partitionBy === null) expect(field).toBeUndefined()
    else
      expect(field!.slice(0, 2)).toEqual([
        `interaction_date_${partitionBy.transform}`,
        partitionBy.transform,
      ])
  })

  test('both see the snapshot, its counts and its partitions', () => {
    const { files, snapshotId, summary } = ours[name]!
    expect(py[name]!.snapshot_id).toBe(snapshotId)
    expect(py[name]!.summary).toMatchObject({
      operation: summary.operation,
      'total-records': summary['total-records'],
    })
    expect(spark[name]!.snapshots.at(-1)).toEqual([summary.operation, summary['total-records']])
    expect(spark[name]!.history).toBe(spark[name]!.snapshots.length)
    if (ours[name]!.partitionBy === null) return
    const partitions = new Set(files.map(f => f.partition))
    const rows = files.reduce((sum, f) => sum + f.rows, 0)
    expect(spark[name]!.partitions).toHaveLength(partitions.size)
    expect(spark[name]!.partitions.reduce((sum, p) => sum + p[1], 0)).toBe(rows)
    expect(py[name]!.partitions).toHaveLength(partitions.size)
  })
})

describe.each(PRUNED)('%s is pruned by date', name => {
  const may =
    (low: string, high: string) =>
    (f: { columns: Record<string, { lower: unknown; upper: unknown }> }) => {
      const day = (text: string) => Date.parse(text) / 86_400_000
      const { lower, upper } = f.columns.interaction_date as {
        lower: number | null
        upper: number | null
      }
      return lower !== null && upper !== null && lower <= day(high) && upper >= day(low)
    }
  test.each([
    ['a month', MARCH, MARCH_PY, may('2024-03-01', '2024-03-31')],
    ['a day', TENTH, TENTH_PY, may('2024-03-10', '2024-03-10')],
  ])('to %s', (_what, sql, filter, matches) => {
    const all = ours[name]!.files
    const wanted = all.filter(matches as never).map(f => f.path)
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.length).toBeLessThan(all.length)
    expect([...py[name]!.filters[filter]!.files].sort()).toEqual([...wanted].sort())
    const { rows, files, metrics } = spark[name]!.filters[sql]!
    expect(rows).toBe(py[name]!.filters[filter]!.rows)
    expect(rows).toBeGreaterThan(0)
    // Spark names files as URIs; the folder's odd characters are escaped in them.
    const base = (path: string) => path.split('/').slice(-2).join('/')
    expect(files.map(base).sort()).toEqual(wanted.map(base).sort())
    expect(metrics.resultDataFiles).toBe(wanted.length)
    // What was skipped was skipped by its manifest's summary or by its own bounds.
    expect((metrics.skippedDataFiles ?? 0) + (metrics.skippedDataManifests ?? 0)).toBeGreaterThan(0)
  })
})

test('ids: kept by name, new for new columns, never used twice', () => {
  const ids = (name: string) =>
    Object.fromEntries(py[name]!.schema.map(([id, column]) => [column, id]))
  const [before, after] = [ids('monthly'), ids('evolved')]
  for (const { name } of COLUMNS.filter(c => c.name !== 'small'))
    expect(after[name]).toBe(before[name])
  expect(Object.values(before)).not.toContain(after.region)
  expect(py.evolved!.spec[0]!.slice(1)).toEqual(['day', before.interaction_date, 1001])
})

test('null partition, and bounds as Spark decodes them', () => {
  expect(spark.monthly!.partitions.some(([values]) => values[0] === null)).toBe(true)
  expect(ours.monthly!.files.some(f => f.partition === null)).toBe(true)
  const bounds = spark.monthly!.bounds as {
    readable_metrics: Record<
      string,
      { lower_bound: unknown; upper_bound: unknown; value_count: number }
    >
  }[]
  expect(
    bounds.some(b =>
      String(b.readable_metrics.interaction_date!.lower_bound).startsWith('2024-01-01'),
    ),
  ).toBe(true)
  expect(bounds.every(b => b.readable_metrics.name!.value_count > 0)).toBe(true)
})

test('what the replace left behind is readable history, and after the clean-up it is none', () => {
  expect(py.evolved!.snapshots).toBe(2)
  expect(spark.evolved!.snapshots.map(s => s[0])).toEqual(['append', 'overwrite'])
  expect(py.cleaned!.snapshots).toBe(1)
  expect(spark.cleaned!.metadata_log).toBe(3)
})
