import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeContainer, encodeContainer } from '../../src/iceberg/avro'
import {
  beginWrite,
  expireReplaced,
  expireSnapshots,
  inspectTable,
  loadTable,
  readAppended,
  requireOwnFiles,
  type WriteOptions,
} from '../../src/iceberg/table'
import { parseExactJson, stringifyExactJson } from '../../src/shared/exact-json'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const REPLACE: WriteOptions = { columns: COLUMNS, partitionBy: null, mode: 'replace' }
const APPEND: WriteOptions = { ...REPLACE, mode: 'append' }

async function put(location: string, options: WriteOptions): Promise<string> {
  const write = await beginWrite(location, options)
  const file = writeRows(write)
  const outcome = await write.commit([file], {})
  if (outcome.state !== 'committed') throw outcome.cause
  return file.path
}

/** A table in a storage folder, and a file beside the storage that a run may not touch. */
async function storage() {
  const root = tempFolder()
  const location = join(root, 'storage/silver/warehouse/lakehouse/silver')
  const victim = join(root, 'victim.parquet')
  const data = await put(location, APPEND)
  writeFileSync(victim, readFileSync(data))
  return { root, location, victim, data }
}

const newestMetadata = (location: string) => {
  const versions = readdirSync(join(location, 'metadata')).flatMap(
    n => /^v(\d+)\.metadata\.json$/.exec(n)?.[1] ?? [],
  )
  return join(location, 'metadata', `v${Math.max(...versions.map(Number))}.metadata.json`)
}

// biome-ignore lint/suspicious/noExplicitAny: raw documents are edited
type Json = Record<string, any>

function editMetadata(location: string, edit: (metadata: Json) => void) {
  const path = newestMetadata(location)
  const metadata = parseExactJson(readFileSync(path, 'utf8')) as Json
  edit(metadata)
  writeFileSync(path, stringifyExactJson(metadata))
}

/** Edit the rows of an Avro file; its length, as the list says it, follows where that is wanted. */
function editAvro(path: string, edit: (row: Json) => void) {
  const { schema, rows, metadata } = decodeContainer(readFileSync(path))
  for (const row of rows) edit(row as Json)
  const header = Object.fromEntries([...metadata].filter(([key]) => !key.startsWith('avro.')))
  writeFileSync(path, encodeContainer(schema, rows, header))
}

const currentList = (location: string) =>
  (parseExactJson(readFileSync(newestMetadata(location), 'utf8')) as Json).snapshots.at(-1)[
    'manifest-list'
  ] as string

/** As one who edits a table would: the manifest names another data file, and the list has the manifest's new length. */
function nameDataFile(location: string, path: string) {
  const list = currentList(location)
  editAvro(list, manifest => {
    editAvro(manifest.manifest_path, entry => {
      entry.data_file.file_path = path
    })
    manifest.manifest_length = BigInt(readFileSync(manifest.manifest_path).length)
  })
}

const doors = (location: string) => [
  () => loadTable(location),
  () => inspectTable(location),
  () => readAppended(location, null),
  () => put(location, REPLACE),
  () => expireReplaced(location),
  () => expireSnapshots(location, { last: 1, ageMs: 0, fromSequence: null }, async () => {}),
]

const foreign: readonly [string, (o: Awaited<ReturnType<typeof storage>>) => string][] = [
  ['leads out by ..', ({ location }) => `${location}/../../../../../victim.parquet`],
  [
    'leads out of data by ..',
    ({ location }) => `${location}/data/../../../../../../victim.parquet`,
  ],
  ['lies elsewhere', ({ victim }) => victim],
  ['is a file: URL elsewhere', ({ victim }) => `file://${victim}`],
  [
    'is an encoded URL',
    ({ location }) => `file://${location}/data/%2e%2e/%2e%2e/victim.parquet/../x`,
  ],
  ['is a URL', () => 'http://127.0.0.1:1/data.parquet'],
  ['is on S3', () => 's3://bucket/silver/data/a.parquet'],
  ['is relative', () => 'victim.parquet'],
  ['is the folder itself', ({ location }) => `${location}/data/`],
  ['is metadata of the table', ({ location }) => `${location}/metadata/v1.metadata.json`],
  [
    'has a sibling folder whose name begins alike',
    ({ location }) => `${location}-2/data/a.parquet`,
  ],
  ['is empty', () => ''],
]

test.each(foreign)(
  'a manifest whose data file %s is damage that names it; nothing is opened or deleted',
  async (_how, pathOf) => {
    const made = await storage()
    const { location, victim, data } = made
    const path = pathOf(made)
    nameDataFile(location, path)
    for (const door of doors(location).slice(0, 4)) {
      await expect(door()).rejects.toThrow(/The table silver is damaged: .*-m0\.avro: it names/)
      await expect(door()).rejects.toThrow(JSON.stringify(path))
    }
    for (const door of doors(location).slice(4)) await door().catch(() => {})
    expect(existsSync(victim) && existsSync(data)).toBe(true)
  },
)

test.each(foreign.slice(0, 8))(
  'a manifest or a list that %s is damage that names it',
  async (_how, pathOf) => {
    for (const what of ['manifest', 'list']) {
      const made = await storage()
      const { location, victim } = made
      const path = pathOf(made)
      if (what === 'list') editMetadata(location, m => (m.snapshots.at(-1)['manifest-list'] = path))
      else editAvro(currentList(location), manifest => (manifest.manifest_path = path))
      for (const door of doors(location).slice(0, 4))
        await expect(door()).rejects.toThrow('The table silver is damaged')
      for (const door of doors(location).slice(4)) await door().catch(() => {})
      await expect(loadTable(location)).rejects.toThrow(JSON.stringify(path))
      expect(existsSync(victim)).toBe(true)
    }
  },
)

test('an old version that an edit made name a foreign file takes no file outside with it', async () => {
  const { location, victim, data } = await storage()
  nameDataFile(location, `${location}/../../../../../victim.parquet`)
  // As an earlier lakebench did: the edited snapshot was replaced without being read.
  const edited = newestMetadata(location)
  const copy = readFileSync(edited)
  rmSync(location, { recursive: true })
  await put(location, APPEND)
  await put(location, REPLACE)
  writeFileSync(join(location, 'metadata/v1.metadata.json'), copy)
  await expireReplaced(location).catch(() => {})
  expect(existsSync(victim)).toBe(true)
  expect(existsSync(data)).toBe(false)
})

test.each(['data', 'metadata'])(
  '%s as a link that leads out of the table is damage, and no file behind it goes',
  async name => {
    const { root, location } = await storage()
    const moved = join(root, 'moved')
    renameSync(join(location, name), moved)
    symlinkSync(moved, join(location, name))
    const before = readdirSync(moved)
    await expect(loadTable(location)).rejects.toThrow(/damaged: .*link/)
    await expect(put(location, REPLACE)).rejects.toThrow(/damaged: .*link/)
    await expireReplaced(location).catch(() => {})
    expect(readdirSync(moved)).toEqual(before)
  },
)

test('a data file, a partition folder, a manifest or metadata that is a link is damage', async () => {
  for (const pick of [
    (location: string) =>
      readdirSync(join(location, 'data')).map(n => join(location, 'data', n))[0]!,
    (location: string) => currentList(location),
    newestMetadata,
  ]) {
    const { root, location } = await storage()
    const path = pick(location)
    renameSync(path, join(root, 'moved'))
    symlinkSync(join(root, 'moved'), path)
    await expect(loadTable(location)).rejects.toThrow(`${path}: it is a link`)
    expect(existsSync(join(root, 'moved'))).toBe(true)
  }
  const { root, location } = await storage()
  symlinkSync(root, join(location, 'data/month=2026-01'))
  await expect(put(location, REPLACE)).rejects.toThrow('month=2026-01: it is a link')
})

test('a storage folder that is itself a link, or was moved, is read and written as before', async () => {
  const { root, location } = await storage()
  const elsewhere = join(root, 'elsewhere')
  renameSync(join(root, 'storage'), elsewhere)
  symlinkSync(elsewhere, join(root, 'storage'))
  expect((await loadTable(location))!.files).toHaveLength(1)
  rmSync(join(root, 'storage'))
  const moved = location.replace(join(root, 'storage'), elsewhere)
  expect((await loadTable(moved))!.files.map(f => existsSync(f.path))).toEqual([true])
  await put(moved, REPLACE)
  await expireReplaced(moved)
  expect(readdirSync(join(moved, 'data'))).toHaveLength(1)
})

test('a table that is not there because a link leads nowhere is an error that names the link', async () => {
  const root = tempFolder()
  symlinkSync('/nowhere/disk', join(root, 'silver'))
  await expect(put(join(root, 'silver/warehouse/lakehouse/silver'), REPLACE)).rejects.toThrow(
    `${join(root, 'silver')} is a link that leads nowhere`,
  )
  mkdirSync(join(root, 'gold'))
  symlinkSync(join(root, 'gold/b'), join(root, 'gold/a'))
  symlinkSync(join(root, 'gold/a'), join(root, 'gold/b'))
  await expect(put(join(root, 'gold/a/b'), REPLACE)).rejects.toThrow(
    /link that leads nowhere|ELOOP/,
  )
})

test('before another engine drops snapshots, every snapshot is asked for files outside, not the current one alone', async () => {
  const { location, victim } = await storage()
  await requireOwnFiles(location)
  const old = currentList(location)
  await put(location, APPEND)
  await requireOwnFiles(location)
  editAvro(old, manifest => (manifest.manifest_path = victim))
  expect((await loadTable(location))!.files).toHaveLength(2)
  await expect(requireOwnFiles(location)).rejects.toThrow(`${old}: it names "${victim}"`)
  await requireOwnFiles(join(location, 'none'))
})
