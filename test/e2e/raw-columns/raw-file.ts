import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Verification } from '../../../src/contracts/jobs'
import type { RunOptions, RunResult } from '../../../src/run'
import { rawDir, smallRun } from '../../support/small-run'

/** A raw file of the public golden corpus. */
export const GOLDEN_PART = fileURLToPath(
  new URL('../../golden/public/raw/customer/interactions/part-000000.parquet', import.meta.url),
)
export const ROWS = 200

/** Write its first rows as a file of `dir`, changed by the items of a SELECT. */
export async function writeRaw(dir: string, name: string, items: string): Promise<string> {
  const path = join(rawDir(dir), name)
  mkdirSync(dirname(path), { recursive: true })
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT ${items} FROM (SELECT * FROM '${GOLDEN_PART}' ORDER BY id LIMIT ${ROWS})) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  return path
}

/** A run over what lies in `dir`. */
export const rawRun = (dir: string, options: RunOptions = {}, pipeline = {}): Promise<RunResult> =>
  smallRun(dir, { pipeline }, { generate: false, ...options })

export const verificationOf = (run: RunResult): Verification =>
  JSON.parse(readFileSync(run.paths.verification!, 'utf8'))

/** Messages of what keeps the files from being read, checked alone. */
export async function breaksOf(dir: string): Promise<string[]> {
  const run = await rawRun(dir, { stage: 'bronze-verify' })
  return verificationOf(run).breaks.map(b => `${b.file.split('/').at(-1)}: ${b.message}`)
}
