import { expect, test } from 'vitest'
import { tempDir } from '../../support/fake-parts'
import { breaksOf, ROWS, rawRun, verificationOf, writeRaw } from './raw-file'

test('a nested column with fields named like raw columns is an extra column, counted and harmless', async () => {
  const dir = tempDir()
  await writeRaw(dir, 'plain.parquet', '*')
  await writeRaw(
    dir,
    'struct.parquet',
    "{'channel': 1::BIGINT, 'deep': [{'event_timestamp': 'x'}]} AS meta, *",
  )
  await writeRaw(dir, 'map.parquet', "*, MAP {'a': {'customer_id': 'b'}} AS tags, [1, 2] AS list")
  const run = await rawRun(dir, { skipBenchmark: true })
  expect(run.error).toBeNull()
  expect(run.metrics.jobs.map(j => j.input_rows)).toContain(3 * ROWS)
  expect(verificationOf(run).extra_columns).toEqual([
    { file: expect.stringMatching(/map\.parquet$/), columns: ['tags', 'list'] },
    { file: expect.stringMatching(/struct\.parquet$/), columns: ['meta'] },
  ])
})

test('a column that exists only inside a struct is missing, and the struct is named', async () => {
  const dir = tempDir()
  await writeRaw(dir, 'a.parquet', "* EXCLUDE (channel), {'more': {'channel': channel}} AS meta")
  expect(await breaksOf(dir)).toEqual([
    'a.parquet: column channel (string) is missing: meta has a field of that name, but only top-level columns are read',
  ])
})

test('a list, a map or a struct in place of a value is of the wrong type, by its name', async () => {
  const dir = tempDir()
  await writeRaw(
    dir,
    'a.parquet',
    "* REPLACE ([channel] AS channel, {'v': page_views} AS page_views, MAP {'t': event_timestamp} AS event_timestamp)",
  )
  expect(await breaksOf(dir)).toEqual([
    'a.parquet: column event_timestamp is map, expected timestamp',
    'a.parquet: column channel is list, expected string',
    'a.parquet: column page_views is struct, expected int',
  ])
})

test('a name that differs in case only is said so', async () => {
  const dir = tempDir()
  await writeRaw(dir, 'case.parquet', '* EXCLUDE (channel), channel AS "Channel"')
  await writeRaw(dir, 'space.parquet', '* EXCLUDE (channel), channel AS "CHANNEL", 1 AS "channel "')
  expect(await breaksOf(dir)).toEqual([
    'case.parquet: column channel (string) is missing: there is Channel, which differs in case only. Rename it to channel',
    'space.parquet: column channel (string) is missing: there is CHANNEL, which differs in case only. Rename it to channel',
  ])
})
