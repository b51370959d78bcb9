import { expect, test } from 'vitest'
import { renderReport } from '../../src/report/report'
import {
  abortedRun,
  brokenVerification,
  emptyRun,
  failedRun,
  invalidBenchmarkRun,
  plan,
  succeededRun,
  verification,
} from './fixtures'
import { rowOf, sectionText } from './reading'

test('a run that failed at once says so first, in full, and why each part is empty', async () => {
  const page = await renderReport(failedRun(), { verification: brokenVerification(), plan: plan() })
  const head = sectionText(page, 'header')
  expect(head).toContain('✕ FAILED')
  expect(head).toContain('part-000001.parquet: column email_raw is missing')
  expect(head).toContain('part-000002.parquet: is no Parquet file')
  const scores = sectionText(page, 'scores')
  expect(scores).toContain('Time to value — bronze-verify was not finished: it failed')
  expect(scores).toContain('Queries per hour — the benchmark was not run')
  expect(scores).toContain('Scale ratio — the raw data is not from the generator')
  expect(rowOf(page, 'time', 'gold-finalize').slice(1)).toEqual([
    '—',
    '—',
    '—',
    '– skipped not run: bronze-verify failed',
  ])
  expect(sectionText(page, 'data')).toContain('silver — silver-build: skipped')
  expect(sectionText(page, 'queries')).toContain(
    'There are no query times: the benchmark was not run.',
  )
  expect(sectionText(page, 'choices')).toContain('No strategy was chosen')
})

test('schema breaks and gates that are not met are listed; foreign data has nothing planted to compare with', async () => {
  const page = await renderReport(failedRun(), { verification: brokenVerification() })
  expect(rowOf(page, 'bronze', 'bronze/customer/interactions/part-000002.parquet')).toEqual([
    'bronze/customer/interactions/part-000002.parquet',
    'the file',
    'unreadable',
    'is no Parquet file',
  ])
  expect(rowOf(page, 'bronze', 'max_duplicate_ratio')).toEqual([
    'max_duplicate_ratio',
    '1.0 %',
    '3.4 %',
  ])
  expect(rowOf(page, 'bronze', 'product_id').at(-1)).toBe('✕ never')
  expect(sectionText(page, 'bronze')).not.toContain('Found ÷ planted')
})

test('a hundred broken files do not make a page of a thousand lines', async () => {
  const [first] = brokenVerification().breaks
  const breaks = Array.from({ length: 1000 }, (_, i) => ({ ...first!, file: `part-${i}.parquet` }))
  const bronze = sectionText(
    await renderReport(failedRun(), { verification: { ...brokenVerification(), breaks } }),
    'bronze',
  )
  expect(bronze).toContain('Schema breaks: 1,000. The first 50')
  expect(bronze).toContain('part-49.parquet')
  expect(bronze).not.toContain('part-50.parquet')
})

test('a failed query takes the score and keeps the others’ times', async () => {
  const page = await renderReport(invalidBenchmarkRun(), { verification: verification() })
  const queries = sectionText(page, 'queries')
  expect(queries).toContain('No score is given.')
  expect(queries).toContain('Q9: its answer differed between executions')
  expect(rowOf(page, 'queries', 'Q6 RFM scoring').at(-1)).toBe(
    '✕ failed Out of Memory Error: failed to allocate 1.2 GiB',
  )
  expect(rowOf(page, 'queries', 'Q1 Full scan aggregation')[2]).toBe('31 ms')
  expect(rowOf(page, 'queries', 'analytics').at(-1)).toBe('— a query failed')
  expect(sectionText(page, 'scores')).toContain('Queries per hour — none: the benchmark is invalid')
})

test('an interrupted run shows what was measured by then', async () => {
  const page = await renderReport(abortedRun())
  expect(sectionText(page, 'header')).toContain('■ INTERRUPTED')
  expect(rowOf(page, 'time', 'silver-build').at(-1)).toBe('■ aborted This operation was aborted')
  expect(rowOf(page, 'data', 'bronze-verify')[1]).toBe('255,652')
  expect(sectionText(page, 'scores')).toContain('Time to value — silver-build was stopped')
  expect(sectionText(page, 'bronze')).toContain('not at hand when this page was made')
})

test('one stage alone, and a run of which nothing is known, still give a page', async () => {
  const run = succeededRun()
  const scores = Object.fromEntries(
    Object.keys(run.pipeline_benchmark.scores).map(key => [key, null]),
  )
  const page = await renderReport(emptyRun())
  expect(sectionText(page, 'time')).toBe('Where time went No stage was started.')
  expect(sectionText(page, 'validity')).toContain('0 of 0 stages succeeded')
  expect(sectionText(page, 'scores')).toContain('no benchmark in this run')
  expect(page).not.toMatch(/NaN|Infinity|undefined|\[object/)
  const stage = { ...run, benchmark: null, jobs: run.jobs.slice(2, 3) }
  stage.pipeline_benchmark = {
    ...run.pipeline_benchmark,
    scores: scores as never,
    stages: run.pipeline_benchmark.stages.slice(2, 3),
  }
  expect(sectionText(await renderReport(stage), 'scores')).toContain(
    'Time to value — bronze-verify was not part of this run',
  )
})
