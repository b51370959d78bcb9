import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { tempDir } from '../support/fake-parts'
import { rawDir, smallRun } from '../support/small-run'

const dir = tempDir()

const VALUES: Record<string, readonly string[]> = {
  long: ['NULL', '0', '-1', '9223372036854775807', '-9223372036854775808'],
  int: ['NULL', '0', '-1', '2147483647', '-2147483648'],
  double: [
    'NULL',
    "'NaN'::DOUBLE",
    "'Infinity'::DOUBLE",
    "'-Infinity'::DOUBLE",
    '-0.0',
    '1e308',
    '-1e308',
    '1.005',
    '-12.5',
    '1e-300',
  ],
  string: [
    'NULL',
    "''",
    "'   '",
    "'İstanbul ΣΑΣ ß'",
    "'🙈\u0301é'",
    "'a''b\"c;d|e:f'",
    "repeat('x', 5000)",
    "'@@'",
    "'.DUPLICATE'",
    'chr(0)',
  ],
  boolean: ['NULL', 'true', 'false'],
  timestamp: [
    'NULL',
    "TIMESTAMP '1969-12-31 23:59:59.999999'",
    "TIMESTAMP '9999-12-31 23:59:59'",
    "TIMESTAMP '0001-01-01'",
    "TIMESTAMP '0044-03-15 (BC) 12:00:00'",
    "TIMESTAMP '10000-01-01'",
    "TIMESTAMP 'infinity'",
    "TIMESTAMP '2024-02-29 12:00:00'",
  ],
}

/** Every column takes each of its odd values in some row, beside odd values of all others. */
function rows(n: number): string {
  return Array.from({ length: n }, (_, i) => {
    const cells = RAW_COLUMNS.map((c, j) => {
      const odd = VALUES[c.type]!
      if (c.name === 'data_quality_flag') return i % 7 === 0 ? 'NULL' : "'clean'"
      return odd[(i * (j + 3) + j) % odd.length]
    })
    return `(${cells.join(', ')})`
  }).join(',\n')
}

test('NULL, NaN, infinite, huge, negative and odd text in any column: no crash, counted, and the tables hold them', async () => {
  mkdirSync(rawDir(dir), { recursive: true })
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const types: Record<string, string> = {
    long: 'BIGINT',
    int: 'INTEGER',
    double: 'DOUBLE',
    string: 'VARCHAR',
    boolean: 'BOOLEAN',
    timestamp: 'TIMESTAMP',
  }
  const select = RAW_COLUMNS.map((c, i) => `CAST(column${i} AS ${types[c.type]}) AS ${c.name}`)
  await connection.run(
    `COPY (SELECT ${select} FROM (VALUES ${rows(300)}) t(${RAW_COLUMNS.map((_, i) => `column${i}`)})) TO '${join(rawDir(dir), 'odd.parquet')}' (FORMAT parquet)`,
  )
  connection.closeSync()
  for (const silver_strategy of ['simple', 'chunked', 'salted', 'streaming'] as const) {
    const run = await smallRun(
      dir,
      { pipeline: { silver_strategy, silver_partitioning: 'month' } },
      { generate: false },
    )
    expect(run.error, silver_strategy).toBeNull()
    const verify = run.metrics.jobs.find(j => j.job_name === 'bronze-verify')!
    expect(verify.input_rows).toBe(300)
    const silver = run.metrics.jobs.find(j => j.job_name === 'silver-build')!
    expect(silver.output_rows).toBe(300 - Math.ceil(300 / 7))
    expect(run.metrics.benchmark!.valid).toBe(true)
  }
})
