import { expect, test } from 'vitest'
import { resolveConfig } from '../../../src/config/resolve'
import type { CorpusRecord } from '../../../src/contracts/metrics'
import type { RunningStreams } from '../../../src/contracts/streams'
import { continuousStage, type Producer, runWindow } from '../../../src/pipeline/continuous/window'
import type { WindowPlan } from '../../../src/pipeline/continuous/window-plan'
import type { StageContext, StageRecord } from '../../../src/pipeline/stage'
import { window } from '../../support/window-records'

const idle: RunningStreams = {
  failure: new Promise<never>(() => {}),
  drain: async () => {},
  stop: async () => {},
}

const trigger = { trigger_seconds: 1, target_file_size: 1 }
const plan = (duration: number, more: Partial<WindowPlan> = {}): WindowPlan => ({
  engine: 'none',
  job: {
    bronze: { ...trigger, max_files_per_trigger: 1 },
    silver: { ...trigger, partitioning: 'none' },
    gold: { ...trigger, partitioning: 'month' },
    checkpoint_base: 'checkpoints',
    data_clock: '2025-01-01',
    retention_seconds: 1,
    patience_seconds: 1,
  },
  profile: 'short',
  duration,
  producer: null,
  rounds: { warmup: 1, interval: 1, gold_interval: 1, guard: 1 },
  skipBenchmark: true,
  tables: { 'bronze-ingest': 'b', 'silver-stream': 's', 'gold-refresh': 'g' },
  ...more,
})
const offered = { producer: { rows_per_second: 1, rows: 60, rows_per_file: 1 } }
/** Of windows that make nothing. */
const nothing = {} as Producer

/** A stage's view of a run with these streams, and what it kept of its record. */
function context(streams: RunningStreams, more: Partial<StageContext> = {}) {
  const kept: StageRecord[] = []
  const warnings: string[] = []
  const ctx = {
    run_id: 'run',
    signal: new AbortController().signal,
    compute: { streams: { start: async () => streams } },
    queryEngine: null,
    earlier: null,
    corpus: null,
    emit: () => {},
    warn: (message: string) => warnings.push(message),
    keepRecord: async (record: StageRecord) => void kept.push(record),
    ...more,
  } as unknown as StageContext
  return { ctx, kept, warnings }
}

test('a window that was taken up twice is as long as the plan, over all its parts', async () => {
  const earlier = {
    continuous: window({ earlier_window_seconds: 30, window_seconds: 5, resumed: 1 }),
  }
  const { ctx, kept } = context(idle, { earlier: earlier as never })
  const recorder = await runWindow(ctx, plan(35.3), nothing)
  const { continuous } = recorder.record().window!
  expect(continuous).toMatchObject({
    earlier_window_seconds: 35,
    resumed: 2,
    planned_seconds: 35.3,
    ended_by: 'duration',
  })
  expect(continuous.window_seconds).toBeLessThan(30)
  // Killed before its streams stood, it has the record of a part without a window.
  expect(kept[0]!.window!.continuous).toMatchObject({
    window_seconds: 0,
    ended_by: 'still running',
    samples: [],
  })
})

test('a resumed run keeps the partitions of its silver, also one whose record does not say how long it had run', async () => {
  const before = window({ silver_partitioning: 'day', window_seconds: 60 })
  const { earlier_window_seconds: _, ...continuous } = before
  const { ctx } = context(idle, {
    earlier: { continuous } as never,
    corpus: { bytes: 2 ** 40 } as CorpusRecord,
  })
  const recorder = await runWindow(ctx, plan(60), nothing)
  expect(recorder.record().window!.continuous).toMatchObject({
    silver_partitioning: 'day',
    earlier_window_seconds: 60,
  })
})

test('a fingerprint that fails costs no result', async () => {
  const { architecture, ...rest } = resolveConfig({
    architecture: {
      pipeline: { mode: 'continuous', fingerprint: 'always' },
      workload: { datagen: { rows_per_second: 0 } },
    },
  })
  const continuous = { ...architecture.pipeline.continuous, run_duration: 0.1 }
  const pipeline = { ...architecture.pipeline, continuous }
  const config = { ...rest, architecture: { ...architecture, pipeline } }
  const fingerprint = () => Promise.reject(new Error('no such file'))
  const compute = { streams: { start: async () => idle }, fingerprint }
  const { ctx, warnings } = context(idle, { config, compute } as never)
  const recorder = await continuousStage(config, 'none', nothing, true).run(ctx)
  expect(recorder.record().window!.continuous.drained).toBe(true)
  expect(warnings).toEqual([
    'The fingerprint of silver failed: no such file',
    'The fingerprint of gold failed: no such file',
  ])
})

test('a failure while draining is a failure after an interrupt too', async () => {
  const stop = new AbortController()
  const full = new Error('gold-refresh: the disk is full')
  const streams = { ...idle, drain: () => Promise.reject(full) }
  const { ctx, kept, warnings } = context(streams, { signal: stop.signal })
  const running = runWindow(ctx, plan(60), nothing)
  stop.abort(new Error('enough'))
  await expect(running).rejects.toBe(full)
  const { continuous, streaming } = kept.at(-1)!.window!
  expect(continuous).toMatchObject({ drained: false, ended_by: 'interrupt' })
  expect(streaming.find(s => s.job_name === 'gold-refresh')).toMatchObject({
    success: false,
    error_message: full.message,
  })
  expect(warnings).toEqual([])
})

test('what is still being made at an interrupt is waited for, then drained', async () => {
  const stop = new AbortController()
  const said: string[] = []
  const streams = { ...idle, drain: async () => void said.push('drained') }
  const { ctx } = context(streams, { signal: stop.signal })
  const producer = {
    makeRoom: async () => ({ raw_prefix: 'bronze/customer/interactions/', corpus: null }),
    run: ({ enough }: { enough: AbortSignal }) =>
      new Promise<CorpusRecord>(done => {
        enough.addEventListener('abort', () => {
          said.push('the last file')
          done({ kind: 'generated' } as CorpusRecord)
        })
      }),
  }
  const running = runWindow(ctx, plan(60, offered), producer)
  stop.abort(new Error('enough'))
  const recorder = await running
  expect(said).toEqual(['the last file', 'drained'])
  expect(recorder.record().corpus).toEqual({ kind: 'generated' })
})

test('an interrupt before the streams begin ends what is being made as well', async () => {
  const stop = new AbortController()
  const producer = {
    makeRoom: async () => {
      stop.abort(new Error('enough'))
      return { raw_prefix: 'bronze/customer/interactions/', corpus: null }
    },
    run: async ({ enough }: { enough: AbortSignal }) => {
      if (!enough.aborted) await new Promise(done => enough.addEventListener('abort', done))
      return { kind: 'generated' } as CorpusRecord
    },
  }
  const earlier = { continuous: window({ window_seconds: 5 }) }
  const { ctx, warnings } = context(idle, { signal: stop.signal, earlier: earlier as never })
  const recorder = await runWindow(ctx, plan(60, offered), producer)
  expect(recorder.drained).toBe(true)
  expect(warnings).toEqual([])
})

test('a window that fails leaves no timer that keeps the process until its end', async () => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = timers()
  const full = new Error('gold-refresh: the disk is full')
  const { ctx } = context({ ...idle, failure: Promise.reject(full) })
  await expect(runWindow(ctx, plan(3600), nothing)).rejects.toBe(full)
  await expect.poll(timers).toBeLessThanOrEqual(before)
})
