import { expect, test } from 'vitest'
import { renderReport } from '../../src/report/report'
import { plan, succeededRun, verification } from './fixtures'
import { barsOf, chartLabel, marksOf, rowOf, sectionText } from './reading'

const page = await renderReport(succeededRun(), { verification: verification(), plan: plan() })

test('the head says what ran, how it ended and when', async () => {
  const head = sectionText(page, 'header')
  expect(head).toContain('nightly-embedded ✓ PASSED')
  expect(head).toContain('on duckdb')
  expect(head).toContain('scale 0.1')
  expect(head).toContain('20260131-120000-a1b2c3')
  expect(head).toContain('2026-01-31 12:00:00 UTC')
})

test('every part of the page is there', async () => {
  for (const title of [
    'Scores',
    'What to do',
    'Where time went',
    'Data',
    'Raw data',
    'Strategy, layout and sizing',
    'Queries',
    'Cost, estimated',
    'Validity and warnings',
    'Environment and configuration',
  ])
    expect(page).toMatch(new RegExp(`<h2[^>]*>${title}</h2>`))
})

test('scores come with their units', async () => {
  const scores = sectionText(page, 'scores')
  expect(scores).toContain('Time to value 9.66 s')
  expect(scores).toMatch(
    /Queries per hour 1\d0,000 power QpH, 8 queries, hot cache, geometric mean \d+ ms, too short to rank/,
  )
  expect(scores).toContain('0.112 GiB/s')
  expect(scores).toContain('1.002')
})

test('a stage’s bar and its words say the same', async () => {
  expect(rowOf(page, 'time', 'silver-build')).toEqual([
    'silver-build',
    '8.30 s',
    '51 %',
    '8.05 s',
    '✓ succeeded',
  ])
  const [datagen, , silver] = barsOf(page, 'time', 'soft')
  expect(silver!.width / datagen!.width).toBeCloseTo(8.3 / 5.9, 2)
  expect((silver!.x - datagen!.x) / datagen!.width).toBeCloseTo((7 - 0.1) / 5.9, 2)
  const inner = barsOf(page, 'time', 'main')[2]!
  expect(inner.width / silver!.width).toBeCloseTo(0.97, 2)
  expect(chartLabel(page, 'time')).toContain('silver-build took longest: 8.30 s, 51 % of the run.')
  expect(sectionText(page, 'time')).toContain('silver-build took longest: 8.30 s, 51 % of the run.')
})

test('a resumed run’s pause does not squeeze its stages', async () => {
  const run = succeededRun()
  for (const stage of run.pipeline_benchmark.stages.slice(2))
    stage.start_time = new Date(Date.parse(stage.start_time!) + 86_400_000).toISOString()
  const resumed = await renderReport(run)
  expect(sectionText(resumed, 'time')).toContain('end to end; the pauses between them are left out')
  const [datagen, , silver] = barsOf(resumed, 'time', 'soft')
  expect(silver!.width / datagen!.width).toBeCloseTo(8.3 / 5.9, 2)
  expect(silver!.width).toBeGreaterThan(250)
})

test('data volumes per layer', async () => {
  expect(rowOf(page, 'data', 'bronze').slice(1)).toEqual(['1.00 GiB', '255,652', '2', '4.11 KiB'])
  expect(rowOf(page, 'data', 'gold').slice(1, 4)).toEqual(['105 KiB', '366', '12'])
})

test('files by size and partitions, and what a filter on dates leaves unread', () => {
  expect(rowOf(page, 'data', 'Q2')).toEqual([
    'Q2',
    '3 of 12',
    '25 %',
    '156 MiB',
    '25 %',
    '2.29 MiB',
  ])
  expect(sectionText(page, 'data')).toContain(
    'silver month(interaction_date) 12 12 47.7 MiB 51.5 MiB 58.2 MiB',
  )
})

test('dirt found beside dirt planted', async () => {
  expect(rowOf(page, 'bronze', 'email_missing_at').slice(2)).toEqual([
    '3,410',
    '1.3 %',
    '3,410',
    '100 %',
  ])
  expect(rowOf(page, 'bronze', 'timestamp_missing').slice(2)).toEqual(['0', '0 %', '—', '—'])
  expect(rowOf(page, 'bronze', 'phone_truncated').slice(2, 5)).toEqual(['5,098', '2.0 %', '5,110'])
  expect(rowOf(page, 'bronze', 'support_ticket_id').slice(2)).toEqual(['224,973', '88 %', 'yes'])
  expect(sectionText(page, 'bronze')).toContain('3 further columns have none.')
  expect(sectionText(page, 'bronze')).toContain('interaction_payload')
})

test('choices come with their reasons, and what was asked beside what was given', async () => {
  const choices = sectionText(page, 'choices')
  expect(choices).toContain(
    'simple 1.00 GiB of bronze is below 100 GiB and the skew of 1.1 is not above 100.',
  )
  expect(choices).toContain('month 12 months give files of 52 MiB')
  expect(rowOf(page, 'choices', 'silver-build').slice(1, 4)).toEqual([
    'minimal',
    '2 × 4 cores, 48.0 GiB',
    '1 × 2 cores, 3.00 GiB',
  ])
  expect(choices).toContain('The embedded engine runs in this process')
})

test('queries: engine and fetch apart, spread, digest', async () => {
  expect(rowOf(page, 'queries', 'Q6 RFM scoring').slice(2)).toEqual([
    '81 ms',
    '—',
    '6.5 ms',
    '75 ms – 106 ms (3)',
    '1,000',
    '6.87 MiB',
    '✓ answered',
  ])
  expect(sectionText(page, 'queries')).toContain('Q6 is the slowest with 81 ms.')
  expect(page).toContain(succeededRun().benchmark!.queries[0]!.fingerprint!)
  expect(marksOf(page, 'queries', 'main', 'circle')).toHaveLength(8 * 3)
  expect(marksOf(page, 'queries', 'median', 'line')).toHaveLength(8)
})

test('times of 0 and of nothing give a chart without a nonsense number', async () => {
  const run = succeededRun()
  const zero = run.benchmark!.queries.map(query => ({
    ...query,
    engine_seconds: 0,
    elapsed_seconds: 0,
    samples: query.samples.map(sample => ({ ...sample, engine_seconds: 0 })),
  }))
  const drawn = await renderReport({ ...run, benchmark: { ...run.benchmark!, queries: zero } })
  expect(drawn).not.toMatch(/NaN|Infinity/)
  expect(marksOf(drawn, 'queries', 'median', 'line')).toHaveLength(8)
})

test('rules, warnings, environment and config are on the page', async () => {
  expect(rowOf(page, 'validity', 'scale-ratio')).toEqual([
    'scale-ratio',
    '✓ holds',
    'bronze is 1.0020 of its nominal size; 0.95 to 1.05 is valid',
  ])
  expect(sectionText(page, 'validity')).toContain('was raised to it')
  expect(rowOf(page, 'environment', 'cpu.model')).toEqual(['cpu.model', 'Example CPU @ 2.4 GHz'])
  expect(sectionText(page, 'environment')).toContain('"preset": "embedded"')
})
