import { expect, test } from 'vitest'
import type { Conditions } from '../../../src/contracts/metrics'
import { judge } from '../../../src/results/scorecard/judge'
import { marksOf, sufficientScale } from '../../../src/results/scorecard/marks'
import { Scorecard } from '../../../src/results/scorecard/scorecard'
import { intervalText, qphLabel, qphText } from '../../../src/results/scorecard/text'
import { benchmark, corpus, query, record } from './records'

const names = (run: Parameters<typeof marksOf>[0]) => marksOf(run).map(({ mark }) => mark)

test('a pass under a second is marked too short to rank, with the scale that would do; the run still passes', () => {
  const queries = ['Q1', 'Q9'].map(name => query(name, { engine_seconds: 0.1 }))
  const short = benchmark({ too_short_to_rank: true, total_seconds: 0.2, queries })
  const run = judge(record({ benchmark: short, corpus: corpus({ scale: 0.5 }) }))
  expect(run.verdict).toBe('PASSED')
  expect(run.pipeline_benchmark).toMatchObject({
    qph_kind: 'power',
    marks: [{ mark: 'too-short-to-rank' }],
  })
  expect(run.pipeline_benchmark.marks[0]!.detail).toContain('Scale 3 should do')
  expect(String(new Scorecard(run))).toMatch(
    /^too-short-to-rank: one pass of the queries takes 0\.2 s/m,
  )
  expect(
    marksOf(record({ benchmark: short, corpus: corpus({ scale: null }) }))[0]!.detail,
  ).toContain('more data')
  expect(names(record())).toEqual([])
})

test.each([
  [0.1, 0.2, 0.6],
  [0.1, 0.9, 0.2],
  [0.002, 0.03, 0.08],
  [10, 0.5, 30],
])('at scale %d a pass of %d s asks for scale %d', (scale, seconds, enough) => {
  expect(sufficientScale(scale, seconds)).toBe(enough)
})

test('samples far outside are said with the query, how long they were, and its median', () => {
  const samples = [0.01, 0.011, 5, 0.012].map((engine_seconds, iteration) => ({
    engine_seconds,
    fetch_seconds: 0,
    stream: 0,
    iteration,
  }))
  const paused = benchmark({
    outliers: 1,
    queries: [query('Q1'), query('Q2', { samples, outliers: 1 })],
  })
  const [mark] = marksOf(record({ benchmark: paused }))
  expect(mark).toMatchObject({ mark: 'outliers' })
  expect(mark!.detail).toMatch(/^1 of 5 samples .*Q2: 1, at most 5 s, median 0\.0115 s/)
})

const span = {
  seconds: 10,
  load_1m: 0.5,
  steal_seconds: 0,
  pressure_seconds: 0,
  throttled_seconds: 0,
}
const quiet = { ...span, cpu_seconds: 15, run_queue_seconds: 0.2 }

test.each<[string, Partial<Conditions['during']>, string | null]>([
  ['quiet', {}, null],
  [
    'unknown',
    { steal_seconds: null, throttled_seconds: null, cpu_seconds: null, run_queue_seconds: null },
    null,
  ],
  ['stolen', { steal_seconds: 4 }, '20 % of the processors was stolen'],
  ['held back', { throttled_seconds: 3 }, '30 % of the time the CPU limit'],
  ['crowded', { run_queue_seconds: 15 }, '50 % of the time its threads wanted to run'],
  ['asleep', { cpu_seconds: 0.1, run_queue_seconds: 0.5 }, null],
  ['a moment', { seconds: 0.2, steal_seconds: 4 }, null],
])('a machine that was %s', (_, during, said) => {
  const run = record()
  const conditions = { cores: 2, before: quiet, during: { ...quiet, ...during } }
  const stages = run.pipeline_benchmark.stages.map(s =>
    s.stage_name === 'silver-build' ? { ...s, conditions } : s,
  )
  const marks = marksOf({ ...run, pipeline_benchmark: { ...run.pipeline_benchmark, stages } })
  if (said === null) return expect(marks).toEqual([])
  expect(marks).toMatchObject([{ mark: 'machine-not-quiet' }])
  expect(marks[0]!.detail).toContain(`silver-build: ${said}`)
})

test.each([
  [188_234.5, { low: 181_400, high: 194_900 }, '188,000', '95 %: 181,000 – 195,000'],
  [188_234.5, { low: 150_000, high: 230_000 }, '190,000', '95 %: 150,000 – 230,000'],
  [188_234.5, { low: 188_230, high: 188_239 }, '188,235', '95 %: 188,230 – 188,239'],
  [12.3456, { low: 12.2, high: 12.5 }, '12.3', '95 %: 12.2 – 12.5'],
  [188_234.5, null, '190,000', ''],
  [188_234.5, { low: 188_234.5, high: 188_234.5 }, '190,000', '95 %: 190,000 – 190,000'],
  [0, null, '0', ''],
])('a QpH of %d with %o is shown as %s', (qph, interval, text, beside) => {
  expect([qphText(qph, interval), intervalText(qph, interval)]).toEqual([text, beside])
})

test('a QpH is called by its kind', () => {
  expect(
    (['power', 'throughput', 'composite', 'median-of-rounds', null] as const).map(qphLabel),
  ).toEqual(['power QpH', 'throughput QpH', 'composite QpH', 'QpH, median of rounds', 'QpH'])
})
