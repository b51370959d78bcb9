import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import type { StorageConfig } from '../../src/config/schema'
import type { JobProgress } from '../../src/contracts/jobs'
import { verifyCorpus } from '../../src/datagen/check-files'
import type { GeneratedCorpus } from '../../src/datagen/corpus'
import type { CorpusTarget } from '../../src/datagen/location'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { readManifest } from '../../src/datagen/manifest'
import { corpusFacts, readCorpus } from '../../src/datagen/read-corpus'
import { generateInto, verifyInto } from '../../src/platforms/corpus-session'
import { localPlace, s3Place } from '../../src/platforms/corpus-target'
import type { S3Config, S3Limits } from '../../src/storage/s3/connection'
import { openS3Store, type S3Store } from '../../src/storage/s3/s3-store'
import { datagenConfig, generateIn, MIB, makeRoot, tempRoot } from '../datagen/support'
import { FaultProxy } from '../support/fault-proxy'
import { plainClient, removeBuckets, s3Config } from './s3-buckets'
import { servers } from './servers'

const signal = new AbortController().signal
const RAW = 'customer/interactions/'
const key = (n: number) => `bronze/${RAW}part-00000${n}.parquet`
/** Four files of three parts each. */
const LARGE = { scale: 0.0155, file_size: 40 * MIB, workers: 2 }
const FILES = 4

const client = plainClient()
afterAll(() => client.destroy())

interface Corner {
  readonly config: S3Config
  readonly storage: Extract<StorageConfig, { type: 's3' }>
  readonly store: S3Store
  readonly place: CorpusTarget
}

/** Buckets of its own, gone after the test. */
async function corner(change: Partial<S3Config> = {}, limits?: Partial<S3Limits>): Promise<Corner> {
  const config = s3Config(change)
  onTestFinished(() => removeBuckets(config))
  const store = await openS3Store(config, limits && { limits })
  onTestFinished(() => store.close())
  await store.ensureBuckets()
  const storage = { type: 's3', s3: config } as const
  return { config, storage, store, place: s3Place(store, storage) }
}

const objects = async (bucket: string) =>
  ((await client.listObjectsV2({ Bucket: bucket })).Contents ?? []).map(o => o.Key!)
const finished = async (bucket: string) =>
  (await objects(bucket)).filter(k => k.startsWith(RAW)).length
const unfinished = async (Bucket: string) =>
  (await client.listMultipartUploads({ Bucket })).Uploads?.length ?? 0

let onDisk: { root: string; made: GeneratedCorpus }
beforeAll(async () => {
  const root = makeRoot()
  onDisk = { root, made: await generateIn(root) }
})
afterAll(() => rmSync(onDisk.root, { recursive: true }))

/** Without what a store says of each file's last write. */
function unstamped<D extends { readonly files: readonly object[] }>(document: D | null) {
  return (
    document && {
      ...document,
      files: document.files.map(file => ({ ...file, modified: null, etag: null })),
    }
  )
}

test('the same files and digest as on a disk, reused when they are there', async () => {
  const { config, place } = await corner()
  expect(await readCorpus(place.store, PAGE_LOCATION)).toBeNull()
  const made = await generateIn(place)
  expect(made).toMatchObject({
    corpus: onDisk.made.corpus,
    generated_files: 3,
    reused_files: 0,
    storage_retries: 0,
  })
  expect(await objects(config.buckets.bronze)).toEqual([
    '_lakebench/corpus.json',
    ...[0, 1, 2].map(n => `${RAW}part-00000${n}.parquet`),
  ])
  const disk = localPlace(onDisk.root).store
  expect(unstamped(await readManifest(place.store, PAGE_LOCATION))).toEqual(
    unstamped(await readManifest(disk, PAGE_LOCATION)),
  )
  expect(await readCorpus(place.store, PAGE_LOCATION)).toEqual(made.corpus)
  expect(await corpusFacts(place.store, PAGE_LOCATION)).toEqual(
    await corpusFacts(disk, PAGE_LOCATION),
  )
  expect(await generateIn(place)).toMatchObject({ reused_files: 3, generated_files: 0, workers: 0 })
  const check = await verifyCorpus(place.store, PAGE_LOCATION, { signal })
  expect(check).toEqual({ files_checked: 3, bytes_checked: made.corpus.bytes, findings: [] })
  expect(await unfinished(config.buckets.bronze)).toBe(0)
})

test('as a stage it makes the buckets, and records what was made and how often the service was asked again', async () => {
  const s3 = s3Config()
  onTestFinished(() => removeBuckets({ buckets: s3.buckets }))
  const config = await loadConfig({
    preset: 'local-spark',
    platform: { storage: { type: 's3', s3 } },
    architecture: { query_engine: { type: 'none' }, workload: { datagen: datagenConfig() } },
  })
  const options = { signal, onProgress: () => {}, regenerate: false }
  const outcome = await generateInto(config, options)
  expect(outcome.details).toEqual({
    reused_files: 0,
    generated_files: 3,
    workers: 1,
    storage_retries: 0,
  })
  expect(outcome.measurement).toMatchObject({
    output_files: 3,
    bytes_written: outcome.corpus.bytes,
  })
  expect(await verifyInto(config, options)).toEqual({ files_checked: 3, findings: [] })
})

test('layers that share a bucket: the corpus stays below its layer', async () => {
  const { buckets } = s3Config()
  const { config, place } = await corner({
    buckets: { bronze: buckets.bronze, silver: buckets.bronze, gold: buckets.gold },
  })
  expect((await generateIn(place)).corpus).toEqual(onDisk.made.corpus)
  expect(await objects(config.buckets.bronze)).toContain(key(2))
})

/**
 * Generate in a process of its own and kill -9 it once a whole file is there, while another is on its way for certain: the proxy
 * swallows that file's later parts, so its upload has begun and cannot end.
 */
async function killInUpload({ config, storage }: Corner): Promise<void> {
  const proxy = await FaultProxy.to(servers.s3().endpoint)
  onTestFinished(() => proxy.down())
  const later = /^PUT .*part-000001.*partNumber=[23]/
  proxy.rule({ match: later, fault: { kind: 'stall' }, times: Infinity })
  const through = { ...storage, s3: { ...storage.s3, endpoint: proxy.endpoint } }
  const program = join(import.meta.dirname, '../datagen/programs/generate-s3.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PROGRAM_INPUT: JSON.stringify({ storage: through, config: datagenConfig(LARGE) }),
    },
  })
  const ended = once(child, 'exit')
  while (proxy.count(later) === 0 || (await finished(config.buckets.bronze)) === 0) {
    if (child.exitCode !== null) throw new Error(`the child ended by itself (${child.exitCode})`)
    await sleep(2)
  }
  child.kill('SIGKILL')
  expect((await ended)[1]).toBe('SIGKILL')
}

test('killed with kill -9 in the middle of uploads, then resumed: the same corpus, nothing left over', async () => {
  const at = await corner()
  const { bronze } = at.config.buckets
  await killInUpload(at)
  const after = await finished(bronze)
  expect(after).toBeGreaterThan(0)
  expect(after).toBeLessThan(FILES)
  expect(await unfinished(bronze)).toBeGreaterThan(0)
  const resumed = await generateIn(at.place, LARGE)
  expect(resumed.generated_files + resumed.reused_files).toBe(FILES)
  expect(resumed.generated_files).toBeGreaterThan(0)
  expect(await unfinished(bronze)).toBe(0)
  expect(resumed.corpus).toEqual((await generateIn(tempRoot(), LARGE)).corpus)
  expect((await verifyCorpus(at.place.store, PAGE_LOCATION, { signal })).findings).toEqual([])
})

test('an abort ends the workers, leaves whole files only, and the next call goes on', async () => {
  const { config, place } = await corner()
  const { bronze } = config.buckets
  const stop = new AbortController()
  const reason = new Error('enough')
  const onProgress = (progress: JobProgress) => {
    if (progress.bytes! > 60 * MIB) stop.abort(reason)
  }
  await expect(generateIn(place, LARGE, { signal: stop.signal, onProgress })).rejects.toBe(reason)
  expect(await unfinished(bronze)).toBe(0)
  const record = (await readCorpus(place.store, PAGE_LOCATION))!
  expect(record.parameters.complete).toBe(false)
  await expect(corpusFacts(place.store, PAGE_LOCATION)).rejects.toThrow(
    new RegExp(`s3://${bronze}/_lakebench/corpus.json is not finished`),
  )
  const resumed = await generateIn(place, LARGE)
  expect(resumed.reused_files).toBe(record.files)
  expect((await verifyCorpus(place.store, PAGE_LOCATION, { signal })).findings).toEqual([])
})

test('another identity is made beside the first, which is not touched; regenerate makes it anew', async () => {
  const { config, place } = await corner()
  await generateIn(place)
  const before = await client.listObjectsV2({ Bucket: config.buckets.bronze })
  const other = await generateIn(place, { seed: 7 })
  expect(other).toMatchObject({ generated_files: 3, reused_files: 0 })
  expect(other.corpus.prefix).toMatch(/^bronze\/corpora\/scale-0\.001-seed-7-[0-9a-f]{8}\//)
  expect(other.corpus.digest).not.toBe(onDisk.made.corpus.digest)
  const after = (await client.listObjectsV2({ Bucket: config.buckets.bronze })).Contents!
  expect(after.filter(o => !o.Key!.startsWith('corpora/'))).toEqual(before.Contents)
  expect(await generateIn(place)).toMatchObject({ reused_files: 3 })
  expect(await generateIn(place, { seed: 7 }, { regenerate: true })).toMatchObject({
    reused_files: 0,
    corpus: other.corpus,
  })
  const otherFolder = other.corpus.prefix!.slice('bronze/'.length)
  await client.putObject({
    Bucket: config.buckets.bronze,
    Key: `${otherFolder}stray.parquet`,
    Body: 'x',
  })
  await expect(generateIn(place, { seed: 7 })).rejects.toThrow(
    /holds a file besides the generated corpus.*stray/,
  )
})

test('a foreign corpus is known by keys, sizes and footers, as on a disk, and never written to', async () => {
  const { config, place, store } = await corner()
  const root = tempRoot()
  const other = localPlace(root)
  mkdirSync(join(root, 'bronze', RAW, 'a'), { recursive: true })
  const bodies: Record<string, Buffer | string> = {
    'a/theirs.parquet': readFileSync(join(onDisk.root, key(0))),
    'broken.parquet': 'no parquet at all',
    'empty.parquet': '',
  }
  for (const [name, body] of Object.entries(bodies)) {
    writeFileSync(join(root, 'bronze', RAW, name), body)
    await store.put(`bronze/${RAW}${name}`, body)
  }
  const record = await readCorpus(place.store, PAGE_LOCATION)
  expect(record).toMatchObject({ kind: 'foreign', files: 3 })
  expect(record).toEqual(await readCorpus(other.store, PAGE_LOCATION))
  expect((await corpusFacts(place.store, PAGE_LOCATION)).files).toBeNull()
  for (const regenerate of [false, true]) {
    await expect(generateIn(place, {}, { regenerate })).rejects.toThrow(
      /s3:.*did not generate.*buckets\.bronze/,
    )
  }
  expect(await objects(config.buckets.bronze)).toHaveLength(3)
})

test('verify finds a flipped bit, a cut, a missing and an unexpected file; generating restores them', async () => {
  const { place, store } = await corner()
  await generateIn(place)
  const body = Buffer.from((await store.get(key(1)))!)
  body[body.length >> 1]! ^= 1
  await store.put(key(1), body)
  await store.put(key(0), body.subarray(0, 1000))
  await store.delete(key(2))
  await store.put(`bronze/${RAW}stray.parquet`, 'x')
  const { findings } = await verifyCorpus(place.store, PAGE_LOCATION, { signal })
  expect(findings.map(f => [f.key, f.problem])).toEqual([
    [key(0), 'truncated'],
    [key(1), 'altered'],
    [key(2), 'missing'],
    [`bronze/${RAW}stray.parquet`, 'unexpected'],
  ])
  await store.delete(`bronze/${RAW}stray.parquet`)
  expect(await generateIn(place)).toMatchObject({ generated_files: 3, reused_files: 0 })
  const stop = new AbortController()
  const reason = new Error('enough')
  await expect(
    verifyCorpus(place.store, PAGE_LOCATION, {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    }),
  ).rejects.toBe(reason)
})

test('through faults of every kind: the same corpus, and the repetitions counted', async () => {
  const proxy = await FaultProxy.to(servers.s3().endpoint)
  onTestFinished(() => proxy.down())
  const { place } = await corner({ endpoint: proxy.endpoint })
  proxy.rule(
    { match: /^POST .*\?uploads/, fault: { kind: 'reset' } },
    {
      match: /^PUT .*partNumber=/,
      fault: { kind: 'answer', status: 503, code: 'SlowDown' },
      times: 2,
    },
    { match: /^PUT .*partNumber=/, fault: { kind: 'lose-answer' }, from: 4 },
    { match: /^POST .*uploadId=/, fault: { kind: 'lose-answer' } },
    { match: /^PUT .*corpus\.json/, fault: { kind: 'answer', status: 500, code: 'InternalError' } },
  )
  const made = await generateIn(place, LARGE)
  expect(made.storage_retries).toBeGreaterThanOrEqual(6)
  expect(made.corpus).toEqual((await generateIn(tempRoot(), LARGE)).corpus)
  proxy.rule({ match: /^GET .*part-000002/, fault: { kind: 'cut', at: 5 * MIB } })
  expect((await verifyCorpus(place.store, PAGE_LOCATION, { signal })).findings).toEqual([])
})

test('a service that refuses in the middle: a named error, whole files stay, the next call goes on', async () => {
  const proxy = await FaultProxy.to(servers.s3().endpoint)
  onTestFinished(() => proxy.down())
  const { config, place } = await corner({ endpoint: proxy.endpoint })
  const { bronze } = config.buckets
  const full = { kind: 'answer', status: 403, code: 'QuotaExceeded' } as const
  proxy.rule({ match: /^PUT .*partNumber=/, fault: full, from: 6, times: 1000 })
  await expect(generateIn(place, { ...LARGE, workers: 1 })).rejects.toMatchObject({
    name: 'PrerequisiteError',
    message: expect.stringMatching(
      new RegExp(`Cannot write s3://${bronze}/${RAW}part-.* at http.*\\(403 QuotaExceeded`),
    ),
  })
  expect(await unfinished(bronze)).toBe(0)
  expect(await finished(bronze)).toBe(1)
  proxy.rule()
  expect(await generateIn(place, LARGE)).toMatchObject({
    reused_files: 1,
    generated_files: FILES - 1,
  })
})
