import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { renderReport } from '../../../src/report/report'
import { compareRuns, loadRun, runFacts } from '../../../src/results/load-run'
import { contradictionOf, judge } from '../../../src/results/scorecard/judge'
import { Scorecard } from '../../../src/results/scorecard/scorecard'
import { round, windowInput } from '../../support/window-records'
import { benchmark, record } from './records'

/** What `JSON.parse` gives, to be spoiled. */
type Json = ReturnType<typeof JSON.parse>

const batch = (): Json => JSON.parse(JSON.stringify(judge(record())))
const continuous = (): Json =>
  JSON.parse(
    JSON.stringify(
      judge({
        ...record(),
        mode: 'continuous',
        ...windowInput(),
        benchmark_rounds: [round(1, 900, 3), round(2, 1000, 4)],
      }),
    ),
  )
const old = (version: number): Json =>
  JSON.parse(readFileSync(join(import.meta.dirname, `records-of-old/v${version}.json`), 'utf8'))

/** Field, what is written there, what its own content gives. */
type Edit = readonly [path: string, recorded: unknown, derived: unknown]

const BATCH: readonly Edit[] = [
  ['pipeline_benchmark.scores.composite_qph', 999_999, 7200],
  ['pipeline_benchmark.scores.time_to_value_seconds', 1, 80],
  ['pipeline_benchmark.scores.scale_ratio', null, 1],
  ['pipeline_benchmark.scores.freshness_p50_seconds', 1, null],
  ['benchmark.qph', 7201, 7200],
  ['benchmark.power_qph', 999_999, 7200],
  ['benchmark.throughput_qph', 1, null],
  ['benchmark.total_seconds', 0.5, 1],
  ['benchmark.class_qph.scan', 10, 7200],
  ['benchmark.queries.0.engine_seconds', 0.1, 0.5],
  ['benchmark.queries.1.elapsed_seconds', 0.1, 0.5],
  ['jobs.2.throughput_rows_per_second', 1e6, 100_000 / 60],
  ['jobs.2.cpu_seconds_requested', 1, 120],
  ['pipeline_benchmark.stages.2.elapsed_seconds', 6, 60],
  [
    'pipeline_benchmark.stages.2.start_time',
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T12:01:52.000Z',
  ],
  ['orchestration_seconds', 170, 3],
  ['success', false, true],
]

const CONTINUOUS: readonly Edit[] = [
  ['streaming.0.total_rows_processed', 1, null],
  ['streaming.0.throughput_rps', 1e9, null],
  ['streaming.1.micro_batch_p95_ms', 1, null],
  ['streaming.2.freshness_seconds', 0.001, null],
  ['benchmark_rounds.0.qph', 9000, 900],
  ['benchmark_rounds.1.total_seconds', 1, 3.6],
  ['benchmark.qph', 5000, 950],
  ['pipeline_benchmark.scores.data_freshness_seconds', 0.5, null],
  ['pipeline_benchmark.scores.in_stream_composite_qph', 5000, 950],
]

const get = (document: Json, path: string) => path.split('.').reduce((at, key) => at[key], document)
function set(document: Json, path: string, value: unknown): Json {
  const keys = path.split('.')
  const last = keys.pop()!
  keys.reduce((at, key) => at[key], document)[last] = value
  return document
}

const refused = async (document: Json, path: string, recorded: unknown) => {
  const read = await loadRun(document)
  expect(read.verdict).toBe('INVALID')
  expect(contradictionOf(read)).toContain(
    `${path}: the record says ${typeof recorded === 'string' ? recorded : JSON.stringify(recorded)}, its own content gives `,
  )
  // Said once, it stays said, whoever reads it next and however it is saved meanwhile.
  expect(new Scorecard(JSON.parse(JSON.stringify(read))).verdict).toBe('INVALID')
  return read
}

test.each(BATCH)(
  '%s that was edited is said, and what is shown is computed',
  async (path, recorded, derived) => {
    const read = await refused(set(batch(), path, recorded), path, recorded)
    if (typeof derived === 'number') expect(get(read, path)).toBeCloseTo(derived, 6)
    else expect(get(read, path)).toBe(derived)
  },
)

test.each(CONTINUOUS)('%s of a window that was edited is said', async (path, recorded, derived) => {
  const before = get(continuous(), path)
  const read = await refused(set(continuous(), path, recorded), path, recorded)
  expect(get(read, path)).toBe(before)
  if (derived !== null) expect(before).toBeCloseTo(derived as number, 6)
})

describe('outcomes', () => {
  const failed = (): Json => {
    const run = record({
      status: 'failed',
      success: false,
      error_message: 'gold-finalize: no space',
    })
    const gold = run.jobs.findIndex(job => job.job_name === 'gold-finalize')
    const stage = run.pipeline_benchmark.stages.findIndex(s => s.stage_name === 'gold-finalize')
    run.jobs[gold] = { ...run.jobs[gold]!, success: false, error_message: 'no space' }
    run.pipeline_benchmark.stages[stage] = {
      ...run.pipeline_benchmark.stages[stage]!,
      status: 'failed',
      error_message: 'no space',
    }
    return JSON.parse(JSON.stringify(judge(run)))
  }

  test('a run that failed is FAILED, and nothing is held against it', async () => {
    const read = await loadRun(failed())
    expect(read.verdict).toBe('FAILED')
    expect(contradictionOf(read)).toBeNull()
  })

  test.each<[string, (run: Json) => void, RegExp]>([
    [
      'verdict',
      run => Object.assign(run, { verdict: 'PASSED' }),
      /verdict: the record says PASSED, its own content gives FAILED/,
    ],
    [
      'verdict and status',
      run =>
        Object.assign(run, {
          verdict: 'PASSED',
          status: 'succeeded',
          success: true,
          error_message: null,
        }),
      /status: the record says succeeded, its own content gives failed/,
    ],
    [
      'verdict, status and rules',
      run => {
        Object.assign(run, {
          verdict: 'PASSED',
          status: 'succeeded',
          success: true,
          error_message: null,
        })
        for (const rule of run.validity) rule.passed = true
      },
      /validity\.stages-succeeded: the record says met, its own content gives not met/,
    ],
    [
      'everything but the job',
      run => {
        Object.assign(run, {
          verdict: 'PASSED',
          status: 'succeeded',
          success: true,
          error_message: null,
        })
        for (const rule of run.validity) rule.passed = true
        for (const stage of run.pipeline_benchmark.stages)
          Object.assign(stage, { status: 'succeeded', error_message: null })
      },
      /pipeline_benchmark\.stages\.3\.status: the record says succeeded, its own content gives failed/,
    ],
    [
      'rules, which were all taken out',
      run => Object.assign(run, { validity: [] }),
      /validity: the record says no rule/,
    ],
  ])('%s that were made better are said', async (_, edit, text) => {
    const run = failed()
    edit(run)
    const read = await loadRun(run)
    expect(read.verdict).toBe('INVALID')
    expect(contradictionOf(read)).toMatch(text)
  })

  test('a query that failed gives no QpH, whatever the record says', async () => {
    const run = batch()
    run.benchmark.queries[0].success = false
    const read = await loadRun(run)
    expect(read.benchmark).toMatchObject({ valid: false, qph: null })
    expect(read.pipeline_benchmark.scores.composite_qph).toBeNull()
    expect(read.verdict).toBe('INVALID')
  })

  test('a verdict that was made worse is said as well', async () => {
    const read = await loadRun({ ...batch(), verdict: 'FAILED' })
    expect(contradictionOf(read)).toMatch(
      /verdict: the record says FAILED, its own content gives PASSED/,
    )
  })
})

describe('records that say what their content gives', () => {
  const composite = benchmark({
    mode: 'composite',
    streams: 4,
    throughput_seconds: 2,
    stream_orders: [['Q1', 'Q9']],
  })
  test.each<[string, () => Json]>([
    ['batch', batch],
    ['continuous', continuous],
    ['composite', () => judge(record({ benchmark: composite }))],
    ['interrupted', () => judge(record({ status: 'aborted' }))],
    [
      'INVALID by a rule of its own',
      () =>
        judge(record(), {
          rules: [{ rule: 'mine', check: () => ({ passed: false, detail: 'no' }) }],
        }),
    ],
    ['of version 1', () => old(1)],
    ['of version 2', () => old(2)],
    ['of version 3', () => old(3)],
  ])('%s', async (_, make) => {
    const written = JSON.parse(JSON.stringify(make()))
    const read = await loadRun(written)
    expect(contradictionOf(read)).toBeNull()
    expect(read.verdict).toBe(written.verdict)
    expect(await loadRun(JSON.parse(JSON.stringify(read)))).toEqual(read)
  })

  test('sums in another order differ in their last digits, and are the same', async () => {
    const run = batch()
    run.benchmark.total_seconds += 1e-13
    run.jobs[2].throughput_rows_per_second *= 1 + 1e-14
    expect(contradictionOf(await loadRun(run))).toBeNull()
  })

  test('a rule that is newer than the record counts, and is not held against it', async () => {
    const run = batch()
    run.validity = run.validity.filter(({ rule }: Json) => rule !== 'clock-order')
    run.start_time = '2027-01-01T00:00:00.000Z'
    const read = await loadRun(run)
    expect(read.verdict).toBe('INVALID')
    expect(contradictionOf(read)).toBeNull()
    expect(read.validity.find(({ rule }) => rule === 'clock-order')).toMatchObject({
      passed: false,
    })
  })
})

test.each([1, 2])('an edited record of version %i is said as well', async version => {
  const run = set(old(version), 'pipeline_benchmark.scores.total_elapsed_seconds', 0.001)
  expect(contradictionOf(await loadRun(run))).toMatch(
    /total_elapsed_seconds: the record says 0.001/,
  )
  const passed = Object.assign(old(version), { verdict: 'FAILED' })
  expect(contradictionOf(await loadRun(passed))).toMatch(
    /verdict: the record says FAILED, its own content gives PASSED/,
  )
})

test('cards, pages and comparisons show what is computed and say what was edited', async () => {
  const edited: RunMetrics = set(batch(), 'benchmark.qph', 123_456)
  const card = new Scorecard(edited)
  expect(card.verdict).toBe('INVALID')
  expect(card.scores.composite_qph).toBe(7200)
  expect(String(card)).toMatch(
    /record-consistent: .*benchmark\.qph: the record says 123456, its own content gives 7200/,
  )
  const page = await renderReport(edited)
  expect(page).toContain('INVALID')
  expect(page).toContain('benchmark.qph: the record says 123456')
  expect(page).not.toContain('123,456')
  expect(runFacts(edited)).toMatchObject({
    verdict: 'INVALID',
    reason: expect.stringContaining('benchmark.qph'),
  })
  const comparison = compareRuns([
    { name: 'A', runs: [batch()] },
    { name: 'B', runs: [edited] },
  ])
  expect(comparison.pairs[0]!.metrics.every(metric => metric.verdict === 'not comparable')).toBe(
    true,
  )
  expect(new Scorecard(batch()).compare(edited)).toMatchObject({ comparable: false })
})

test.each<[string, unknown]>([
  ['nothing', {}],
  ['a list', []],
  ['a config', { name: 'x', architecture: {} }],
])('%s is no record, and says so at every door', async (_, given) => {
  const doors: (() => unknown)[] = [
    () => new Scorecard(given as RunMetrics),
    () => runFacts(given as RunMetrics),
    () =>
      compareRuns([
        { name: 'A', runs: [given as RunMetrics] },
        { name: 'B', runs: [given as RunMetrics] },
      ]),
  ]
  for (const door of doors) expect(door).toThrow(expect.objectContaining({ code: 'CONFIG' }))
  await expect(renderReport(given as RunMetrics)).rejects.toMatchObject({ code: 'CONFIG' })
  await expect(loadRun(given as object)).rejects.toMatchObject({ code: 'CONFIG' })
})
