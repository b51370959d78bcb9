import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load'
import { DuckDbSession, fileList, quoted } from '../../../src/engines/duckdb/session'
import { writeTable } from '../../../src/engines/duckdb/write-table'
import { loadTable } from '../../../src/iceberg/table'
import { Stage } from '../../../src/pipeline/stage'
import { benchmark, presets, type RunResult } from '../../../src/run'
import { SILVER_COLUMNS } from '../../../src/workload/silver-columns'
import { tempDir } from '../../support/fake-parts'
import { smallConfig, smallRun } from '../../support/small-run'

const dir = tempDir()
const SILVER = 'silver/warehouse/silver/customer_interactions_enriched'
const silver = join(dir, 'data', SILVER)
const output = { outputDir: join(dir, 'output'), reject: false }
const signal = new AbortController().signal
let session: DuckDbSession
let first: RunResult

beforeAll(async () => {
  session = await DuckDbSession.open(join(dir, 'scratch'))
  first = await smallRun(dir)
  expect(first.metrics.verdict).toBe('PASSED')
  cpSync(join(dir, 'data'), join(dir, 'kept'), { recursive: true })
})
afterAll(() => session.close())
beforeEach(() => {
  rmSync(join(dir, 'data'), { recursive: true })
  cpSync(join(dir, 'kept'), join(dir, 'data'), { recursive: true })
})

const unmet = ({ metrics }: RunResult) =>
  Object.fromEntries(metrics.validity.filter(r => !r.passed).map(r => [r.rule, r.detail]))
const queries = () => benchmark(smallConfig(dir), output)
const dataFile = async () => (await loadTable(silver))!.files[0]!

/** Half the rows of silver's file, below its manifest, in as many bytes: another size is told before anything is read. */
async function halve(): Promise<number> {
  const { path, rows, bytes: size } = await dataFile()
  const kept = Math.floor(rows / 2)
  const part = `${path}.part`
  await session.run(
    `COPY (SELECT * FROM read_parquet(${fileList([path])}) LIMIT ${kept}) TO ${quoted(part)} (FORMAT parquet)`,
    { signal },
  )
  const bytes = readFileSync(part)
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  writeFileSync(
    path,
    Buffer.concat([
      bytes.subarray(0, footer),
      Buffer.alloc(size - bytes.length),
      bytes.subarray(footer),
    ]),
  )
  rmSync(part)
  return kept
}

test('rows that were taken out of a data file are not counted, and the run does not pass', async () => {
  const kept = await halve()
  const run = await queries()
  expect(run.metrics.verdict).not.toBe('PASSED')
  expect(run.metrics.tables!.silver).toMatchObject({
    rows: kept,
    faults: [expect.stringContaining(`has ${kept} rows, not`)],
  })
  expect(run.metrics.lineage!.sums.silver!.rows).toBe(kept)
  expect(unmet(run)['answers-agree']).toContain('rows')
})

test('nor is gold made of them', async () => {
  await halve()
  const run = await smallRun(dir, {}, { generate: false, stage: 'gold-finalize' })
  expect(run.metrics.verdict).toBe('FAILED')
  expect(run.error!.message).toContain('is not the one that was committed')
})

test('a data file that was cut ends in no passed run', async () => {
  const { path } = await dataFile()
  truncateSync(path, Math.floor(statSync(path).size / 2))
  const run = await queries()
  expect(['FAILED', 'INVALID']).toContain(run.metrics.verdict)
  expect(run.metrics.tables!.silver).toMatchObject({
    rows: 0,
    faults: [expect.stringContaining('cannot be read')],
  })
})

/** Silver again, by hand, with everything that its snapshot said of it. */
async function rewrite(select: string): Promise<void> {
  const table = (await loadTable(silver))!
  const carried = Object.fromEntries(
    Object.entries(table.summary).filter(
      ([key]) => key.startsWith('lakebench.') && key !== 'lakebench.commit-id',
    ),
  )
  await writeTable(
    session,
    {
      location: silver,
      columns: SILVER_COLUMNS,
      partitionBy: null,
      targetFileSize: 2 ** 27,
      layout: { rowGroupRows: 8192, partitions: 1, waitingRows: null },
      properties: {},
    },
    [
      {
        select: select.replace(
          '{silver}',
          `read_parquet(${fileList(table.files.map(f => f.path))})`,
        ),
      },
    ],
    { mode: 'replace', summary: carried },
    { signal },
  )
}

test('the same rows with other amounts reconcile with neither bronze nor gold, whatever their snapshot says', async () => {
  await rewrite('SELECT * REPLACE (transaction_amount * 2 AS transaction_amount) FROM {silver}')
  const run = await queries()
  expect(run.metrics.verdict).toBe('INVALID')
  const found = unmet(run)
  expect(Object.keys(found)).toEqual(['known-answers', 'silver-to-gold', 'answers-agree'])
  expect(found['answers-agree']).toMatch(/bronze has a revenue of .*silver has a revenue of/)
})

test('gold of another silver is not gold of this one, equal rows or not', async () => {
  await rewrite('SELECT * FROM {silver}')
  const run = await queries()
  expect(run.metrics.verdict).toBe('INVALID')
  expect(Object.keys(unmet(run))).toEqual(['silver-to-gold'])
})

const nothing = (name: string) => new Stage(name, async () => ({}))

test.each([
  ['removed', (p: ReturnType<typeof presets.batch>) => p.remove('gold-finalize')],
  [
    'replaced by one that makes nothing',
    (p: ReturnType<typeof presets.batch>) => p.replace('gold-finalize', nothing('gold-finalize')),
  ],
  [
    'replaced under another name',
    (p: ReturnType<typeof presets.batch>) => p.replace('gold-finalize', nothing('my-gold')),
  ],
  [
    'left out by only',
    (p: ReturnType<typeof presets.batch>) => p.only('bronze-verify', 'benchmark'),
  ],
] as const)(
  'a stage %s leaves the older gold, and the run does not pass by it',
  async (_, change) => {
    const run = await change(presets.batch(await loadConfig(smallConfig(dir)))).run(output)
    expect(run.metrics.verdict).toBe('INVALID')
    expect(unmet(run)['tables-of-this-run']).toContain(
      `gold was built by run ${first.metrics.run_id}, not by this one`,
    )
  },
)

test('a stage of one’s own that has the engine make gold is a stage like any other', async () => {
  const own = new Stage('gold-finalize', ctx =>
    ctx.compute.run(
      { kind: 'gold-finalize', partitioning: 'month', run_id: ctx.run_id },
      { signal: ctx.signal },
    ),
  )
  const run = await presets
    .batch(await loadConfig(smallConfig(dir)))
    .replace('gold-finalize', own)
    .run(output)
  expect(unmet(run)).toEqual({})
  expect(run.metrics.verdict).toBe('PASSED')
})
