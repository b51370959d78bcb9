import { spawn } from 'node:child_process'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { StreamHooks, StreamJob } from '../../../../src/contracts/streams'
import { JobClient } from '../../../../src/engines/spark/job-client'
import { SparkStreams } from '../../../../src/engines/spark/streams/spark-streams'
import type { StreamProgress } from '../../../../src/engines/spark/streams/stream-documents'
import { currentProcess } from '../../../../src/shared/process-identity'
import { localStore } from '../../../../src/storage/local-store'
import { RAW_COLUMNS } from '../../../../src/workload/raw-columns'
import { tempDir } from '../../../support/fake-parts'
import { FakeStreams } from './fake-streams'

const job: StreamJob = {
  run_id: 'run-1',
  raw_prefix: 'bronze/customer/interactions/',
  bronze: { trigger_seconds: 30, target_file_size: 512, max_files_per_trigger: 50 },
  silver: { trigger_seconds: 60, target_file_size: 512, partitioning: 'month' },
  gold: { trigger_seconds: 300, target_file_size: 128, partitioning: 'month' },
  corpus: null,
  checkpoint_base: 'checkpoints',
  data_clock: '2025-01-01',
  retention_seconds: 600,
  patience_seconds: 120,
}
const NAMES = ['bronze-ingest', 'silver-stream', 'gold-refresh']
const table = (name: string) => ({
  catalog: `lake_${name}`,
  namespace: name,
  table: 't',
  location: null,
})
const tables = { bronze: table('bronze'), silver: table('silver'), gold: table('gold') }

const never = new AbortController().signal

function setUp(
  simultaneous: boolean,
  change?: (progress: StreamProgress) => StreamProgress,
  dir = tempDir(),
) {
  const store = localStore(dir)
  const driver = new FakeStreams(store, simultaneous, change)
  const told: unknown[][] = []
  const hooks = Object.fromEntries(
    [
      'onCommit',
      'onEmpty',
      'onQuarantine',
      'onRetry',
      'onCompaction',
      'onExpired',
      'onWarning',
      'onState',
    ].map(name => [name, (...args: unknown[]) => told.push([name, ...args])]),
  ) as unknown as StreamHooks
  const drained = new Map<string, unknown>()
  const onDrained = (role: string, table: unknown) => drained.set(role, table)
  const streams = new SparkStreams({
    client: new JobClient(driver, store),
    store,
    tables,
    onDrained,
  })
  return {
    driver,
    told,
    drained,
    store,
    dir,
    start: (signal = never) => streams.start(job, hooks, signal),
  }
}

test.each([
  [true, [...NAMES].sort()],
  [false, ['streams']],
] as const)(
  'with a driver that carries out several jobs at a time (%s) the jobs are %j',
  async (simultaneous, jobs) => {
    const { driver, told, drained, store, start } = setUp(simultaneous)
    const running = await start()
    await running.drain(never)
    expect([...driver.jobs].sort()).toEqual(jobs)
    expect(driver.documents.map(d => d.job).sort()).toEqual([...NAMES].sort())
    const states = told
      .filter(([name]) => name === 'onState')
      .map(([, stream, state]) => [stream, state])
    expect(states).toHaveLength(jobs.length)
    for (const stream of simultaneous ? NAMES : [null])
      expect(states).toContainEqual([stream, 'created'])
    const commits = told.filter(([name]) => name === 'onCommit').map(([, commit]) => commit)
    expect(commits).toHaveLength(3)
    expect(commits).toContainEqual({
      stream: 'silver-stream',
      batch: 3,
      snapshot_id: '77',
      seconds: 0.5,
      input_rows: 10,
      output_rows: 9,
      bytes: 100,
      files: 1,
      sources: [],
      source_batch: 3,
      told_after_seconds: expect.any(Number),
    })
    // What a stream says of the one before it comes after that one's own word.
    expect(commits.map(commit => (commit as { stream: string }).stream)).toEqual(NAMES)
    expect(commits[0]).toMatchObject({
      sources: [{ key: 'part-0', rows: 10, modified_ms: 1000, seen_seconds: 0.25 }],
    })
    expect(told.filter(([name]) => name === 'onEmpty')).toHaveLength(6)
    // Two rounds of compaction between two looks.
    expect(
      told.filter(t => t[0] === 'onCompaction' && t[1] === 'gold-refresh').map(t => t.slice(2)),
    ).toEqual([
      [0, 0],
      [16, 2],
    ])
    expect(await store.list('bronze/_lakebench/')).toEqual([])
    expect([...drained.keys()].sort()).toEqual(['bronze', 'gold', 'silver'])
    expect(drained.get('gold')).toMatchObject({
      summary: { 'lakebench.run-id': 'run-1', stream: 'gold-refresh' },
    })
  },
)

test('a stream is told its source, its reader and where it is told of', async () => {
  const { driver, start } = setUp(true)
  const running = await start()
  await running.stop()
  const [bronze, silver, gold] = NAMES.map(name => driver.documents.find(d => d.job === name)!)
  expect([bronze!.upstream, silver!.upstream, gold!.upstream]).toEqual([
    null,
    'bronze-ingest',
    'silver-stream',
  ])
  expect([bronze!.reader?.catalog, silver!.reader?.catalog, gold!.reader]).toEqual([
    'lake_silver',
    'lake_gold',
    null,
  ])
  expect(bronze!.checkpoint).toMatch(/\/bronze\/checkpoints\/run-1\/bronze-ingest$/)
  expect(gold!.checkpoint).toMatch(/\/gold\/checkpoints\/run-1\/gold-refresh$/)
  // A month of silver gets one file a batch.
  expect(silver!.write_options['distribution-mode']).toBe('hash')
  expect(silver).toMatchObject({ select: expect.stringContaining('localtimestamp()') })
  expect(new Set(driver.documents.map(d => d.documents)).size).toBe(1)
})

test('a stream that fails ends the others, and is named', async () => {
  const { start } = setUp(true, p =>
    p.stream === 'silver-stream' && p.last_batch !== null
      ? { ...p, state: 'failed', error: 'no such column' }
      : p,
  )
  await expect(start().then(running => running.failure)).rejects.toThrow(
    'silver-stream: no such column',
  )
})

test('aborted before all of them are at work, streams are stopped, with the reason', async () => {
  const { driver, start } = setUp(true, p =>
    p.stream === 'gold-refresh' && p.state === 'running' ? { ...p, state: 'starting' } : p,
  )
  const stop = new AbortController()
  const starting = start(stop.signal)
  await expect.poll(() => driver.jobs.length).toBe(3)
  stop.abort(new Error('enough'))
  await expect(starting).rejects.toThrow('enough')
  expect(driver.running).toBe(0)
})

/** Below the store's root. */
const controlOf = ({ documents }: FakeStreams) =>
  `${documents[0]!.documents.slice(documents[0]!.documents.indexOf('bronze/_lakebench'))}/control.json`

test('a file that is left out for its columns is told in the words of verification', async () => {
  const file = 'bronze/customer/interactions/part-0.parquet'
  const field = { name: 'Channel', type: 'string', optional: true, inner: [] }
  const quarantined = [
    {
      file,
      reason: null,
      schema: RAW_COLUMNS.map(c => (c.name === 'channel' ? field : { ...field, ...c })),
    },
    { file: `${file}.cut`, reason: 'its footer cannot be read: cut', schema: null },
  ]
  const { told, start } = setUp(false, p =>
    p.stream === 'bronze-ingest' ? { ...p, quarantined } : p,
  )
  const running = await start()
  await running.drain(never)
  expect(told.filter(([name]) => name === 'onQuarantine').map(call => call.slice(1))).toEqual([
    [
      file,
      'column channel (string) is missing: there is Channel, which differs in case only. Rename it to channel',
    ],
    [`${file}.cut`, 'its footer cannot be read: cut'],
  ])
})

test('who takes the streams up tells the one before to stop', async () => {
  const first = setUp(false)
  await first.start()
  const second = setUp(false, undefined, first.dir)
  const running = await second.start()
  const told = Buffer.from((await first.store.get(controlOf(first.driver)))!).toString('utf8')
  expect(JSON.parse(told)).toMatchObject({ command: 'stop' })
  await running.stop()
})

test('streams are started when the earlier driver on this machine is gone', async () => {
  const first = setUp(false)
  const java = spawn('sleep', ['60'])
  first.driver.process = {
    host: hostname(),
    pid: java.pid!,
    start_ticks: null,
    pid_namespace: currentProcess().pid_namespace,
  }
  // Its last report is that it runs.
  first.driver.deaf = true
  await first.start()
  const second = setUp(false, undefined, first.dir)
  const starting = second.start()
  await sleep(600)
  expect(second.driver.jobs).toEqual([])
  java.kill('SIGKILL')
  await (await starting).stop()
})

test('streams go on where all of them have a checkpoint, else they begin anew', async () => {
  const { driver, store, start } = setUp(false)
  const resumed = async () => {
    await (await start()).stop()
    return driver.documents.splice(0).map(d => d.resume)
  }
  for (const stream of NAMES) {
    expect(await resumed()).toEqual([false, false, false])
    const layer = stream.replace(/-.*/, '')
    await store.put(`${layer}/checkpoints/run-1/${stream}/metadata`, '{}')
  }
  expect(await resumed()).toEqual([true, true, true])
})

test('streams that stop though this process asked for nothing are a failure, at once', async () => {
  const { driver, store, start } = setUp(true)
  const running = await start()
  // As another host does that resumes the run.
  await store.put(controlOf(driver), JSON.stringify({ heartbeat: -1, command: 'stop' }))
  await expect(running.failure).rejects.toThrow(
    /without a command.*another one has taken the run up/,
  )
})

test('draining that takes too long ends with the reason', async () => {
  const { start } = setUp(false, p => (p.state === 'drained' ? { ...p, state: 'running' } : p))
  const running = await start()
  const patience = AbortSignal.timeout(300)
  await expect(running.drain(patience)).rejects.toMatchObject({ name: 'TimeoutError' })
  await running.stop()
})

test('draining waits for a store that is away, and no longer than it may', async () => {
  const { store, start } = setUp(false)
  const running = await start()
  let away = true
  const { put } = store
  // For this process only: the driver's own writes are another matter.
  vi.spyOn(store, 'put').mockImplementation((key, ...more) =>
    away && key.endsWith('/control.json')
      ? Promise.reject(new Error('no route to the store'))
      : put.call(store, key, ...more),
  )
  const enough = new AbortController()
  const given = running.drain(enough.signal)
  await sleep(50)
  enough.abort(new Error('enough'))
  away = false
  await expect(given).rejects.toThrow('enough')

  away = true
  const waiting = running.drain(never)
  await sleep(50)
  away = false
  await waiting
})
