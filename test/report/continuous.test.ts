import { expect, test } from 'vitest'
import { renderReport } from '../../src/report/report'
import { judge } from '../../src/results/scorecard/judge'
import { benchmark, query as timedQuery } from '../results/scorecard/records'
import { round, window, windowInput } from '../support/window-records'
import { succeededRun } from './fixtures'
import { rowOf, sectionText } from './reading'

const query = (name: string, engine_seconds: number | null) => ({
  name,
  class: 'scan',
  engine_seconds,
  rows_returned: 1,
  success: engine_seconds !== null,
  error_message: engine_seconds === null ? 'gone' : null,
})
const timed = (name: string, engine_seconds: number) => timedQuery(name, { engine_seconds })
const rounds = [
  { ...round(1, 9600, 12), queries: [query('Q1', 0.5), query('Q9', 0.25)] },
  { ...round(2, null, 20), queries: [query('Q1', 0.7), query('Q9', null)], q9_retries: 2 },
]

const chartsOf = (html: string, id: string) =>
  html
    .split(`<section id="${id}"`)[1]!
    .split('</section>')[0]!
    .match(/<svg[^>]*class="chart"/g)?.length ?? 0

const page = (more: object = {}) =>
  renderReport(
    judge({
      ...succeededRun(),
      mode: 'continuous',
      jobs: [],
      ...windowInput(),
      benchmark_rounds: rounds,
      benchmark: benchmark({ queries: [timed('Q1', 0.5), timed('Q9', 0.25)] }),
      ...more,
    }),
  )

test('the rounds stand in a section of their own, query by query, with medians over the valid ones', async () => {
  const html = await page()
  expect(html).toMatch(/<h2[^>]*>In-Stream Benchmark Rounds<\/h2>/)
  expect(rowOf(html, 'rounds', '1')).toEqual([
    '1',
    '20.0 s',
    '9,600',
    '500 ms',
    '250 ms',
    '12.0 s',
    '✓ at once',
  ])
  expect(rowOf(html, 'rounds', '2').slice(4)).toEqual(['✕ failed', '20.0 s', '✕ failed 3 times'])
  // The run's benchmark is the medians of its rounds.
  expect(rowOf(html, 'rounds', 'median').slice(2)).toEqual([
    '9,600',
    '500 ms',
    '250 ms',
    '16.0 s',
    '',
  ])
  expect(html).toContain('href="#rounds"')
})

test('streams, the age of gold and what waited are told and drawn', async () => {
  const samples = [0, 50, 100].map(at => ({
    at,
    bronze_backlog_rows: at,
    silver_backlog_rows: 0,
    staleness_seconds: null,
    unseen_seconds: null,
    memory_bytes: null,
  }))
  const html = await page({
    continuous: window({ samples, quarantined: [{ file: 'x<b>.parquet', reason: 'cut', at: 1 }] }),
  })
  expect(rowOf(html, 'streams', 'bronze-ingest').slice(1, 3)).toEqual(['4', '10,000'])
  expect(html).toContain('Age of the newest data in gold over the window. At most 1 min 09 s')
  expect(sectionText(html, 'streams')).toContain('The streams kept up.')
  expect(html).toContain('x&lt;b&gt;.parquet')
  expect(chartsOf(html, 'streams')).toBe(2)
  expect(chartsOf(html, 'rounds')).toBe(2)
})

test('the scores at the head are those of a window; what batch stages do has no section, and every link leads somewhere', async () => {
  const html = await page()
  expect(sectionText(html, 'scores')).toContain('Oldest that gold was 1 min 09 s')
  expect(sectionText(html, 'scores')).not.toContain('Time to value')
  expect(html).not.toContain('id="bronze"')
  for (const [, id] of html.matchAll(/href="#([a-z]+)"/g)) expect(html).toContain(`id="${id}"`)
})

test('no round: the section says why. A batch run has neither section', async () => {
  const none = await page({
    benchmark_rounds: [],
    continuous: window({
      rounds: { warmup_seconds: 300, interval_seconds: 300, guard_seconds: 60, ended: 'too short' },
    }),
  })
  expect(sectionText(none, 'rounds')).toContain('No round was run: too short.')
  const batch = await renderReport(succeededRun())
  expect(batch).not.toContain('In-Stream')
  expect(batch).not.toContain('id="streams"')
})
