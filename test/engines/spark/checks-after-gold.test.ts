import { expect, test } from 'vitest'
import type { GoldFinalizeJob, SilverBuildJob } from '../../../src/contracts/jobs'
import { SparkComputeEngine } from '../../../src/engines/spark/compute-engine'
import type { JobDocument } from '../../../src/engines/spark/job-document'
import { MemoryStore } from '../../../src/testing'

const signal = new AbortController().signal
const measured = {
  ...{
    elapsed_seconds: 1,
    bytes_read: 1,
    bytes_written: 1,
    shuffle_bytes: 1,
    cpu_seconds: 1,
    peak_memory_bytes: 1,
  },
  ...{ tasks: 1, longest_task_seconds: 1 },
}
const layout = (snapshot_id: string) => ({
  snapshot_id,
  summary: {},
  partitioned_by: null,
  files: [],
})
const written = (snapshot_id: string) => ({
  ...{
    snapshot_id,
    input_rows: 1,
    output_rows: 1,
    output_files: 1,
    output_bytes: 1,
    layout: layout(snapshot_id),
  },
})
const row = { row_count: '3', dates: '1', revenue: '2.50' }
const sums = Object.fromEntries(
  ['bronze', 'silver', 'gold'].map(what => [what, { rows: [row], problem: null }]),
)

/** What each job answers; `checks` is what the gold job did when its meter stood. */
function answerTo(document: JobDocument, checked: readonly string[]): object {
  switch (document.job) {
    case 'silver-build':
      return {
        ...written('s1'),
        strategy: 'simple',
        steps: 1,
        partitions: 1,
        raw_input: { digest: 'd', files: 1, rows: 1 },
      }
    case 'gold-finalize': {
      const tables = Object.fromEntries(
        Object.keys(document.checks.tables)
          .filter(role => checked.includes(role))
          .map(role => [role, { snapshot_id: `${role[0]}1`, fingerprint: `of ${role}` }]),
      )
      return {
        ...written('g1'),
        input_bytes: 1,
        distinct: 'sets',
        checks: { seconds: 7, tables, sums },
      }
    }
    case 'fingerprint':
      return { fingerprint: 'of another job' }
    case 'sums':
      return { sums }
    default:
      return { removed: 0, layout: null }
  }
}

async function engine({ checked = ['silver', 'gold'], foreign = [] as string[] } = {}) {
  const store = new MemoryStore()
  await store.put('bronze/raw/part-0.parquet', 'x')
  const jobs: JobDocument['job'][] = []
  const state = { raw: 'as it was' }
  const table = (role: string) => ({ catalog: role, namespace: 'n', table: 't', location: null })
  const spark = new SparkComputeEngine({
    driver: {
      simultaneous: false,
      prepare: async () => {},
      close: async () => {},
      run: async ({ job }) => {
        const document = JSON.parse(
          Buffer.from((await store.get(job.slice(7)))!).toString(),
        ) as JobDocument
        jobs.push(document.job)
        const { version, run_id } = document
        const head = { version, run_id, job: document.job, spark_version: '4', measured }
        await store.put(
          document.result.slice(7),
          JSON.stringify({ ...head, ...answerTo(document, checked) }),
        )
      },
    },
    store,
    ...{ bronze: table('bronze'), silver: table('silver'), gold: table('gold') },
    corpus: async () => ({
      prefix: 'bronze/raw/',
      files: null,
      changed: [],
      injected_dirt: null,
      window: null,
    }),
    look: async () => ({ digest: null, others: [], state: state.raw }),
    fingerprintLimit: 1000,
    requireOwnFiles: async role => {
      if (foreign.includes(role)) throw new Error('a file outside')
    },
    capacity: () => Promise.reject(new Error('not asked')),
    granted: () => ({ cores: 2, memory: 2 ** 30 }),
    describe: () => Promise.reject(new Error('not asked')),
  })
  await spark.prepare({} as never, { run_id: 'r', run_dir: '' })
  const build = {
    kind: 'silver-build',
    strategy: { strategy: 'simple' },
    profile: { files: 1, bytes: 1, dates: 1, hot_dates: [] },
    run_id: 'r',
  }
  const partitioning = { granularity: 'month', reason: '' }
  const clock = {
    target_file_size: 1,
    data_clock: '2026-01-01',
    processed_at: '2026-01-01T00:00:00.000000',
  }
  await spark.run({ ...build, partitioning, ...clock } as unknown as SilverBuildJob, { signal })
  const gold = await spark.run(
    { kind: 'gold-finalize', partitioning: 'month', run_id: 'r' } as GoldFinalizeJob,
    {
      signal,
    },
  )
  return { spark, jobs, state, gold }
}

const lying = { silver: { snapshot_id: 's1' }, gold: { snapshot_id: 'g1' } }
const all = async ({ spark }: Awaited<ReturnType<typeof engine>>) => {
  for (const role of ['silver', 'gold'] as const) await spark.expireSnapshots(role, { signal })
  return {
    silver: await spark.fingerprint('silver', { signal }),
    gold: await spark.fingerprint('gold', { signal }),
    counts: await spark.sums(false, { signal, findings: false }, lying),
  }
}

test('the gold job tidies, fingerprints and counts, so no job follows it, and says how long that took', async () => {
  const made = await engine()
  expect(made.gold).toMatchObject({ elapsed_seconds: 1, checked_seconds: expect.closeTo(7, 0) })
  const found = await all(made)
  expect(found).toMatchObject({ silver: 'of silver', gold: 'of gold', counts: { unknown: [] } })
  expect(found.counts.sums.silver).toEqual({ rows: 3, dates: 1, revenue: 2.5 })
  expect(made.jobs).toEqual(['silver-build', 'gold-finalize'])
})

test('what it could not do is asked for again', async () => {
  const made = await engine({ checked: ['gold'] })
  expect(await all(made)).toMatchObject({ silver: 'of another job', gold: 'of gold' })
  expect(made.jobs.slice(2)).toEqual(['tidy', 'fingerprint', 'sums'])
})

test('it touches no table that names files outside', async () => {
  const made = await engine({ foreign: ['silver'] })
  await expect(made.spark.expireSnapshots('silver', { signal })).rejects.toThrow('a file outside')
  expect(made.jobs).toEqual(['silver-build', 'gold-finalize'])
})

test.each([
  [
    'raw data',
    (made: Awaited<ReturnType<typeof engine>>) => Object.assign(made.state, { raw: 'another' }),
    lying,
  ],
  ['a table', () => {}, { ...lying, silver: { snapshot_id: 's2' } }],
])('sums are counted again where %s is another by the end', async (_, change, tables) => {
  const made = await engine()
  change(made)
  await made.spark.sums(false, { signal, findings: false }, tables)
  expect(made.jobs.at(-1)).toBe('sums')
})
