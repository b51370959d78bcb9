import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LakebenchError } from '../../src/contracts/errors'
import type { Verification } from '../../src/contracts/jobs'
import { bronzeVerify } from '../../src/engines/duckdb/bronze-verify'
import { explain } from '../../src/engines/duckdb/explain-error'
import { inspectRawFiles } from '../../src/engines/duckdb/raw-files'
import { findDamaged, rawRelation } from '../../src/engines/duckdb/raw-relation'
import { DuckDbSession } from '../../src/engines/duckdb/session'
import { localStore } from '../../src/storage/local-store'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { RAW_COLUMNS, RAW_PREFIX } from '../../src/workload/raw-columns'
import { renderSilver } from '../../src/workload/render'
import { GOLDEN_PART } from '../e2e/raw-columns/raw-file'
import { tempDir } from '../support/fake-parts'
import { rawDir } from '../support/small-run'
import { below, fuzz, mutateBytes, pick, type Random } from './inputs'

const ROWS = 20
const dir = tempDir()
const path = join(rawDir(dir), 'a.parquet')
const store = localStore(join(dir, 'data'))
const signal = new AbortController().signal
const corpus = { prefix: RAW_PREFIX, files: null, changed: [], injected_dirt: null, window: null }
const gates = {
  max_duplicate_ratio: null,
  max_invalid_email_ratio: null,
  max_invalid_phone_ratio: null,
  max_null_violation_ratio: null,
}
let session: DuckDbSession

beforeAll(async () => {
  mkdirSync(rawDir(dir), { recursive: true })
  session = await DuckDbSession.open(join(dir, 'scratch'))
})
afterAll(() => session.close())

/** A small raw file, its columns changed by the items of a SELECT. */
async function write(items: string): Promise<void> {
  rmSync(path, { force: true })
  const rows = `(SELECT * REPLACE (left(interaction_payload, 8) AS interaction_payload) FROM '${GOLDEN_PART}' LIMIT ${ROWS})`
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`COPY (SELECT ${items} FROM ${rows}) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
}

const clear = (message: string) => {
  expect(message).not.toMatch(
    /\n\s+at |undefined|\[object|TypeError|Maximum call stack|INTERNAL Error/,
  )
  expect(message.length).toBeGreaterThan(10)
}

/** What verification says of the file; where it passes, silver's rows can be made of it, or the file is named. */
async function look(): Promise<Verification> {
  const { verification } = await bronzeVerify(
    session,
    store,
    { kind: 'bronze-verify', gates },
    corpus,
    { signal },
  )
  for (const { file, message } of verification.breaks) {
    expect(file.startsWith(RAW_PREFIX)).toBe(true)
    clear(message)
  }
  if (!verification.passed) {
    expect(verification.breaks.length).toBeGreaterThan(0)
    return verification
  }
  const { files } = await inspectRawFiles(
    session,
    store,
    await store.list(RAW_PREFIX),
    null,
    signal,
  )
  const context = { dataClock: '2025-01-01', processedAt: '2025-01-01T00:00:00Z' }
  const silver = renderSilver(DUCKDB, context, { source: rawRelation(files) })
  const everything = `SELECT count(*), min(interaction_date), max(interaction_date), ${RAW_COLUMNS.map(c => `bit_xor(hash(${c.name}))`)} FROM (${silver})`
  await session.rows(everything, { signal }).catch(async (error: unknown) => {
    clear(explain(error))
    expect(await findDamaged(session, files, signal)).toHaveLength(1)
  })
  return verification
}

/** Rejections too have to be words for a user. */
const judged = () =>
  look().catch((error: unknown) => {
    if (error instanceof LakebenchError) clear(error.message)
    else throw error
  })

test('a raw file with damaged bytes is named, or read', async () => {
  await write('*')
  const whole = readFileSync(path)
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8)
  await fuzz(100, async random => {
    // Half of the faults in the footer, which says where everything is.
    const start = random() < 0.5 ? footer : 0
    writeFileSync(
      path,
      Buffer.concat([whole.subarray(0, start), mutateBytes(whole.subarray(start), random)]),
    )
    await judged()
  })
})

const TYPES =
  'BIGINT INTEGER SMALLINT UTINYINT UBIGINT HUGEINT DOUBLE FLOAT DECIMAL(38,9) VARCHAR BLOB BOOLEAN DATE TIME TIMESTAMP TIMESTAMP_NS TIMESTAMP_MS TIMESTAMP_S TIMESTAMPTZ INTERVAL UUID'.split(
    ' ',
  )
const ODD = [
  ...[
    "'infinity'::TIMESTAMP",
    "'-infinity'::TIMESTAMPTZ",
    'make_timestamp(9223372036854775806)',
    "'NaN'::DOUBLE",
  ],
  ...[
    '9223372036854775807',
    '-9223372036854775808',
    '18446744073709551615::UBIGINT',
    "'infinity'::DATE",
    'chr(0)',
  ],
]

function oddColumn(random: Random, name: string): string {
  const value = pick(random, [
    name,
    `[${name}]`,
    `{'${pick(random, RAW_COLUMNS).name}': ${name}}`,
    `MAP {'a': ${name}}`,
    `TRY_CAST(${name} AS ${pick(random, TYPES)})`,
    `CASE WHEN id % 2 = 0 THEN TRY_CAST(${pick(random, ODD)} AS ${pick(random, TYPES)}) END`,
    'NULL',
  ])
  const named = pick(random, [
    name,
    name,
    name,
    name.toUpperCase(),
    `${name} `,
    `x ${name}`,
    'meta',
  ])
  return `${value} AS "${named}"`
}

test('a raw file with odd columns is named with them, or every row of it is read', async () => {
  await fuzz(50, async random => {
    const changed = new Set(
      Array.from({ length: 1 + below(random, 3) }, () => pick(random, RAW_COLUMNS).name),
    )
    const columns = RAW_COLUMNS.map(c => (changed.has(c.name) ? oddColumn(random, c.name) : c.name))
    if (random() < 0.3) columns.push(oddColumn(random, pick(random, RAW_COLUMNS).name))
    const written = await write(columns.join(', ')).then(
      () => true,
      () => false, // Names or values that DuckDB does not write.
    )
    if (!written) return
    const { passed, rows } = await look()
    if (passed) expect(rows).toBe(ROWS)
  })
})
