import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/contracts/errors'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { compareRuns } from '../../../src/results/load-run'
import { judge } from '../../../src/results/scorecard/judge'
import { benchmark, corpus, query, record, withJob, withoutJobs } from '../scorecard/records'

const a = judge(record())
const pair = (b: RunMetrics, options = {}) =>
  compareRuns(
    [
      { name: 'A', runs: [a] },
      { name: 'B', runs: [b] },
    ],
    options,
  ).pairs[0]!

const engine = (version: string) => ({ engine: { name: 'duckdb', version, details: {} } })

describe('one run against one', () => {
  it.each<[string, RunMetrics, string]>([
    ['another corpus', record({ corpus: corpus({ digest: 'other' }) }), 'corpus digest'],
    ['another scale', record({ corpus: corpus({ scale: 1 }) }), 'scale'],
    ['another engine', withJob('silver-build', { engine: 'spark' }), 'silver-build engine'],
    [
      'another query engine',
      record({ benchmark: benchmark({ engine: 'trino' }) }),
      'benchmark engine',
    ],
    ['other rows', withJob('silver-build', { output_rows: 97_000 }), 'silver-build output rows'],
    [
      'another answer',
      record({
        benchmark: benchmark({ queries: [query('Q1', { fingerprint: 'x' }), query('Q9')] }),
      }),
      'Q1 answer',
    ],
    ['another cache', record({ benchmark: benchmark({ cache: 'cold' }) }), 'benchmark cache'],
    ['no queries', record({ benchmark: null }), 'benchmark engine'],
    ['no gold', withoutJobs(['gold-finalize']), 'gold-finalize'],
  ])('of %s has no ratios, and says why', (_, b, what) => {
    const found = pair({ ...b, verdict: 'PASSED' })
    expect(found.differences.map(difference => difference.what)).toContain(what)
    for (const metric of [...found.headlines, ...found.metrics])
      expect(metric).toMatchObject({
        verdict: 'not comparable',
        ratio: null,
        reason: expect.stringContaining(what),
      })
  })

  it('that is invalid or was interrupted is not compared', () => {
    const invalid = judge(record({ corpus: corpus({ bytes: 1 }) }))
    expect(pair(invalid).differences).toEqual([
      { what: 'verdict of B', a: 'PASSED', b: expect.stringMatching(/INVALID .*scale-ratio/) },
    ])
    const stopped = judge(record({ status: 'aborted', success: false }))
    expect(pair(stopped).differences[0]).toMatchObject({
      b: expect.stringContaining('INTERRUPTED'),
    })
  })

  it('of an engine of another version is told so, and compared where that is what is tested', () => {
    const [old, fresh] = [
      record({ environment: engine('v1.4.0') }),
      record({ environment: engine('v1.5.0') }),
    ]
    const arms = [old, fresh].map((run, i) => ({ name: 'AB'[i]!, runs: [judge(run)] }))
    expect(compareRuns(arms).pairs[0]!.differences).toEqual([
      { what: 'duckdb version', a: 'v1.4.0', b: 'v1.5.0' },
    ])
    const tested = compareRuns(arms, { underTest: ['engine'] }).pairs[0]!
    expect(tested.differences).toEqual([])
    expect(tested.under_test).toEqual([{ what: 'duckdb version', a: 'v1.4.0', b: 'v1.5.0' }])
  })

  it('on another machine is told so, unless that is what is tested', () => {
    const machines = [
      { cpu_model: 'x', cores: 2 },
      { cpu_model: 'x', cores: 64 },
    ].map((environment, i) => ({
      name: 'AB'[i]!,
      runs: [judge(record({ environment }))],
    }))
    expect(compareRuns(machines).pairs[0]!.differences).toEqual([
      { what: 'machine cores', a: '2', b: '64' },
    ])
    expect(compareRuns(machines, { underTest: ['machine'] }).pairs[0]!.differences).toEqual([])
  })

  it('compares what is counted exactly', () => {
    const b = withJob(
      'silver-build',
      { output_files: 8, output_size_gb: 2 },
      withJob('bronze-verify', { measurements: { quality_flags: { future: 3 } } }),
    )
    const from = withJob(
      'silver-build',
      { output_files: 4, output_size_gb: 1 },
      withJob('bronze-verify', { measurements: { quality_flags: { future: 3 } } }),
    )
    const { exact, metrics } = compareRuns([
      { name: 'A', runs: [judge(from)] },
      { name: 'B', runs: [judge(b)] },
    ]).pairs[0]!
    expect(exact).toEqual([
      {
        what: 'silver-build bytes',
        unit: 'bytes',
        a: [2 ** 30, 2 ** 30],
        b: [2 ** 31, 2 ** 31],
        ratio: 2,
        varies: false,
      },
      { what: 'silver-build files', unit: 'files', a: [4, 4], b: [8, 8], ratio: 2, varies: false },
    ])
    expect(metrics.every(({ verdict }) => verdict === 'cannot tell')).toBe(true)
  })

  it('says what broke although it has no statistics', () => {
    const failed = benchmark({
      valid: false,
      qph: null,
      queries: [query('Q1', { success: false, error_message: 'boom', samples: [] }), query('Q9')],
    })
    const { metrics, headlines } = pair(
      judge(record({ status: 'failed', success: false, benchmark: failed })),
    )
    expect(metrics.find(({ label }) => label === 'Q1')).toMatchObject({
      verdict: 'broke',
      reason: expect.stringContaining('boom'),
    })
    expect(headlines[0]!.label).toBe('1 of 2 queries, geometric mean')
  })
})

it('refuses fewer than two sets, and a set without runs', () => {
  expect(() => compareRuns([{ name: 'A', runs: [a] }])).toThrow(ConfigError)
  expect(() =>
    compareRuns([
      { name: 'A', runs: [a] },
      { name: 'B', runs: [] },
    ]),
  ).toThrow(/B has no runs/)
})

it('counts that vary between equal runs are a finding, not a difference of the sides', () => {
  const files = (count: number) => judge(withJob('silver-build', { output_files: count }))
  const { exact } = compareRuns([
    { name: 'A', runs: [files(4), files(5)] },
    { name: 'B', runs: [files(4)] },
  ]).pairs[0]!
  expect(exact).toEqual([
    expect.objectContaining({ what: 'silver-build files', varies: true, ratio: null, a: [4, 5] }),
  ])
})
