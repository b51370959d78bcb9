import { expect, test } from 'vitest'
import { renderReport } from '../../src/report/report'
import { plan, succeededRun, verification } from './fixtures'
import { rowOf, sectionText } from './reading'

const page = renderReport(succeededRun(), { verification: verification(), plan: plan() })

test('the head says what ran, how it ended and when', () => {
  const head = sectionText(page, 'header')
  expect(head).toContain('nightly-embedded ✓ PASSED')
  expect(head).toContain('on duckdb')
  expect(head).toContain('scale 0.1')
  expect(head).toContain('20260131-120000-a1b2c3')
  expect(head).toContain('2026-01-31 12:00:00 UTC')
})

test('every part of the page is there', () => {
  for (const title of [
    'Scores',
    'Where time went',
    'Data',
    'Raw data',
    'Strategy, layout and sizing',
    'Queries',
    'Validity and warnings',
    'Environment and configuration',
  ])
    expect(page).toMatch(new RegExp(`<h2[^>]*>${title}</h2>`))
})

test('scores come with their units', () => {
  const scores = sectionText(page, 'scores')
  expect(scores).toContain('Time to value 9.66 s')
  expect(scores).toMatch(/Queries per hour 14\d,\d{3}\.\d/)
  expect(scores).toContain('0.271 GiB/s')
  expect(scores).toContain('1.002')
})

test('a stage’s bar and its words say the same', () => {
  expect(rowOf(page, 'time', 'silver-build')).toEqual(['silver-build', '', '8.30 s', '51 %', '8.05 s', '✓ succeeded'])
  const bar = /name">silver-build[\s\S]*?<rect class="soft"[^>]*x="([\d.]+)%" y="3" width="([\d.]+)%"/.exec(page)!
  expect(Number(bar[1])).toBeCloseTo((7 / 16.4) * 100, 1)
  expect(Number(bar[2])).toBeCloseTo((8.3 / 16.4) * 100, 1)
  expect(sectionText(page, 'time')).toContain('silver-build took longest: 8.30 s, 51 % of the run.')
})

test('a resumed run’s pause does not squeeze its stages', () => {
  const run = succeededRun()
  for (const stage of run.pipeline_benchmark.stages.slice(2))
    stage.start_time = new Date(Date.parse(stage.start_time!) + 86_400_000).toISOString()
  const resumed = renderReport(run)
  expect(sectionText(resumed, 'time')).toContain('end to end; the pauses between them are left out')
  const bar = /name">silver-build[\s\S]*?<rect class="soft"[^>]*width="([\d.]+)%"/.exec(resumed)!
  expect(Number(bar[1])).toBeGreaterThan(40)
})

test('data volumes per layer', () => {
  expect(rowOf(page, 'data', 'bronze').slice(2)).toEqual(['1.00 GiB', '255,652', '2', '4.11 KiB'])
  expect(rowOf(page, 'data', 'gold').slice(2, 5)).toEqual(['105 KiB', '366', '12'])
})

test('dirt found beside dirt planted', () => {
  expect(rowOf(page, 'bronze', 'email_missing_at').slice(2)).toEqual(['3,410', '1.3 %', '3,410', '100 %'])
  expect(rowOf(page, 'bronze', 'timestamp_missing').slice(2)).toEqual(['0', '0 %', '—', '—'])
  expect(rowOf(page, 'bronze', 'phone_truncated').slice(2, 5)).toEqual(['5,098', '2.0 %', '5,110'])
  expect(rowOf(page, 'bronze', 'support_ticket_id').slice(2)).toEqual(['224,973', '88 %', 'yes'])
  expect(sectionText(page, 'bronze')).toContain('3 further columns have none.')
  expect(sectionText(page, 'bronze')).toContain('interaction_payload')
})

test('choices come with their reasons, and what was asked beside what was given', () => {
  const choices = sectionText(page, 'choices')
  expect(choices).toContain('simple 1.00 GiB of bronze is below 100 GiB and the skew of 1.1 is not above 100.')
  expect(choices).toContain('month 12 months give files of 52 MiB')
  expect(rowOf(page, 'choices', 'silver-build').slice(1, 4)).toEqual([
    'minimal',
    '2 × 4 cores, 48.0 GiB',
    '1 × 2 cores, 3.00 GiB',
  ])
  expect(choices).toContain('The embedded engine runs in this process')
})

test('queries: engine and fetch apart, spread, digest', () => {
  expect(rowOf(page, 'queries', 'Q6 RFM scoring').slice(2)).toEqual([
    '81 ms',
    '6.5 ms',
    '75 ms – 106 ms (3)',
    '1,000',
    '6.87 MiB',
  ])
  expect(sectionText(page, 'queries')).toContain('Q6 is the slowest with 81 ms.')
  expect(page).toContain(succeededRun().benchmark!.queries[0]!.fingerprint!)
  expect(page.match(/class="dot"/g)).toHaveLength(8 * 3)
})

test('rules, warnings, environment and config are on the page', () => {
  expect(rowOf(page, 'validity', 'scale-ratio')).toEqual(['scale-ratio', '✓ holds', '1.002 lies within 0.95 and 1.05.'])
  expect(sectionText(page, 'validity')).toContain('was raised to it')
  expect(rowOf(page, 'environment', 'cpu.model')).toEqual(['cpu.model', 'Example CPU @ 2.4 GHz'])
  expect(sectionText(page, 'environment')).toContain('"preset": "embedded"')
})
