import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import type { StreamCommit, StreamName } from '../../../src/contracts/streams'
import { WindowMetrics } from '../../../src/pipeline/continuous/window-metrics'
import { computeScores } from '../../../src/results/scorecard/scores'
import { VALIDITY_RULES } from '../../../src/results/scorecard/validity'
import { isSaturated } from '../../../src/results/scorecard/window-facts'
import { record } from '../../results/scorecard/records'
import { window } from '../../support/window-records'

const trigger = { trigger_seconds: 1, target_file_size: 1 }
const job = {
  bronze: { ...trigger, max_files_per_trigger: 50 },
  silver: { ...trigger, partitioning: 'none' },
  gold: { ...trigger, partitioning: 'month' },
  checkpoint_base: 'checkpoints',
  data_clock: '2025-01-01',
  retention_seconds: 1,
  patience_seconds: 1,
} as const

/** A window of 30 s on clocks of its own: each second a file of 100 rows lands, and gold shows it after `late` seconds. */
function run(
  options: {
    wall?: (second: number) => number
    store?: (second: number) => number
    late?: number
  } = {},
) {
  const { wall = s => s, store = s => s, late = 2 } = options
  let now = 0
  const clock = { seconds: () => now, wall: () => 1e12 + wall(now) * 1000 }
  const tally = new WindowMetrics(clock, true, 'test', job)
  tally.begin()
  const files = { bytes: 1, files: 1, seconds: 0.1 }
  const commit = (stream: StreamName, batch: number, sources: StreamCommit['sources'] = []) =>
    tally.commit({
      stream,
      batch,
      snapshot_id: String(batch),
      input_rows: 100,
      output_rows: 100,
      ...files,
      sources,
      source_batch: stream === 'bronze-ingest' ? null : batch,
    })
  const ages: (number | null)[] = []
  for (let second = 1; second <= 30; second++) {
    now = second
    tally.land([{ key: `f${second}`, rows: 100, bytes: 1 }], false)
    const taken = second - late
    if (taken >= 1) {
      const modified_ms = 1e12 + store(taken) * 1000
      commit('bronze-ingest', taken, [
        { key: `f${taken}`, rows: 100, modified_ms, seen_seconds: late },
      ])
      commit('silver-stream', taken)
      commit('gold-refresh', taken)
    }
    tally.sample(0)
    ages.push(tally.staleness())
  }
  const metrics: RunMetrics = {
    ...record({ jobs: [], benchmark: null }),
    streaming: tally.streaming(30, null),
    benchmark_rounds: [],
    continuous: {
      ...window({
        window_seconds: 30,
        landings: tally.landed(),
        clocks: tally.clocks(),
        samples: tally.windowSamples(),
      }),
      producer: { ...window().producer, ...tally.producer() },
    },
  }
  const clockOrder = VALIDITY_RULES.find(({ rule }) => rule === 'clock-order')!.check(metrics)!
  return { metrics, scores: computeScores(metrics), clockOrder, ages }
}

/** What the same window comes to with clocks that agree. */
const calm = run()

test('ages are those of one clock, and both clocks agree', () => {
  expect(calm.scores).toMatchObject({
    landing_to_gold_p50_seconds: 2,
    landing_to_gold_max_seconds: 2,
    data_freshness_seconds: 3,
    // A file is unseen for the two seconds until gold shows it.
    staleness_max_seconds: 2,
    files_waiting_for_gold: 2,
    ingest_ratio: 1,
  })
  expect(calm.clockOrder).toMatchObject({ passed: true })
  expect(calm.metrics.continuous!.clocks).toEqual({
    wall_drift_seconds: 0,
    largest_wall_drift_seconds: 0,
    store_offset_seconds: 0,
  })
})

test.each([90, -90, 110])(
  'a store whose clock is %d s ahead moves no age; by how much it is ahead is recorded',
  ahead => {
    const { scores, clockOrder, metrics, ages } = run({ store: second => second + ahead })
    expect(scores).toEqual(calm.scores)
    expect(ages).toEqual(calm.ages)
    expect(clockOrder).toMatchObject({ passed: true })
    expect(metrics.continuous!.clocks!.store_offset_seconds).toBe(ahead)
  },
)

test.each([110, -90])(
  'a wall clock that is set by %d s in the window moves no age, and is INVALID',
  step => {
    const { scores, ages, clockOrder } = run({ wall: second => second + (second >= 20 ? step : 0) })
    expect(scores).toEqual(calm.scores)
    expect(Math.max(...ages.map(Number))).toBeLessThanOrEqual(scores.data_freshness_seconds!)
    expect(clockOrder.passed).toBe(false)
    expect(clockOrder.detail).toContain(`the wall clock moved by ${step.toFixed(2)} s`)
    expect(clockOrder.detail).toContain('durations and ages are monotonic and stand')
  },
)

test('one that is set forth and back again is met on the way', () => {
  const { clockOrder } = run({ wall: second => second + (second >= 10 && second < 15 ? 60 : 0) })
  expect(clockOrder.passed).toBe(false)
})

test('batches, samples and rounds out of order are INVALID', () => {
  const { metrics } = calm
  const order = (more: Partial<RunMetrics>) =>
    VALIDITY_RULES.find(({ rule }) => rule === 'clock-order')!.check({ ...metrics, ...more })
  const streaming = metrics.streaming.map(s => ({ ...s, batches: [...s.batches].reverse() }))
  expect(order({ streaming })).toMatchObject({
    passed: false,
    detail: expect.stringContaining('batches of bronze-ingest'),
  })
  const samples = [...metrics.continuous!.samples].reverse()
  expect(order({ continuous: { ...metrics.continuous!, samples } })).toMatchObject({
    passed: false,
  })
  const landings = metrics.continuous!.landings.map(l => ({ ...l, at: l.at + 10 }))
  expect(order({ continuous: { ...metrics.continuous!, landings } })).toMatchObject({
    passed: false,
    detail: expect.stringContaining('a file is in bronze before it landed'),
  })
})

test('an idle source makes nothing stale, though the newest data grows old', () => {
  const { metrics } = calm
  const { landings } = metrics.continuous!
  const idle = {
    ...metrics,
    continuous: {
      ...metrics.continuous!,
      window_seconds: 300,
      landings: landings.filter(l => l.bronze_batch !== null),
    },
  }
  const scores = computeScores(idle)
  expect(scores.data_freshness_seconds).toBe(300 - 28)
  expect(scores.staleness_max_seconds).toBe(2)
  expect(scores.staleness_p95_seconds).toBeLessThanOrEqual(2)
  expect(scores.files_waiting_for_gold).toBe(0)
})

test('streams that carry 72 % of 456 rows a second are saturated, and the ratio says by how much', () => {
  let now = 0
  const clock = { seconds: () => now, wall: () => now * 1000 }
  const tally = new WindowMetrics(clock, true, 'test', job)
  tally.begin()
  let [landed, taken] = [0, 0]
  for (let second = 1; second <= 60; second++) {
    now = second
    for (let i = 0; i < 4; i++) tally.land([{ key: `f${landed++}`, rows: 114, bytes: 1 }], false)
    const sources = []
    while (taken < Math.floor(landed * 0.72))
      sources.push({ key: `f${taken++}`, rows: 114, modified_ms: null, seen_seconds: 0 })
    const rows = sources.length * 114
    const base = {
      batch: second,
      snapshot_id: 's',
      seconds: 0.5,
      input_rows: rows,
      output_rows: rows,
      bytes: 1,
      files: 1,
    }
    tally.commit({ ...base, stream: 'bronze-ingest', sources, source_batch: null })
    tally.commit({ ...base, stream: 'silver-stream', sources: [], source_batch: second })
    tally.sample(0)
  }
  const of = (window_seconds: number) => ({
    ...calm.metrics,
    streaming: tally.streaming(window_seconds, null),
    benchmark_rounds: [],
    continuous: {
      ...window({ window_seconds, landings: tally.landed(), samples: tally.windowSamples() }),
      producer: { ...window().producer, offered_rows_per_second: 456, ...tally.producer() },
    },
  })
  const scores = computeScores(of(60))
  expect(scores.ingest_ratio).toBeCloseTo(0.72 * (60 / 58), 1)
  expect(scores.backlog_growth_rps).toBeCloseTo(0.28 * 456, -1)
  expect(isSaturated(of(60))).toBe(true)
  // Over a few triggers the last one decides.
  expect(computeScores(of(19)).ingest_ratio).toBeNull()
})
