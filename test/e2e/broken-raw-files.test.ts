import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeEach, expect, test } from 'vitest'
import type { Verification } from '../../src/contracts/jobs'
import { tempDir } from '../support/fake-parts'
import { placeRaw, rawDir, smallRun } from '../support/small-run'

const dir = tempDir()
const part = (n: number) => join(rawDir(dir), `part-${String(n).padStart(6, '0')}.parquet`)

beforeEach(async () => {
  rmSync(join(dir, 'data'), { recursive: true, force: true })
  await placeRaw(dir)
})

async function failingRun(): Promise<{
  message: string
  verification: Verification
  statuses: string[]
}> {
  const run = await smallRun(dir, {}, { generate: false })
  expect(run.metrics.verdict).toBe('FAILED')
  expect(existsSync(run.paths.metrics) && existsSync(run.paths.report)).toBe(true)
  return {
    message: run.metrics.error_message!,
    verification: JSON.parse(readFileSync(run.paths.verification, 'utf8')),
    statuses: run.metrics.pipeline_benchmark.stages.map(s => s.status),
  }
}

const stopsThere = ['failed', 'skipped', 'skipped', 'skipped']

test('missing, truncated, zero-byte and non-Parquet files are all named at once; later stages do not run', async () => {
  expect(readdirSync(rawDir(dir)).length).toBeGreaterThanOrEqual(3)
  unlinkSync(part(0))
  truncateSync(part(1), 1000)
  writeFileSync(part(2), '')
  writeFileSync(join(rawDir(dir), 'notes.parquet'), 'these are no columns, only words')
  const { message, verification, statuses } = await failingRun()
  for (const name of [
    'part-000000.parquet',
    'part-000001.parquet',
    'part-000002.parquet',
    'notes.parquet',
  ]) {
    expect(message).toContain(name)
    expect(verification.breaks.some(b => b.file.endsWith(name) && b.problem === 'unreadable')).toBe(
      true,
    )
  }
  expect(statuses).toEqual(stopsThere)
  expect(existsSync(join(dir, 'data/silver'))).toBe(false)
})

async function rewrite(path: string, select: string, rest = ''): Promise<void> {
  rmSync(join(dir, 'data/bronze/_lakebench'), { recursive: true, force: true })
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT ${select} FROM read_parquet('${path}') ${rest}) TO '${path}.new' (FORMAT parquet)`,
  )
  connection.closeSync()
  const { renameSync } = await import('node:fs')
  renameSync(`${path}.new`, path)
}

test('a missing column and a wrong type fail, naming file and column', async () => {
  await rewrite(part(0), '* EXCLUDE (channel)')
  await rewrite(part(1), "* REPLACE ('many' AS page_views)")
  const { message, verification, statuses } = await failingRun()
  expect(message).toMatch(/part-000000\.parquet: column channel \(string\) is missing/)
  expect(message).toMatch(/part-000001\.parquet: column page_views is string, expected int/)
  expect(verification.breaks).toHaveLength(2)
  expect(statuses).toEqual(stopsThere)
})

test('a key column without any value fails', async () => {
  for (const file of readdirSync(rawDir(dir)))
    await rewrite(join(rawDir(dir), file), '* REPLACE (NULL::BIGINT AS customer_id)')
  const { message } = await failingRun()
  expect(message).toContain('customer_id')
})

test('an extra column, an empty file and wider types are reported and do not stop the run', async () => {
  await rewrite(part(0), '*, 1 AS surprise')
  await rewrite(
    part(1),
    '* REPLACE (page_views::BIGINT AS page_views, event_timestamp::TIMESTAMPTZ AS event_timestamp)',
  )
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT * FROM read_parquet('${part(2)}') LIMIT 0) TO '${join(rawDir(dir), 'part-empty.parquet')}' (FORMAT parquet)`,
  )
  connection.closeSync()
  writeFileSync(join(rawDir(dir), 'part-bytes.parquet'), '')
  for (const name of ['a.csv', 'b.txt']) writeFileSync(join(rawDir(dir), name), 'of others')
  const run = await smallRun(dir, {}, { generate: false })
  expect(run.error).toBeNull()
  expect(run.metrics.warnings.join('\n')).toMatch(/surprise/)
  const empty = run.metrics.warnings.filter(w => w.includes('no rows'))
  expect(empty).toEqual([
    expect.stringMatching(/^2 files \(the first is .*part-bytes\.parquet\) have no rows\.$/),
  ])
  const others = run.metrics.warnings.filter(w => w.includes('nothing reads them'))
  expect(others).toEqual([
    expect.stringMatching(/^2 files \(the first is .*a\.csv\) are not named \*\.parquet/),
  ])
})

test('a corpus without a row says so', async () => {
  for (const [i, file] of readdirSync(rawDir(dir)).entries()) {
    if (i === 0) await rewrite(join(rawDir(dir), file), '*', 'LIMIT 0')
    else writeFileSync(join(rawDir(dir), file), '')
  }
  const { message, statuses } = await failingRun()
  expect(message).toMatch(
    /interactions\/: no row is in any of its \d+ files\. Make some with --generate/,
  )
  expect(statuses).toEqual(stopsThere)
})

test('no raw files at all: the remedy is named', async () => {
  rmSync(rawDir(dir), { recursive: true })
  rmSync(join(dir, 'data/bronze/_lakebench'), { recursive: true })
  const run = await smallRun(dir, {}, { generate: false })
  expect(run.metrics.error_message).toMatch(/--generate/)
})

test('a quality gate that is not met fails the stage, with numbers', async () => {
  const run = await smallRun(
    dir,
    { pipeline: { quality_gates: { max_invalid_email_ratio: 0.001 } } },
    { generate: false },
  )
  expect(run.metrics.error_message).toMatch(/max_invalid_email_ratio: 0\.0\d+ is above 0\.001/)
})
