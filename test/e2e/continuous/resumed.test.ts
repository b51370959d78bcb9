import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ConfigError } from '../../../src/contracts/errors'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { loadTable } from '../../../src/iceberg/table'
import { runBatch, runContinuous } from '../../../src/run'
import { lakebench, start } from '../../cli/process'
import { tempDir } from '../../support/fake-parts'
import { recordIn } from '../../support/record-in'
import { fingerprints, windowConfig } from '../../support/short-window'
import { smallRun } from '../../support/small-run'

const SECONDS = 12
const BRONZE = 'data/bronze/warehouse/default/bronze_raw'
const OUTPUT = 'lakebench-output'

/** Start a run, and kill -9 it once its record says so; the record that it leaves. */
async function killedWhen(
  dir: string,
  args: readonly string[],
  so: (record: RunMetrics) => boolean,
): Promise<RunMetrics> {
  const run = start(['run', '--continuous', ...args], { cwd: dir })
  for (let record = recordIn(dir); record === null || !so(record); record = recordIn(dir)) {
    expect(run.child.exitCode).toBeNull()
    await sleep(100)
  }
  run.child.kill('SIGKILL')
  await run.ended
  return recordIn(dir)!
}

test('killed after a valid round, and resumed, a run goes on; resumed when it is over, it stays as it is', async () => {
  const dir = tempDir()
  // The mode comes from the command line or from the function that is called, not from the config.
  const config = windowConfig(dir, {
    continuous: { run_duration: SECONDS },
    pipeline: { mode: 'batch' },
  })
  writeFileSync(join(dir, 'lakebench.yaml'), stringify(config))
  const killed = await killedWhen(dir, [], record => record.benchmark?.valid === true)
  expect(killed).toMatchObject({ status: 'aborted', continuous: { ended_by: 'still running' } })
  const resume = killed.run_id

  const going = await lakebench(['run', '--continuous', '--resume', resume], { cwd: dir })
  expect(going.stderr).not.toMatch(/error/i)
  expect(going.code).toBe(0)
  const resumed = recordIn(dir)!
  expect(resumed).toMatchObject({ status: 'succeeded', continuous: { drained: true, resumed: 1 } })
  expect(resumed.streaming.map(s => s.total_batches).every(batches => batches > 0)).toBe(true)
  const { files } = (await loadTable(join(dir, BRONZE)))!
  expect(files.reduce((sum, f) => sum + f.rows, 0)).toBe(resumed.continuous!.producer.planned_rows)
  // Both parts are one window.
  const { window_seconds, earlier_window_seconds } = resumed.continuous!
  expect(earlier_window_seconds).toBe(killed.continuous!.window_seconds)
  expect(Math.round(window_seconds + earlier_window_seconds!)).toBeGreaterThanOrEqual(SECONDS)
  // Nobody counted what this part made: it lies among what was there.
  expect(resumed.continuous!.producer).toMatchObject({ produced_rows: null })
  expect(resumed.pipeline_benchmark).toMatchObject({
    pipeline_saturated: null,
    scores: { ingest_ratio: null },
  })
  const report = readFileSync(join(dir, OUTPUT, 'runs', `run-${resume}`, 'report.html'), 'utf8')
  expect(report).toContain('The run was resumed')

  const over = await runContinuous(config, { outputDir: join(dir, OUTPUT), resume })
  const { continuous, streaming, benchmark, corpus, verdict, pipeline_benchmark } = resumed
  expect(JSON.parse(JSON.stringify(over.metrics))).toMatchObject({
    continuous,
    streaming,
    benchmark,
    corpus,
    verdict,
  })
  expect(over.metrics.pipeline_benchmark.scores).toMatchObject({
    composite_qph: pipeline_benchmark.scores.composite_qph,
  })

  const asBatch = runBatch(config, { outputDir: join(dir, OUTPUT), resume })
  await expect(asBatch).rejects.toThrow(ConfigError)
  await expect(asBatch).rejects.toThrow(/is a continuous run, and this is a batch one/)
})

test('resumed after a batch run made silver and gold anew, a run takes its streams up from the beginning, and nothing is there twice', async () => {
  const dir = tempDir()
  const pipeline = { mode: 'batch', data_clock: '2025-01-01' } as const
  const before = await smallRun(
    dir,
    { pipeline, datagen: { scale: 0.004, file_size: '1mb' } },
    { skipBenchmark: true },
  )
  const input = {
    continuous: { run_duration: 6, max_files_per_trigger: 2 },
    datagen: { rows_per_second: 0 },
  }
  const config = windowConfig(dir, input)
  writeFileSync(join(dir, 'lakebench.yaml'), stringify(config))
  const { run_id: resume } = await killedWhen(dir, ['--skip-benchmark'], record =>
    record.streaming.some(s => s.job_name === 'gold-refresh' && s.total_batches > 0),
  )
  const options = { reject: false, skipBenchmark: true }
  const between = await runBatch(windowConfig(dir, { ...input, pipeline }), {
    ...options,
    outputDir: join(dir, 'between'),
  })
  expect(between.error).toBeNull()
  const resumed = await runContinuous(config, { ...options, outputDir: join(dir, OUTPUT), resume })
  expect(resumed.error).toBeNull()
  for (const run of [between, resumed]) expect(fingerprints(run)).toEqual(fingerprints(before))
})
