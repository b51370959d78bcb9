import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { DatagenConfig } from '../../src/config/schema'
import { PrerequisiteError } from '../../src/contracts/errors'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { corpusFacts, readCorpus } from '../../src/datagen/read-corpus'
import { sumDigests } from '../../src/datagen/row-digest'
import { localStore } from '../../src/storage/local-store'
import { generateIn, MIB, sampleIn, tempRoot } from './support'

/** As far as these tests change it. */
interface ManifestDocument {
  parameters: { seed?: number }
  files: { key: string; rows: number; sha256: string; row_digest: string }[]
  totals: { bytes: number }
  digest: string
}

const RAW = 'bronze/customer/interactions'
const MANIFEST = 'bronze/_lakebench/corpus.json'
const part = (root: string, n: number) => join(root, RAW, `part-00000${n}.parquet`)

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(PrerequisiteError)
  return (error as Error).message
}

/** Every file below a root with its content's length, to see that nothing changed. */
const listing = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(e => e.isFile())
    .map(e => join(e.parentPath ?? e.path, e.name))
    .sort()
    .map(path => [path, readFileSync(path).length])

test('another identity is made beside the first, in a folder of its own, and the first is not touched', async () => {
  const root = tempRoot()
  await sampleIn(root)
  const before = listing(root)
  const names = new Set<string>()
  const changes: Partial<DatagenConfig>[] = [
    { seed: 7 },
    { scale: 0.0011 },
    { file_size: 5 * MIB },
    { dirty_data_ratio: 0.1 },
    { zipf_exponent: 1 },
    { date_skew: 0.1 },
    { timestamp_start: '2024-01-02T00:00:00.000Z' },
    { timestamp_end: '2025-02-01T00:00:00.000Z' },
  ]
  for (const change of changes) {
    const made = await generateIn(root, change)
    expect(made.corpus.prefix).toMatch(
      /^bronze\/corpora\/scale-0\.001\d?-seed-(42|7)-[0-9a-f]{8}\/customer\/interactions\/$/,
    )
    const alone = await generateIn(tempRoot(), change)
    expect(made.corpus).toEqual({ ...alone.corpus, prefix: made.corpus.prefix })
    expect(await generateIn(root, change)).toMatchObject({
      reused_files: made.generated_files,
      generated_files: 0,
    })
    names.add(made.corpus.prefix!)
  }
  expect(names.size).toBe(changes.length)
  expect(listing(root).filter(([path]) => !String(path).includes('/corpora/'))).toEqual(before)
  expect((await readCorpus(localStore(root), PAGE_LOCATION))!.files).toBe(3)
  expect(await generateIn(root)).toMatchObject({ reused_files: 3, generated_files: 0 })
})

test('a folder that holds another corpus than it is named for is refused', async () => {
  const root = tempRoot()
  await sampleIn(root)
  const { prefix } = (await generateIn(root, { seed: 7 })).corpus
  const path = join(root, prefix!.replace('customer/interactions/', '_lakebench/corpus.json'))
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as ManifestDocument & {
    generator_version: number
  }
  writeFileSync(path, JSON.stringify({ ...manifest, generator_version: 0 }))
  expect(await refusal(generateIn(root, { seed: 7 }))).toMatch(
    /named for \(generator_version: 0 there, 1 wanted\)/,
  )
})

test('workers are no part of the identity', async () => {
  const root = tempRoot()
  await sampleIn(root)
  expect((await generateIn(root, { workers: 2 })).reused_files).toBe(3)
})

test('regenerate makes the same corpus anew, in its place', async () => {
  const root = tempRoot()
  const { corpus } = await sampleIn(root)
  expect(await generateIn(root, {}, { regenerate: true })).toMatchObject({
    reused_files: 0,
    generated_files: 3,
    corpus,
  })
  expect(readdirSync(join(root, RAW))).toHaveLength(3)
  const beside = await generateIn(root, { seed: 7 }, { regenerate: true })
  expect(beside).toMatchObject({ reused_files: 0, generated_files: 3 })
  expect(await generateIn(root, { seed: 7 }, { regenerate: true })).toMatchObject({
    reused_files: 0,
    corpus: beside.corpus,
  })
  expect(await generateIn(root)).toMatchObject({ reused_files: 3 })
})

test('raw files without a manifest are a foreign corpus: readable, never written to, not even by regenerate', async () => {
  const root = tempRoot()
  const other = tempRoot()
  await sampleIn(other)
  mkdirSync(join(root, RAW), { recursive: true })
  copyFileSync(part(other, 0), join(root, RAW, 'theirs.parquet'))
  writeFileSync(join(root, RAW, 'broken.parquet'), 'no parquet at all')
  writeFileSync(join(root, RAW, 'empty.parquet'), '')
  writeFileSync(join(root, RAW, 'notes.txt'), 'not raw data')
  const before = listing(root)
  expect(await refusal(generateIn(root))).toMatch(/did not generate.*storage\.path/)
  expect(await refusal(generateIn(root, {}, { regenerate: true }))).toMatch(/did not generate/)
  expect(listing(root)).toEqual(before)
  const record = await readCorpus(localStore(root), PAGE_LOCATION)
  expect(record).toMatchObject({
    kind: 'foreign',
    files: 3,
    seed: null,
    rows: null,
    injected_dirt: null,
  })
  expect(record!.bytes).toBe(readFileSync(part(other, 0)).length + 'no parquet at all'.length)
  expect(record!.digest).toMatch(/^[0-9a-f]{32}$/)
  expect(await readCorpus(localStore(root), PAGE_LOCATION)).toEqual(record)
  expect(await corpusFacts(localStore(root), PAGE_LOCATION)).toEqual({
    prefix: `${RAW}/`,
    files: null,
    changed: [],
    injected_dirt: null,
    window: null,
  })
  // Another footer, another name, another size: another identity.
  copyFileSync(part(other, 1), join(root, RAW, 'theirs.parquet'))
  const digests = [record!.digest, (await readCorpus(localStore(root), PAGE_LOCATION))!.digest]
  copyFileSync(part(other, 0), join(root, RAW, 'theirs.parquet'))
  expect((await readCorpus(localStore(root), PAGE_LOCATION))!.digest).toBe(record!.digest)
  writeFileSync(join(root, RAW, 'empty.parquet'), 'x')
  digests.push((await readCorpus(localStore(root), PAGE_LOCATION))!.digest)
  expect(new Set(digests).size).toBe(3)
})

test('a file beside the generated ones is refused by name', async () => {
  const root = tempRoot()
  await sampleIn(root)
  copyFileSync(part(root, 0), join(root, RAW, 'extra.parquet'))
  expect(await refusal(generateIn(root))).toContain('extra.parquet')
  expect(await refusal(generateIn(root, {}, { regenerate: true }))).toContain('extra.parquet')
  expect(existsSync(join(root, RAW, 'extra.parquet'))).toBe(true)
})

test('nothing there: no corpus, nothing known', async () => {
  expect(await readCorpus(localStore(tempRoot()), PAGE_LOCATION)).toBeNull()
  const facts = await corpusFacts(localStore(join(tempRoot(), 'missing')), PAGE_LOCATION)
  expect(facts.files).toBeNull()
})

test('facts for verify: files, sizes, dirt and window', async () => {
  const root = tempRoot()
  const { corpus } = await sampleIn(root)
  const facts = (await corpusFacts(localStore(root), PAGE_LOCATION))!
  expect(facts.files!.map(f => join(root, f.key))).toEqual([0, 1, 2].map(n => part(root, n)))
  expect(facts.files!.map(f => f.bytes)).toEqual(
    [0, 1, 2].map(n => readFileSync(part(root, n)).length),
  )
  expect(facts.injected_dirt).toEqual(corpus.injected_dirt)
  expect(facts.window).toEqual({
    start: '2024-01-01T00:00:00.000Z',
    end: '2025-01-01T00:00:00.000Z',
  })
})

test('a manifest that cannot be used is named, with what is wrong and what to do', async () => {
  const root = tempRoot()
  await sampleIn(root)
  const path = join(root, MANIFEST)
  const good = readFileSync(path, 'utf8')
  const changed = (change: (m: ManifestDocument) => void) => {
    const manifest = JSON.parse(good) as ManifestDocument
    change(manifest)
    return JSON.stringify(manifest)
  }
  const cases: [string, RegExp][] = [
    ['', /no JSON/],
    [good.slice(0, good.length / 2), /no JSON/],
    ['null', /the document/],
    ['{}', /generator_version/],
    [changed(m => delete m.parameters.seed), /parameters\.seed/],
    [changed(m => (m.files[1]!.sha256 = 'beef')), /files\.1\.sha256/],
    [changed(m => (m.files[1]!.rows += 1)), /files\.1: .*part-000001/],
    [changed(m => (m.files[2]!.key = '../../etc/passwd')), /files\.2/],
    [changed(m => m.files.reverse()), /out of place/],
    [changed(m => m.files.pop()), /complete is true, with 2 of 3 files/],
    [changed(m => (m.totals.bytes -= 1)), /totals/],
    [changed(m => (m.digest = '0'.repeat(32))), /digest/],
  ]
  for (const [text, problem] of cases) {
    writeFileSync(path, text)
    for (const attempt of [
      generateIn,
      (at: string) => readCorpus(localStore(at), PAGE_LOCATION),
      (at: string) => corpusFacts(localStore(at), PAGE_LOCATION),
    ]) {
      const message = await refusal(attempt(root))
      expect(message).toContain(path)
      expect(message).toMatch(problem)
      expect(message).toMatch(/delete it together with the files/)
    }
  }
  rmSync(dirname(path), { recursive: true })
  expect((await readCorpus(localStore(root), PAGE_LOCATION))!.kind).toBe('foreign')
})

test('a generator that makes other rows than the manifest promised is not used to restore a file', async () => {
  const root = tempRoot()
  await sampleIn(root)
  const path = join(root, MANIFEST)
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as ManifestDocument
  const [a, b] = manifest.files as [ManifestDocument['files'][0], ManifestDocument['files'][0]]
  a.row_digest = sumDigests([a.row_digest, '1'.padStart(32, '0')])
  manifest.digest = sumDigests(manifest.files.map(f => f.row_digest))
  writeFileSync(path, JSON.stringify(manifest))
  rmSync(join(root, a.key))
  expect(await refusal(generateIn(root))).toMatch(/other rows than its manifest promised/)
  expect(existsSync(join(root, b.key))).toBe(true)
})
