import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { LakebenchError } from '../../src/contracts/errors'
import { decodeContainer, encodeContainer } from '../../src/iceberg/avro'
import {
  beginWrite,
  expireReplaced,
  expireSnapshots,
  inspectTable,
  loadTable,
  readAppended,
  requireTable,
  type WriteOptions,
} from '../../src/iceberg/table'
import type { DataFile } from '../../src/iceberg/types'
import { parseExactJson, stringifyExactJson } from '../../src/shared/exact-json'
import { COLUMNS, writeRows } from '../iceberg/table-columns'
import { tempDir } from '../support/fake-parts'
import { below, fuzz, mutateBytes, mutateTree, ODD_VALUES, pick, type Random } from './inputs'

const root = tempDir()
const whole = join(root, 'whole/silver')
const location = join(root, 'tried/silver')
const outside = join(root, 'outside')
const APPEND: WriteOptions = {
  columns: COLUMNS,
  partitionBy: { column: 'day', transform: 'month' },
  mode: 'append',
}

async function commit(
  options: WriteOptions,
  rows: number,
  replaced?: ReadonlySet<string>,
): Promise<void> {
  const write = await beginWrite(location, options)
  const outcome = await write.commit([writeRows(write, { rows, partition: 650 })], {
    ...(replaced && { replaced }),
  })
  if (outcome.state !== 'committed') throw outcome.cause
}

let files: readonly string[]
const key = (all: readonly DataFile[]) => all.map(f => `${f.path} ${f.rows} ${f.bytes}`).sort()

/** A table with appends, a compaction, and a file outside that the mutations name. */
beforeAll(async () => {
  mkdirSync(outside, { recursive: true })
  for (const rows of [5, 6, 7]) await commit(APPEND, rows)
  const { files: all } = await requireTable(location)
  await commit({ ...APPEND, mode: 'rewrite' }, 11, new Set(all.slice(0, 2).map(f => f.path)))
  files = key((await requireTable(location)).files)
  cpSync(all[2]!.path, join(outside, 'victim.parquet'))
  cpSync(location, whole, { recursive: true })
})

/** Names that lead to the file outside, and to files of the table that are none of data. */
const paths = () => [
  join(outside, 'victim.parquet'),
  `${location}/data/../../../outside/victim.parquet`,
  `file://${outside}/victim.parquet`,
  `${location}/metadata/v1.metadata.json`,
  'http://127.0.0.1:1/x',
]

let written = false
const originals = new Map<string, Buffer>()

/** The table as it was: as a whole after a write, else what a mutation changed. */
function restore(): void {
  if (written) {
    rmSync(location, { recursive: true, force: true })
    cpSync(whole, location, { recursive: true })
  } else for (const [path, bytes] of originals) writeFileSync(path, bytes)
  originals.clear()
  written = false
}

function change(path: string, bytes: Uint8Array | string): void {
  if (!originals.has(path)) originals.set(path, readFileSync(path))
  writeFileSync(path, bytes)
}

function mutate(random: Random): string {
  const folder = join(location, 'metadata')
  const names = readdirSync(folder).filter(name => statSync(join(folder, name)).isFile())
  const path = join(folder, random() < 0.3 ? 'v4.metadata.json' : pick(random, names))
  const bytes = readFileSync(path)
  const odd = [...ODD_VALUES, 2n ** 63n - 1n, ...paths(), ...paths()]
  if (random() < 0.5) change(path, mutateBytes(bytes, random))
  else if (path.endsWith('.json'))
    change(path, textOf(mutateTree(parseExactJson(bytes.toString()), random, odd)))
  else if (path.endsWith('.avro')) mutateAvro(path, random, odd)
  else change(path, String(pick(random, odd)))
  return path
}

/** Bigints are written; what JSON cannot hold is left out. */
const textOf = (tree: unknown) => stringifyExactJson(tree) ?? 'undefined'

/** Rows changed, or blocks cut off; half of the time the list is told of the manifest's new length, as an attacker would. */
function mutateAvro(path: string, random: Random, odd: readonly unknown[]): void {
  const { schema, rows, metadata } = decodeContainer(readFileSync(path))
  const header = Object.fromEntries([...metadata].filter(([name]) => !name.startsWith('avro.')))
  try {
    const changed =
      random() < 0.3
        ? rows.slice(below(random, rows.length + 1))
        : (mutateTree(rows, random, odd) as never)
    change(path, encodeContainer(schema, changed, header))
  } catch {
    // What its schema cannot hold is no Avro file at all.
    change(path, mutateBytes(readFileSync(path), random))
  }
  if (random() < 0.5) return
  for (const name of readdirSync(join(location, 'metadata')).filter(n => n.startsWith('snap-'))) {
    const list = join(location, 'metadata', name)
    if (list === path) continue
    const { schema: of, rows: manifests, metadata: head } = decodeContainer(readFileSync(list))
    const told = manifests.map(m =>
      m.manifest_path === path ? { ...m, manifest_length: BigInt(statSync(path).size) } : m,
    )
    change(
      list,
      encodeContainer(
        of,
        told,
        Object.fromEntries([...head].filter(([n]) => !n.startsWith('avro.'))),
      ),
    )
  }
}

/** A clear error is one of ours, in a line, without a stack trace or a raw error of the language. */
function expectClear(error: unknown): void {
  expect(error).toBeInstanceOf(LakebenchError)
  const { message } = error as Error
  expect(message.length).toBeLessThan(4000)
  expect(message).not.toMatch(
    /\n\s+at |is not a function|Cannot read prop|undefined is not|of undefined|call stack|\[object/,
  )
}

const quiet = { last: 1, ageMs: 0, fromSequence: null }

test('metadata, lists, manifests and hints with a fault are read as they were, or are an error; nothing outside is touched', {
  timeout: 1_800_000,
}, async () => {
  await fuzz(200, async random => {
    restore()
    const path = mutate(random)
    const answer = await loadTable(location).catch(error => expectClear(error))
    if (answer) expect(key(answer.files), path).toEqual(files)
    else expect(answer, `${path} left no table, without an error`).toBeUndefined()
    await inspectTable(location).catch(expectClear)
    const appended = await readAppended(location, null).catch(error => expectClear(error))
    if (appended)
      for (const file of appended.files)
        expect(file.path.startsWith(`${location}/data/`)).toBe(true)
    if (random() < 0.2) {
      written = true
      await commit(pick(random, [APPEND, { ...APPEND, mode: 'replace' as const }]), 3).catch(
        expectClear,
      )
      await expireReplaced(location).catch(expectClear)
      await expireSnapshots(location, quiet, async () => {}).catch(expectClear)
    }
    expect(existsSync(join(outside, 'victim.parquet')) && readdirSync(outside).length === 1).toBe(
      true,
    )
  })
})
