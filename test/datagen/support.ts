import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { onTestFinished } from 'vitest'
import type { DatagenConfig } from '../../src/config/schema'
import {
  type GenerateCorpusOptions,
  type GeneratedCorpus,
  generateCorpus,
} from '../../src/datagen/corpus'
import type { CorpusTarget } from '../../src/datagen/location'
import { corpusParameters } from '../../src/datagen/plan'
import { RowBatch } from '../../src/datagen/row-batch'
import type { Cell } from '../../src/datagen/row-digest'
import { RowMaker } from '../../src/datagen/row-maker'
import { localPlace } from '../../src/platforms/corpus-target'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { placeCorpus } from '../support/corpus'
import { SMALL } from '../support/small-run'

export const MIB = 1024 ** 2

/** About 2,450 rows; three files at 4 MiB, as the smallest useful corpus. */
export function datagenConfig(change: Partial<DatagenConfig> = {}): DatagenConfig {
  return {
    scale: 0.001,
    seed: 42,
    file_size: 4 * MIB,
    dirty_data_ratio: 0.08,
    zipf_exponent: 1.5,
    date_skew: 0,
    timestamp_start: '2024-01-01T00:00:00.000Z',
    timestamp_end: '2025-01-01T00:00:00.000Z',
    event_clock: 'uniform',
    workers: 1,
    rows_per_second: null,
    ...change,
  }
}

export function makeRoot(): string {
  return mkdtempSync(join(tmpdir(), 'lakebench-datagen-'))
}

/** A folder that is gone after the test. */
export function tempRoot(): string {
  const root = makeRoot()
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

export function generateIn(
  where: string | CorpusTarget,
  change: Partial<DatagenConfig> = {},
  options: Partial<GenerateCorpusOptions> = {},
): Promise<GeneratedCorpus> {
  return generateCorpus({
    place: typeof where === 'string' ? localPlace(where) : where,
    config: datagenConfig(change),
    signal: new AbortController().signal,
    ...options,
  })
}

/** Rows of the answer as objects of plain values; counts as numbers. */
export async function duckdb(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson()
    return rows.map(row =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [
          k,
          typeof v === 'string' && /^-?\d{1,15}$/.test(v) ? Number(v) : v,
        ]),
      ),
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** A copy of the default corpus, which is generated once for all test files. */
export async function sampleIn(root: string): Promise<GeneratedCorpus> {
  await placeCorpus(root, SMALL.datagen)
  return generateIn(root)
}

export const rawFiles = (root: string): string => `'${root}/bronze/customer/interactions/*.parquet'`

const textOf = (cell: Cell): Cell =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString() : cell

export type Row = Readonly<Record<string, Cell>>

/** Rows made in memory by their numbers, text as strings; `columns` to keep, all by default. */
export function makeRows(
  change: Partial<DatagenConfig>,
  first: number,
  count: number,
  columns: readonly string[] = RAW_COLUMNS.map(c => c.name),
): Row[] {
  const maker = new RowMaker(corpusParameters(datagenConfig(change), { paced: true }))
  const batch = new RowBatch(Math.min(count, 4096))
  const rows: Row[] = []
  for (let done = 0; done < count; done += batch.rows) {
    const length = Math.min(batch.rows, count - done)
    maker.fill(batch, first + done, length)
    for (let i = 0; i < length; i++) {
      const cells = batch.columns as unknown as Readonly<Record<string, readonly Cell[]>>
      rows.push(Object.fromEntries(columns.map(name => [name, textOf(cells[name]![i]!)])))
    }
  }
  return rows
}
