import { expect, test } from 'vitest'
import { WindowMetrics } from '../../../src/pipeline/continuous/window-metrics'

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
const commit = {
  snapshot_id: '1',
  seconds: 1,
  input_rows: 10,
  output_rows: 10,
  bytes: 100,
  files: 1,
}

test('a commit that is told late stands at its own time, and files are as old as they were then, on one clock', () => {
  let now = 100
  // A wall clock that jumps about is asked for no age.
  const clock = { seconds: () => now, wall: () => Math.sin(now) * 1e12 }
  const tally = new WindowMetrics(clock, false, 'test', job)
  now = 110
  const sources = [{ key: 'a', rows: 10, modified_ms: 5, seen_seconds: 3 }]
  tally.commit({
    stream: 'bronze-ingest',
    batch: 1,
    ...commit,
    sources,
    source_batch: null,
    told_after_seconds: 0.5,
  })
  now = 112
  tally.commit({
    stream: 'silver-stream',
    batch: 1,
    ...commit,
    sources: [],
    source_batch: 1,
    told_after_seconds: 0.25,
  })
  now = 115
  tally.commit({ stream: 'gold-refresh', batch: 1, ...commit, sources: [], source_batch: 1 })
  const batches = (['bronze-ingest', 'silver-stream', 'gold-refresh'] as const).map(
    name => tally.of(name).batches[0],
  )
  expect(batches.map(batch => batch!.at)).toEqual([9.5, 11.75, 15])
  expect(batches.map(batch => batch!.through)).toEqual([6.5, 6.5, 6.5])
  expect(tally.landed()).toMatchObject([{ at: 6.5, noted: 'seen', rows: 10, bronze_batch: 1 }])
})
