import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { readManifest } from '../../src/datagen/manifest'
import { corpusParameters } from '../../src/datagen/plan'
import { readCorpus } from '../../src/datagen/read-corpus'
import { type Cell, RowDigest, sumDigests } from '../../src/datagen/row-digest'
import { localStore } from '../../src/storage/local-store'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { datagenConfig, duckdb, generateIn, MIB, makeRows, rawFiles, tempRoot } from './support'

const SCALE = 0.002
const ROWS = corpusParameters(datagenConfig({ scale: SCALE })).rows

/** A corpus of so many files, by so many workers. */
function corpusOf(files: number, workers: number, seed = 42) {
  const file_size = files === 1 ? 512 * MIB : Math.ceil(ROWS / files) * 4380 + 1000
  return generateIn(tempRoot(), { scale: SCALE, file_size, seed }, { workers })
}

test('one file or seven, one worker or two: the same corpus digest and dirt', async () => {
  const one = await corpusOf(1, 1)
  const seven = await corpusOf(7, 1)
  const shared = await corpusOf(7, 2)
  expect([one, seven, shared].map(r => [r.corpus.files, r.workers])).toEqual([
    [1, 1],
    [7, 1],
    [7, 2],
  ])
  expect(one.corpus.rows).toBe(ROWS)
  for (const other of [seven, shared]) {
    expect(other.corpus.digest).toBe(one.corpus.digest)
    expect(other.corpus.injected_dirt).toEqual(one.corpus.injected_dirt)
    expect(other.corpus.rows).toBe(ROWS)
  }
})

test('the same cut gives the same files, byte for byte; another seed no common row', async () => {
  const roots = [tempRoot(), tempRoot(), tempRoot()]
  const [a, b, c] = await Promise.all(
    roots.map((root, i) => generateIn(root, { seed: i === 2 ? 43 : 42 }, { workers: 1 })),
  )
  const digests = await Promise.all(
    roots.map(async root =>
      (await readManifest(localStore(root), PAGE_LOCATION))!.files.map(f => f.sha256),
    ),
  )
  expect(digests[0]).toEqual(digests[1])
  expect(a!.corpus.digest).toBe(b!.corpus.digest)
  expect(c!.corpus.digest).not.toBe(a!.corpus.digest)
  const [common] = await duckdb(
    `select count(*) as n from read_parquet(${rawFiles(roots[0]!)}) a join read_parquet(${rawFiles(roots[2]!)}) b
     on a.event_id = b.event_id or a.session_id = b.session_id or a.interaction_payload = b.interaction_payload`,
  )
  expect(common!.n).toBe(0)
})

test('the digest is that of the rows which a foreign reader finds in the files', async () => {
  const root = tempRoot()
  const { corpus } = await generateIn(root)
  const columns = RAW_COLUMNS.map(({ name, type }) =>
    type === 'timestamp' ? `epoch_us(${name}) as ${name}` : name,
  )
  const rows = await duckdb(
    `select ${columns.join(', ')} from read_parquet(${rawFiles(root)}) order by id desc`,
  )
  const cell = (value: unknown, type: string): Cell => {
    if (value === null || typeof value === 'boolean') return value
    return type === 'string' ? String(value) : Number(value)
  }
  const digest = new RowDigest()
  digest.add(
    RAW_COLUMNS.map(({ name, type }) => rows.map(row => cell(row[name], type))),
    rows.length,
  )
  expect(digest.toString()).toBe(corpus.digest)
})

test('the digest sees one changed value, and not the order', () => {
  const rows = makeRows({}, 0, 50)
  const columns = (of: typeof rows) => RAW_COLUMNS.map(({ name }) => of.map(row => row[name]!))
  const digestOf = (of: typeof rows) => {
    const digest = new RowDigest()
    digest.add(columns(of), of.length)
    return digest.toString()
  }
  const whole = digestOf(rows)
  expect(digestOf([...rows].reverse())).toBe(whole)
  expect(sumDigests([digestOf(rows.slice(20)), digestOf(rows.slice(0, 20))])).toBe(whole)
  expect(digestOf(rows.slice(1))).not.toBe(whole)
  for (const { name, type } of RAW_COLUMNS) {
    const changed = type === 'string' ? 'x' : type === 'boolean' ? rows[7]![name] !== true : 987_654
    expect(digestOf(rows.with(7, { ...rows[7]!, [name]: changed })), name).not.toBe(whole)
    expect(
      digestOf(rows.with(7, { ...rows[7]!, [name]: rows[7]![name] === null ? '' : null })),
      name,
    ).not.toBe(whole)
  }
})

test('text beyond ASCII counts by its UTF-8 bytes, however it is held', () => {
  const [row] = makeRows({}, 0, 1)
  const digestOf = (city: Cell) => {
    const digest = new RowDigest()
    digest.add(
      RAW_COLUMNS.map(({ name }) => [name === 'city_raw' ? city : row![name]!]),
      1,
    )
    return digest.toString()
  }
  expect(digestOf('Zürich 東京 🙂')).toBe(digestOf(new TextEncoder().encode('Zürich 東京 🙂')))
  expect(digestOf('Zürich')).not.toBe(digestOf('Zurich'))
})

test('a complete corpus is reused, its record readable, nothing but raw files and manifest left', async () => {
  const root = tempRoot()
  const made = await generateIn(root)
  const manifest = readFileSync(join(root, 'bronze/_lakebench/corpus.json'), 'utf8')
  const again = await generateIn(root)
  expect(again).toMatchObject({
    reused_files: 3,
    generated_files: 0,
    rows_written: 0,
    bytes_written: 0,
    workers: 0,
  })
  expect(again.corpus).toEqual(made.corpus)
  expect(await readCorpus(localStore(root), PAGE_LOCATION)).toEqual(made.corpus)
  expect(readFileSync(join(root, 'bronze/_lakebench/corpus.json'), 'utf8')).toBe(manifest)
  expect(readdirSync(join(root, 'bronze'), { recursive: true }).sort()).toEqual([
    '_lakebench',
    '_lakebench/corpus.json',
    'customer',
    'customer/interactions',
    'customer/interactions/part-000000.parquet',
    'customer/interactions/part-000001.parquet',
    'customer/interactions/part-000002.parquet',
  ])
})
