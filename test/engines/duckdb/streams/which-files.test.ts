import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { StreamHooks, StreamJob } from '../../../../src/contracts/streams'
import { DuckDbSession } from '../../../../src/engines/duckdb/session'
import { BronzeIngest } from '../../../../src/engines/duckdb/streams/bronze-ingest'
import { localStore } from '../../../../src/storage/local-store'
import { placeCorpus } from '../../../support/corpus'
import { tempDir } from '../../../support/fake-parts'

const MIB = 2 ** 20
const job = {
  run_id: 'r',
  bronze: { trigger_seconds: 1, target_file_size: MIB, max_files_per_trigger: 10 },
  raw_prefix: 'bronze/customer/interactions/',
  corpus: null,
  checkpoint_base: 'checkpoints',
} as StreamJob

/** A bronze stream over a corpus of a file, and one that came before it and is no Parquet. */
async function bronze(max_files_per_trigger = 10) {
  const root = join(tempDir(), 'data')
  mkdirSync(root)
  await placeCorpus(root, { scale: 0.0005, workers: 1 })
  const broken = join(root, 'bronze/customer/interactions/broken.parquet')
  writeFileSync(broken, 'PAR1 and nothing of it PAR1')
  utimesSync(broken, 1, 1)
  const session = await DuckDbSession.open(join(root, '.lakebench/scratch'))
  onTestFinished(() => session.close())
  const quarantined: string[] = []
  const stream = new BronzeIngest({
    session,
    store: localStore(root),
    locations: { bronze: join(root, 'bronze/warehouse/b'), silver: '', gold: '' },
    resources: null,
    job: { ...job, bronze: { ...job.bronze, max_files_per_trigger } },
    hooks: {
      onQuarantine: file => void quarantined.push(file),
    } as Partial<StreamHooks> as StreamHooks,
    signal: new AbortController().signal,
  })
  await stream.open()
  return { stream, session, quarantined, broken }
}

test.each([
  ['memory', new Error('Out of Memory Error: could not allocate block of size 256.0 KiB')],
  [
    'open files',
    new Error('IO Error: Cannot open file "part-000000.parquet": Too many open files'),
  ],
  [
    'room on the disk',
    Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }),
  ],
])(
  'a machine that lacks %s breaks no file: the batch fails, and later takes them',
  async (_, lacking) => {
    const { stream, session, quarantined } = await bronze()
    const rows = vi.spyOn(session, 'rows').mockRejectedValue(lacking)
    await expect(stream.batch()).rejects.toThrow(lacking.message)
    expect(quarantined).toEqual([])
    rows.mockRestore()
    const commit = await stream.batch()
    expect(commit!.input_rows).toBeGreaterThan(0)
    expect(quarantined).toEqual(['bronze/customer/interactions/broken.parquet'])
  },
)

test('good files behind a batch of broken ones are taken in the same go: draining would end there', async () => {
  const { stream, quarantined } = await bronze(1)
  expect((await stream.batch())!.input_rows).toBeGreaterThan(0)
  expect(quarantined).toEqual(['bronze/customer/interactions/broken.parquet'])
  expect(await stream.batch()).toBeNull()
})

test('a file that was left out half copied is taken when it is whole, once; one that stays broken is not looked at again', async () => {
  const { stream, session, quarantined, broken } = await bronze()
  const folder = dirname(broken)
  const whole = readFileSync(join(folder, 'part-000000.parquet'))
  const late = join(folder, 'late.parquet')
  writeFileSync(late, whole.subarray(0, whole.length >> 1))
  const before = (await stream.batch())!.input_rows
  expect(quarantined.map(key => basename(key)).sort()).toEqual(['broken.parquet', 'late.parquet'])
  const looked = vi.spyOn(session, 'rows')
  expect(await stream.batch()).toBeNull()
  expect(looked).not.toHaveBeenCalled()
  writeFileSync(late, whole.subarray(0, whole.length - 100))
  expect(await stream.batch()).toBeNull()
  expect(quarantined.map(key => basename(key)).slice(2)).toEqual(['late.parquet'])
  writeFileSync(late, whole)
  const commit = await stream.batch()
  expect(commit!.sources.map(s => basename(s.key))).toEqual(['late.parquet'])
  expect(commit!.input_rows).toBe(before)
  expect(await stream.batch()).toBeNull()
})

test('a file staged in a hidden folder and renamed is taken once, and a link to what was taken never', async () => {
  const { stream, broken } = await bronze()
  const folder = dirname(broken)
  const [staged, elsewhere] = [join(folder, '_temporary/0/task'), tempDir()]
  mkdirSync(staged, { recursive: true })
  copyFileSync(join(folder, 'part-000000.parquet'), join(staged, 'p.parquet'))
  copyFileSync(join(folder, 'part-000000.parquet'), join(elsewhere, 'q.parquet'))
  symlinkSync(elsewhere, join(folder, 'linked'))
  const keys = async () =>
    (await stream.batch())?.sources.map(s => s.key.slice(job.raw_prefix.length)).sort()
  expect(await keys()).toEqual(['linked/q.parquet', 'part-000000.parquet'])
  renameSync(join(staged, 'p.parquet'), join(folder, 'p.parquet'))
  symlinkSync(elsewhere, join(folder, 'again'))
  symlinkSync(join(elsewhere, 'q.parquet'), join(folder, 'a.parquet'))
  symlinkSync('part-000000.parquet', join(folder, 'b.parquet'))
  expect(await keys()).toEqual(['p.parquet'])
  expect(await keys()).toBeUndefined()
})
