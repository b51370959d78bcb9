import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { StreamCommit, StreamHooks, StreamJob } from '../../../../src/contracts/streams'
import { DuckDbSession } from '../../../../src/engines/duckdb/session'
import { DuckDbStreams } from '../../../../src/engines/duckdb/streams/streams'
import { loadTable } from '../../../../src/iceberg/table'
import { localStore } from '../../../../src/storage/local-store'
import { placeCorpus } from '../../../support/corpus'
import { tempDir } from '../../../support/fake-parts'
import { SMALL } from '../../../support/small-run'

const HOUR = 3600
const MIB = 2 ** 20

const job = (run_id: string): StreamJob => ({
  run_id,
  raw_prefix: 'bronze/customer/interactions/',
  bronze: { trigger_seconds: HOUR, target_file_size: MIB, max_files_per_trigger: 1 },
  silver: { trigger_seconds: HOUR, target_file_size: MIB, partitioning: 'month' },
  gold: { trigger_seconds: HOUR, target_file_size: MIB, partitioning: 'month' },
  corpus: null,
  checkpoint_base: 'checkpoints',
  data_clock: '2025-01-01',
  retention_seconds: 600,
  patience_seconds: 5,
})

/** An engine of its own over the storage, as another process would have it. */
async function engine(root: string, name: string) {
  const session = await DuckDbSession.open(join(root, '.lakebench', name))
  onTestFinished(() => session.close())
  const locations = {
    bronze: join(root, 'bronze/warehouse/b'),
    silver: join(root, 'silver/warehouse/s'),
    gold: join(root, 'gold/warehouse/g'),
  }
  const commits: StreamCommit[] = []
  const hooks: StreamHooks = {
    onCommit: commit => commits.push(commit),
    onEmpty: () => {},
    onQuarantine: () => {},
    onRetry: () => {},
    onCompaction: () => {},
    onExpired: () => {},
    onWarning: () => {},
    onState: () => {},
  }
  const streams = new DuckDbStreams({
    session,
    store: localStore(root),
    locations,
    resources: () => null,
  })
  return { streams, hooks, commits, locations }
}

async function corpus(): Promise<string> {
  const root = join(tempDir(), 'data')
  mkdirSync(root)
  await placeCorpus(root, { ...SMALL.datagen, file_size: '2mb' })
  return root
}

const rowsOf = async (location: string) =>
  (await loadTable(location))!.files.reduce((sum, f) => sum + f.rows, 0)

test('of two that go on with one stream the slower one may not commit, and nothing is doubled', async () => {
  const root = await corpus()
  const never = new AbortController().signal
  const first = await engine(root, 'a')
  const paused = await first.streams.start(job('r1'), first.hooks)
  while (first.commits.length < 3) await sleep(20)
  const second = await engine(root, 'b')
  const going = await second.streams.start(job('r1'), second.hooks)
  while (second.commits.length < 3) await sleep(20)
  await expect(paused.drain(never)).rejects.toThrow(/Another writer set lakebench.stream/)
  await going.drain(never)
  const whole = await engine(root, 'c')
  const total = await rowsOf(second.locations.bronze)
  const calm = await whole.streams.start(job('r2'), whole.hooks)
  await calm.drain(never)
  expect(await rowsOf(whole.locations.bronze)).toBe(total)
  // Batches are counted on, not anew, by whoever goes on.
  const batches = [...first.commits, ...second.commits]
    .filter(c => c.stream === 'bronze-ingest')
    .map(c => c.batch)
  expect(new Set(batches).size).toBe(batches.length)
  expect(batches).toEqual([...batches].sort((a, b) => a - b))
})

test('another run begins with empty tables, from the first file on', async () => {
  const root = await corpus()
  const never = new AbortController().signal
  const a = await engine(root, 'a')
  await (await a.streams.start(job('r1'), a.hooks)).drain(never)
  const rows = await rowsOf(a.locations.silver)
  const b = await engine(root, 'b')
  await (await b.streams.start(job('r2'), b.hooks)).drain(never)
  expect(await rowsOf(b.locations.silver)).toBe(rows)
  expect(b.commits.filter(c => c.stream === 'bronze-ingest').map(c => c.batch)).toEqual(
    a.commits.filter(c => c.stream === 'bronze-ingest').map(c => c.batch),
  )
})
