import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseMetrics } from '../../../src/results/scorecard/parse-metrics'
import { runBatch } from '../../../src/run'
import { EventRecorder } from '../../../src/testing/index'
import { tempDir } from '../../support/fake-parts'
import { fingerprints, wholeRun, windowConfig, windowRun } from '../../support/short-window'
import { smallRun } from '../../support/small-run'

const PLANTED = 'found-what-was-planted'

test('a short window makes every part happen, and its record is whole', async () => {
  const dir = tempDir()
  let recorder = new EventRecorder()
  const run = await wholeRun(() => {
    recorder = new EventRecorder()
    return windowRun(dir, { continuous: { run_duration: 13 } }, { on: recorder.listeners })
  })
  expect(run.error).toBeNull()
  const { metrics } = run
  expect(metrics).toMatchObject({ mode: 'continuous', status: 'succeeded', verdict: 'PASSED' })
  const saved = parseMetrics(JSON.parse(readFileSync(run.paths.metrics, 'utf8')))
  expect(saved.continuous).toEqual(JSON.parse(JSON.stringify(metrics.continuous)))

  const { continuous, streaming, benchmark_rounds: rounds } = metrics
  expect(continuous).toMatchObject({
    ended_by: 'duration',
    drained: true,
    quarantined: [],
    resumed: 0,
  })
  expect(continuous!.producer.produced_rows).toBe(continuous!.producer.planned_rows)
  // Every row that was made is in bronze and has been read by silver, once.
  const rows = streaming.map(s => s.unique_rows_processed)
  expect(rows).toEqual([
    continuous!.producer.produced_rows,
    continuous!.producer.produced_rows,
    null,
  ])
  expect(streaming.every(s => s.success && s.total_batches > 2)).toBe(true)

  // How many fit is the schedule's to test; it depends on the machine.
  expect(rounds.length).toBeGreaterThan(0)
  for (const round of rounds) {
    expect(round).toMatchObject({ valid: true, q9_contention_observed: false })
    expect(round.queries).toHaveLength(8)
    expect(round.gold_freshness_seconds).toBeGreaterThan(0)
  }
  const { scores } = metrics.pipeline_benchmark
  expect(scores.composite_qph).toBe(scores.in_stream_composite_qph)
  expect(scores.data_freshness_seconds).toBeGreaterThanOrEqual(scores.freshness_p95_seconds!)
  expect(scores.total_rows_processed).toBeGreaterThan(2 * continuous!.producer.produced_rows! * 0.8)
  expect(scores.scale_ratio).toBeNull()

  // Each table says whose it is and what it was made from, compactions or not.
  const { bronze, silver, gold } = metrics.tables!
  for (const table of [bronze, silver, gold])
    expect(table).toMatchObject({
      run_id: metrics.run_id,
      corpus: metrics.corpus!.identity,
      faults: [],
    })
  expect(silver!.source_snapshot_id).toBe(bronze!.rows_snapshot_id)
  expect(gold!.source_snapshot_id).toBe(silver!.rows_snapshot_id)
  const rules = [
    'tables-of-this-corpus',
    'tables-of-this-run',
    'silver-to-gold',
    'answers-agree',
    PLANTED,
  ]
  expect(metrics.validity.filter(r => rules.includes(r.rule) && r.passed).map(r => r.rule)).toEqual(
    rules,
  )
  // The last digit of a sum of doubles depends on their order.
  const { revenue, ...counts } = metrics.lineage!.sums.bronze!
  expect(metrics.lineage!.sums.silver).toMatchObject(counts)
  expect(metrics.lineage!.sums.silver!.revenue).toBeCloseTo(revenue!, 2)

  const names = recorder.events.map(e => e.name)
  expect(names.filter(n => n === 'round:end')).toHaveLength(rounds.length)
  expect(names.filter(n => n === 'batch:commit')).toHaveLength(
    streaming.reduce((sum, s) => sum + s.total_batches, 0),
  )
  expect(names.filter(n => n === 'stream:progress').length).toBeGreaterThan(8)
})

test('the corpus of a window, as one batch, gives the same silver and gold', async () => {
  const dir = tempDir()
  const streamed = await wholeRun(() =>
    windowRun(dir, { continuous: { run_duration: 6 } }, { skipBenchmark: true }),
  )
  expect(streamed.error).toBeNull()
  const config = windowConfig(dir, { pipeline: { mode: 'batch' } })
  const batch = await runBatch(config, {
    outputDir: `${dir}/output`,
    reject: false,
    skipBenchmark: true,
  })
  expect(batch.error).toBeNull()
  expect(fingerprints(streamed).every(Boolean)).toBe(true)
  expect(fingerprints(batch)).toEqual(fingerprints(streamed))
})

test('a corpus that lies there, streamed file by file until drained, gives what its batch gave', async () => {
  const dir = tempDir()
  const pipeline = { data_clock: '2025-01-01' } as const
  const batch = await smallRun(
    dir,
    { pipeline, datagen: { scale: 0.004, file_size: '1mb' } },
    { skipBenchmark: true },
  )
  expect(batch.error).toBeNull()
  const streamed = await windowRun(
    dir,
    { continuous: { run_duration: 3, max_files_per_trigger: 3 }, datagen: { rows_per_second: 0 } },
    { skipBenchmark: true },
  )
  expect(streamed.error).toBeNull()
  expect(streamed.metrics.continuous!.producer.produced_rows).toBeNull()
  // Counted by another statement in another place, and the same as verification found in the files.
  const { format_findings, quality_flags } = batch.metrics.jobs.find(
    j => j.job_name === 'bronze-verify',
  )!.measurements
  expect(streamed.metrics.lineage!.found).toEqual({ format_findings, quality_flags })
  expect(streamed.metrics.validity.find(r => r.rule === PLANTED)).toMatchObject({ passed: true })
  expect(streamed.metrics.streaming[0]!.total_batches).toBeGreaterThan(3)
  expect(streamed.metrics.pipeline_benchmark.scores.ingest_ratio).toBeNull()
  expect(fingerprints(streamed)).toEqual(fingerprints(batch))
})

test('a window that is too short for a round says so, and has no QpH', async () => {
  const dir = tempDir()
  const run = await windowRun(dir, { continuous: { run_duration: 3, benchmark_warmup: 4 } })
  expect(run.error).toBeNull()
  expect(run.metrics.benchmark_rounds).toEqual([])
  expect(run.metrics.pipeline_benchmark.scores.composite_qph).toBeNull()
  expect(run.metrics.warnings.join()).toMatch(
    /No benchmark round was run: a window of 3 s has no room/,
  )
})
