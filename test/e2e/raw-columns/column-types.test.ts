import { expect, test } from 'vitest'
import { tempDir } from '../../support/fake-parts'
import { breaksOf, ROWS, rawRun, verificationOf, writeRaw } from './raw-file'

test('integers that pandas wrote as doubles are told as such, with the remedy', async () => {
  const dir = tempDir()
  await writeRaw(
    dir,
    'a.parquet',
    '* REPLACE (satisfaction_score::DOUBLE AS satisfaction_score, customer_id::FLOAT AS customer_id)',
  )
  const remedy = 'pandas writes integers with NULLs so: write the column with its dtype Int64'
  expect(await breaksOf(dir)).toEqual([
    `a.parquet: column customer_id is float, expected long. ${remedy}`,
    `a.parquet: column satisfaction_score is double, expected int. ${remedy}`,
  ])
})

test('files of different widths are read side by side; a value that has no place in its column is NULL, counted by file', async () => {
  const dir = tempDir()
  await writeRaw(dir, 'plain.parquet', '*')
  await writeRaw(
    dir,
    'wide.parquet',
    '* REPLACE (CASE WHEN row_id % 100 = 0 THEN 3000000000 ELSE page_views END AS page_views, transaction_amount::DECIMAL(12, 2) AS transaction_amount, customer_id::UBIGINT AS customer_id)',
  )
  await writeRaw(
    dir,
    'nanoseconds.parquet',
    '* REPLACE (event_timestamp::TIMESTAMP_NS AS event_timestamp)',
  )
  await writeRaw(
    dir,
    'zoned.parquet',
    "* REPLACE (event_timestamp AT TIME ZONE 'UTC' AS event_timestamp)",
  )
  const run = await rawRun(dir, { skipBenchmark: true })
  expect(run.error).toBeNull()
  expect(verificationOf(run).unfit_values).toEqual([
    { file: expect.stringMatching(/wide\.parquet$/), column: 'page_views', rows: ROWS / 100 },
  ])
  expect(run.metrics.warnings.join('\n')).toMatch(
    /wide\.parquet: 2 values of page_views .* count as NULL/,
  )
})
