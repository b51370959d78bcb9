import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeContainer, encodeContainer } from '../../src/iceberg/avro'
import {
  beginWrite,
  inspectTable,
  loadTable,
  readAppended,
  requireTable,
  type WriteOptions,
} from '../../src/iceberg/table'
import { parseExactJson, stringifyExactJson } from '../../src/shared/exact-json'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const APPEND: WriteOptions = { columns: COLUMNS, partitionBy: null, mode: 'append' }

async function commit(location: string, options: WriteOptions, replaced?: ReadonlySet<string>) {
  const write = await beginWrite(location, options)
  const files = ['a', 'b'].map(name =>
    writeRows(write, { name, rows: options.mode === 'rewrite' ? 10 : 5 }),
  )
  const outcome = await write.commit(options.mode === 'rewrite' ? files.slice(0, 1) : files, {
    ...(replaced && { replaced }),
  })
  if (outcome.state !== 'committed') throw outcome.cause
}

// biome-ignore lint/suspicious/noExplicitAny: raw documents are edited
type Json = Record<string, any>

/** A table of two appends and a compaction: three lists, manifests with added, existing and deleted entries. */
async function table() {
  const location = join(tempFolder(), 'silver')
  await commit(location, APPEND)
  await commit(location, APPEND)
  const { files } = await requireTable(location)
  await commit(
    location,
    { ...APPEND, mode: 'rewrite' },
    new Set(files.slice(0, 2).map(f => f.path)),
  )
  const live = (await requireTable(location)).files[0]!.path
  const metadata = join(location, 'metadata/v3.metadata.json')
  const document = parseExactJson(readFileSync(metadata, 'utf8')) as Json
  return {
    location,
    live,
    metadata,
    document,
    list: document.snapshots.at(-1)['manifest-list'] as string,
  }
}

/** Rewrite an Avro file with other rows; cutting at the end of a block gives the same. */
function withRows(path: string, edit: (rows: readonly Json[]) => readonly Json[]) {
  const { schema, rows, metadata } = decodeContainer(readFileSync(path))
  const header = Object.fromEntries([...metadata].filter(([key]) => !key.startsWith('avro.')))
  writeFileSync(path, encodeContainer(schema, edit(rows), header))
}

test('a whole table reads with its rows: after appends and a compaction', async () => {
  const { location } = await table()
  const { files } = await requireTable(location)
  expect(files.reduce((sum, f) => sum + f.rows, 0)).toBe(20)
})

const faults: readonly [string, (o: Awaited<ReturnType<typeof table>>) => string, RegExp][] = [
  [
    'a list cut where its header ends',
    ({ list }) => {
      withRows(list, () => [])
      return list
    },
    /total-data-files is 3 by the snapshot's summary, and 0 by the files listed/,
  ],
  [
    'a list without its last manifest',
    ({ list }) => {
      withRows(list, rows => rows.slice(0, -1))
      return list
    },
    /total-data-files/,
  ],
  [
    'a list of another snapshot',
    ({ list, document }) => {
      writeFileSync(list, readFileSync(document.snapshots[0]['manifest-list']))
      return list
    },
    /it is the list of snapshot/,
  ],
  [
    'a manifest cut where its header ends, the list told of its length',
    ({ list }) => {
      const [{ manifest_path: path }] = decodeContainer(readFileSync(list)).rows as Json[] as [Json]
      withRows(path, () => [])
      withRows(list, rows =>
        rows.map((m, i) => (i ? m : { ...m, manifest_length: BigInt(readFileSync(path).length) })),
      )
      return path
    },
    /it has 0 \w+ files of 0 rows, and the manifest list says/,
  ],
  [
    'a list that says other rows than its manifests',
    ({ list }) => {
      withRows(list, rows =>
        rows.map(m => ({ ...m, existing_rows_count: m.existing_rows_count + 1n })),
      )
      return list
    },
    /total-records is 20 by the snapshot's summary/,
  ],
  [
    'a data file that was cut',
    ({ live }) => {
      truncateSync(live, 100)
      return live
    },
    /it has 100 bytes, not \d+/,
  ],
  [
    'metadata that calls no snapshot current',
    ({ metadata, document }) => {
      writeFileSync(metadata, stringifyExactJson({ ...document, 'current-snapshot-id': -1 }))
      return metadata
    },
    /it has 3 snapshots and calls none of them current/,
  ],
  [
    'metadata that calls an old snapshot current',
    ({ metadata, document }) => {
      const id = document.snapshots[0]['snapshot-id']
      writeFileSync(metadata, stringifyExactJson({ ...document, 'current-snapshot-id': id }))
      return metadata
    },
    /its branch main is at snapshot/,
  ],
]

test.each(faults)('%s is damage that names the file', async (_what, spoil, message) => {
  const made = await table()
  const path = spoil(made)
  await expect(loadTable(made.location)).rejects.toThrow(message)
  await expect(loadTable(made.location)).rejects.toThrow('The table silver is damaged')
  await expect(loadTable(made.location)).rejects.toThrow(path)
})

test('a stream notices that a list in its past lost an append', async () => {
  const { location, document } = await table()
  const [, second] = document.snapshots
  withRows(second['manifest-list'], rows => rows.slice(1))
  await expect(readAppended(location, null)).rejects.toThrow(/damaged: .*total-data-files is 4/)
})

test('a chain of snapshots in a circle is an error, not a walk without an end', async () => {
  const { location, document, metadata } = await table()
  const [first] = document.snapshots
  first['parent-snapshot-id'] = document.snapshots.at(-1)['snapshot-id']
  writeFileSync(metadata, stringifyExactJson(document))
  await expect(readAppended(location, '1')).rejects.toThrow('has expired or is no ancestor')
})

test('what lies there is told of a table with a damaged data file, for the record', async () => {
  const { location } = await table()
  const { files } = await requireTable(location)
  truncateSync(files[0]!.path, 100)
  const found = (await inspectTable(location))!
  expect(found.faults).toHaveLength(1)
  expect(found.faults[0]).toMatch(files[0]!.path)
})

test('a table that another engine replaced by an empty one is empty, whatever snapshots are left of before', async () => {
  const { location, document, metadata } = await table()
  const replaced = { ...document, 'current-snapshot-id': -1, refs: {}, 'snapshot-log': [] }
  writeFileSync(metadata, stringifyExactJson(replaced))
  const { snapshotId, files } = await requireTable(location)
  expect([snapshotId, files]).toEqual([null, []])
  await commit(location, APPEND)
  expect((await requireTable(location)).files).toHaveLength(2)
})
