import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunResult } from '../../../src/run'
import { tempDir } from '../../support/fake-parts'
import { ROWS, rawRun, verificationOf, writeRaw } from './raw-file'

const MICROS = 'make_timestamp'
/** Microseconds since 1970 that no date of the years 1 to 9999 holds. */
const FAR = [
  "'infinity'::TIMESTAMP",
  "'-infinity'::TIMESTAMP",
  `${MICROS}(253402300800000000)`,
  `${MICROS}(-62135596800000001)`,
  `${MICROS}(9223372036854775806)`,
  `${MICROS}(-9223372022400000000)`,
  "TIMESTAMP '0044-03-15 (BC) 12:00:00'",
]
const NEAR = [`${MICROS}(253402300799999999)`, `${MICROS}(-62135596800000000)`]

/** The first rows with these event times. */
const withTimes = (times: readonly string[]) =>
  `* REPLACE (CASE row_id ${times.map((t, n) => `WHEN ${n} THEN ${t}`).join(' ')} ELSE event_timestamp END AS event_timestamp)`

const MONTHS = { silver_partitioning: 'month' } as const

const fingerprints = (run: RunResult) => run.metrics.jobs.map(j => j.output_fingerprint)

test('times that no date holds are counted by file, and are NULL in silver, as if they had been NULL', async () => {
  const dir = tempDir()
  await writeRaw(dir, 'far.parquet', withTimes(FAR))
  await writeRaw(dir, 'near.parquet', withTimes(NEAR))
  const without = tempDir()
  await writeRaw(without, 'far.parquet', withTimes(FAR.map(() => 'NULL')))
  await writeRaw(without, 'near.parquet', withTimes(NEAR))
  const expected = fingerprints(await rawRun(without, { skipBenchmark: true }, MONTHS))
  for (const silver_strategy of ['simple', 'chunked'] as const) {
    const run = await rawRun(
      dir,
      { skipBenchmark: silver_strategy === 'chunked' },
      { ...MONTHS, silver_strategy },
    )
    expect(run.error, silver_strategy).toBeNull()
    expect(fingerprints(run), silver_strategy).toEqual(expected)
    const found = verificationOf(run)
    expect(found.unfit_values).toEqual([
      { file: expect.stringMatching(/far\.parquet$/), column: 'event_timestamp', rows: FAR.length },
    ])
    expect(found.null_counts.event_timestamp).toBe(FAR.length)
    expect(found.rows).toBe(2 * ROWS)
    expect([found.timestamp.min, found.timestamp.max]).toEqual([
      '0001-01-01T00:00:00.000000',
      '9999-12-31T23:59:59.999999',
    ])
    expect(run.metrics.warnings.join('\n')).toContain(
      'far.parquet: 7 values of event_timestamp outside the years 1 to 9999 count as NULL',
    )
  }
})

test('instants and times in milliseconds and seconds are judged by the same years', async () => {
  const dir = tempDir()
  for (const type of ['TIMESTAMPTZ', 'TIMESTAMP_MS', 'TIMESTAMP_S'])
    await writeRaw(
      dir,
      `${type}.parquet`,
      `* REPLACE (CASE row_id WHEN 0 THEN TIMESTAMP '10000-01-01' ELSE event_timestamp END::${type} AS event_timestamp)`,
    )
  const run = await rawRun(dir, { skipBenchmark: true }, MONTHS)
  expect(run.error).toBeNull()
  expect(verificationOf(run).unfit_values.map(u => u.rows)).toEqual([1, 1, 1])
  expect(readdirSync(join(dir, 'data/silver'), { recursive: true }).join('\n')).not.toMatch(/10000/)
})
