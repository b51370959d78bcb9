import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { RunMetricsSchema } from '../../src/contracts/metrics'
import { loadTable } from '../../src/iceberg/table'
import type { RunResult } from '../../src/run'
import { EventRecorder } from '../../src/testing/index'
import { tempDir } from '../support/fake-parts'
import { freshRun, smallRun } from '../support/small-run'

const dir = tempDir()
const recorder = new EventRecorder()
let run: RunResult

beforeAll(async () => {
  run = await freshRun(dir, {}, { on: recorder.listeners })
})

test('the whole pipeline passes and leaves its record', () => {
  expect(run.error).toBeNull()
  expect(run.metrics.verdict).toBe('PASSED')
  for (const path of Object.values(run.paths)) expect(existsSync(path), path).toBe(true)
  const saved = JSON.parse(readFileSync(run.paths.metrics, 'utf8'))
  expect(RunMetricsSchema.parse(saved)).toEqual(saved)
  expect(run.metrics.pipeline_benchmark.stages.map(s => s.stage_name)).toEqual([
    'datagen',
    'bronze-verify',
    'silver-build',
    'gold-finalize',
    'benchmark',
  ])
})

test('rows add up from layer to layer', () => {
  const job = (name: string) => run.metrics.jobs.find(j => j.job_name === name)!
  const [verify, silver, gold] = ['bronze-verify', 'silver-build', 'gold-finalize'].map(job)
  const flags = verify!.measurements.quality_flags as Record<string, number>
  expect(verify!.input_rows).toBe(run.metrics.corpus!.rows)
  expect(silver!.output_rows).toBe(verify!.input_rows! - (flags.duplicate_suspected ?? 0))
  expect(gold!.input_rows).toBe(silver!.output_rows)
  expect(gold!.output_rows).toBeLessThanOrEqual(366)
  expect(silver!.bytes_read === null || silver!.bytes_read > 0).toBe(true)
})

test('every rate divides what was read or, where data is made, written', () => {
  const GIB = 2 ** 30
  for (const job of run.metrics.jobs) {
    const [bytes, rows] =
      job.job_type === 'datagen'
        ? [job.bytes_written, job.output_rows]
        : [job.bytes_read, job.input_rows]
    expect([job.throughput_gb_per_second, job.throughput_rows_per_second], job.job_name).toEqual([
      bytes === null ? null : bytes / GIB / job.engine_seconds!,
      rows! / job.engine_seconds!,
    ])
  }
  const read = run.metrics.jobs.filter(j => j.job_type === 'batch').map(j => j.bytes_read)
  const { scores } = run.metrics.pipeline_benchmark
  if (read.includes(null)) return expect(scores.total_data_processed_gb).toBeNull()
  const data = read.reduce<number>((a, b) => a + b!, 0) / GIB
  expect(scores.total_data_processed_gb).toBeCloseTo(data, 3)
  expect(scores.pipeline_throughput_gb_per_second).toBeCloseTo(
    data / scores.time_to_value_seconds!,
    3,
  )
})

test('the record says what the page asks for and what was used', () => {
  const silver = run.metrics.jobs.find(j => j.job_name === 'silver-build')!
  expect(silver.requested).toMatchObject({
    tier: 'minimal',
    executor_count: 2,
    executor_cores: 4,
    executor_memory_gb: 48,
  })
  expect(silver.executor_count).toBe(1)
  expect(silver.strategy).toBe('simple')
  expect(silver.strategy_reason).toBeTruthy()
  expect(silver.output_fingerprint).toMatch(/^[0-9a-f]+$/)
})

test('eight queries in the order of the power run, each with a fingerprint', () => {
  const { queries, valid, qph } = run.metrics.benchmark!
  expect(queries.map(q => q.name)).toEqual(['Q1', 'Q2', 'Q4', 'Q3', 'Q7', 'Q5', 'Q6', 'Q9'])
  expect(valid).toBe(true)
  expect(qph).toBeGreaterThan(0)
  for (const query of queries) expect(query.fingerprint, query.name).toMatch(/^[0-9a-f]+$/)
})

test('the tables are Iceberg on disk, where the documentation says', async () => {
  const silver = join(dir, 'data/silver/warehouse/silver/customer_interactions_enriched')
  const gold = join(dir, 'data/gold/warehouse/gold/customer_executive_dashboard')
  for (const location of [silver, gold]) {
    expect(readdirSync(join(location, 'metadata'))).toContain('version-hint.text')
    expect((await loadTable(location))!.files.length).toBeGreaterThan(0)
  }
  const table = (await loadTable(silver))!
  expect(table.summary['lakebench.run-id']).toBe(run.metrics.run_id)
  expect(table.files.reduce((n, f) => n + f.rows, 0)).toBe(
    run.metrics.jobs.find(j => j.job_name === 'silver-build')!.output_rows,
  )
})

test('nothing is left running or lying about', () => {
  expect(readdirSync(join(dir, 'data/.lakebench'))).toEqual([
    // The lock is free: leases are outnumbered, never deleted.
    expect.stringMatching(/^lease-\d+\.json$/),
  ])
  expect(readdirSync(run.paths.run_dir).sort()).toEqual([
    'events.jsonl',
    'metrics.json',
    'plan.json',
    'report.html',
    'verification.json',
  ])
})

test('stages and queries are told in order', () => {
  const stages = recorder.of('stage:end').map(e => [e.stage, e.status])
  expect(stages).toEqual([
    ['datagen', 'succeeded'],
    ['bronze-verify', 'succeeded'],
    ['silver-build', 'succeeded'],
    ['gold-finalize', 'succeeded'],
    ['benchmark', 'succeeded'],
  ])
  expect(recorder.of('batch:commit').map(e => e.table)).toEqual([
    'silver.customer_interactions_enriched',
    'gold.customer_executive_dashboard',
  ])
  expect(recorder.of('query:end')).toHaveLength(8)
})

test('a second run on the same corpus reuses it and gives the same answers', async () => {
  const again = await smallRun(dir)
  expect(again.metrics.jobs[0]!.measurements).toMatchObject({ generated_files: 0 })
  const answers = (r: RunResult) => [
    ...r.metrics.jobs.map(j => j.output_fingerprint),
    ...r.metrics.benchmark!.queries.map(q => q.fingerprint),
  ]
  expect(answers(again)).toEqual(answers(run))
})
