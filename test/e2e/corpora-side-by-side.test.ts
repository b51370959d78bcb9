import { statSync, utimesSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { rawDir, smallRun } from '../support/small-run'

test('runs at two scales share a storage, each reads its own corpus; a changed file of one is no number of the other', async () => {
  const dir = tempDir()
  const first = await smallRun(dir)
  const larger = { datagen: { scale: 0.002 } }
  const second = await smallRun(dir, larger)
  expect([first.error, second.error]).toEqual([null, null])
  expect(first.metrics.corpus!.prefix).toBe('bronze/customer/interactions/')
  expect(second.metrics.corpus!.prefix).toMatch(/^bronze\/corpora\/scale-0\.002-seed-42-/)
  const rows = (run: typeof first) =>
    run.metrics.jobs.find(j => j.job_name === 'bronze-verify')!.input_rows
  expect([rows(first), rows(second)]).toEqual([
    first.metrics.corpus!.rows,
    second.metrics.corpus!.rows,
  ])
  const again = await smallRun(dir, {}, { generate: false })
  expect(again.metrics.corpus).toEqual(first.metrics.corpus)

  const path = join(rawDir(dir), 'part-000001.parquet')
  const { size } = statSync(path)
  const file = await open(path, 'r+')
  await file.write(Buffer.from([0]), 0, 1, size >> 1)
  await file.close()
  utimesSync(path, 1, 1)
  const read = await smallRun(dir, {}, { generate: false })
  expect(read.error!.message).toMatch(
    /part-000001\.parquet: the file has the right size, but other bytes/,
  )
  const stage = await smallRun(dir, {}, { generate: false, stage: 'silver-build' })
  expect(stage.error!.message).toMatch(/part-000001\.parquet.*other bytes/)
  const gold = await smallRun(dir, {}, { generate: false, stage: 'gold-finalize' })
  expect(gold.metrics.verdict).toBe('INVALID')
  expect(gold.metrics.validity.filter(r => !r.passed).map(r => r.rule)).toContain(
    'corpus-as-generated',
  )
  expect((await smallRun(dir, larger, { generate: false })).metrics.verdict).toBe('PASSED')
})
