import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { GENERATOR_VERSION } from '../../../src/datagen/plan'
import { judge } from '../../../src/results/scorecard/judge'
import { KNOWN_ANSWERS } from '../../../src/workload/known-answers'
import { QUERIES } from '../../../src/workload/queries'
import { stream, window } from '../../support/window-records'
import { benchmark, corpus, query, record, withJob } from './records'

const known = KNOWN_ANSWERS[1]!
const answers = (more: Record<string, string | null> = {}) =>
  benchmark({
    queries: Object.entries({ ...known.queries, ...more }).map(([name, fingerprint]) =>
      query(name, { fingerprint }),
    ),
  })
const of = corpus({ digest: known.corpus, scale: known.scale })
const silver = (
  run: RunMetrics,
  fingerprint: string | null,
  data_clock: string | undefined = known.data_clock,
) => withJob('silver-build', { output_fingerprint: fingerprint, measurements: { data_clock } }, run)
const run = (more: Partial<RunMetrics> = {}): RunMetrics =>
  withJob(
    'gold-finalize',
    { output_fingerprint: known.gold },
    silver(record({ corpus: of, benchmark: answers(), ...more }), known.silver),
  )
const ruleOf = (metrics: RunMetrics) =>
  judge(metrics).validity.find(({ rule }) => rule === 'known-answers')

test('every query of the workload is known for scale 0.001 and 0.01 of this generator, with defaults', () => {
  expect(
    KNOWN_ANSWERS.map(({ scale, seed, generator_version }) => [scale, seed, generator_version]),
  ).toEqual([
    [0.001, 42, GENERATOR_VERSION],
    [0.01, 42, GENERATOR_VERSION],
  ])
  for (const { queries } of KNOWN_ANSWERS)
    expect(Object.keys(queries).sort()).toEqual(QUERIES.map(q => q.id).sort())
  expect(
    new Set(KNOWN_ANSWERS.flatMap(k => [k.corpus, k.silver, k.gold, ...Object.values(k.queries)]))
      .size,
  ).toBe(22)
})

test('what is as known is said to be', () => {
  expect(ruleOf(run())).toEqual({
    rule: 'known-answers',
    passed: true,
    detail: `silver, gold, ${Object.keys(known.queries).join(', ')} are as known for scale 0.01, seed 42, generator version 1`,
  })
})

test.each<[string, RunMetrics, RegExp]>([
  ['silver', silver(run(), 'wrong'), /: silver is wrong, known is \w{32}$/],
  [
    'gold',
    withJob('gold-finalize', { output_fingerprint: 'wrong' }, run()),
    /: gold is wrong, known is \w{32}$/,
  ],
  [
    'answers',
    run({ benchmark: answers({ Q3: 'x', Q9: 'y' }) }),
    /: Q3 is x, known is \w{16}; Q9 is y, known is \w{16}$/,
  ],
])('%s that differ are named, and the run is INVALID', (_, wrong, detail) => {
  expect(ruleOf(wrong)).toMatchObject({ passed: false, detail: expect.stringMatching(detail) })
  expect(judge(wrong).validity.find(({ rule }) => rule === 'known-answers')!.passed).toBe(false)
  expect(judge(wrong).verdict).toBe('INVALID')
})

test.each<[string, RunMetrics, string]>([
  [
    'a clock that was set by hand leaves silver out',
    silver(run(), 'another', '2026-01-01'),
    'gold, Q1',
  ],
  [
    'so does one of the config, where a stage of a user’s own does not say',
    {
      ...withJob('silver-build', { output_fingerprint: 'another', measurements: {} }, run()),
      config_snapshot: { architecture: { pipeline: { data_clock: '2026-01-01' } } },
    },
    'gold, Q1',
  ],
  ['what was not taken is left out', silver(run({ benchmark: null }), null), 'gold are as'],
  ['queries alone are compared', { ...run(), jobs: [] }, 'Q1'],
])('%s', (_, metrics, begins) => {
  const found = ruleOf(metrics)!
  expect(found.passed).toBe(true)
  expect(found.detail.startsWith(begins)).toBe(true)
})

test('a stage of a user’s own that says no clock keeps the default one', () => {
  const own = withJob(
    'silver-build',
    { output_fingerprint: 'x', measurements: {}, job_type: 'custom' },
    run(),
  )
  expect(ruleOf(own)).toMatchObject({
    passed: false,
    detail: expect.stringContaining('silver is x'),
  })
})

test.each<[string, RunMetrics]>([
  ['another corpus', run({ corpus: { ...of, digest: 'other' } })],
  ['foreign data', run({ corpus: { ...of, kind: 'foreign' } })],
  ['no corpus', run({ corpus: null })],
  ['nothing to compare', { ...run({ benchmark: null }), jobs: [] }],
])('does not apply to %s', (_, metrics) => {
  expect(ruleOf(metrics)).toBeUndefined()
})

test('streams are compared once everything is in gold', () => {
  const streams = (silver: string) => [
    { ...stream('silver-stream', []), output_fingerprint: silver },
    { ...stream('gold-refresh', []), output_fingerprint: known.gold },
  ]
  const windowed = (silver: string, more: Parameters<typeof window>[0] = {}): RunMetrics => ({
    ...record({ corpus: of, benchmark: null, jobs: [], streaming: streams(silver) }),
    continuous: window({ data_clock: known.data_clock, ...more }),
  })
  expect(ruleOf(windowed(known.silver))).toMatchObject({ passed: true })
  expect(ruleOf(windowed('wrong'))).toMatchObject({
    passed: false,
    detail: expect.stringContaining('silver is wrong'),
  })
  expect(ruleOf(windowed('wrong', { drained: false }))).toBeUndefined()
})
