import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import { benchmark, type RunResult, runBatch } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { filesConfig, overFiles, useSpark } from './spark-runs'

const dir = tempDir()
const datagen = { scale: 0.001 }
const output = { outputDir: join(dir, 'output'), reject: false } as const
const TABLES = {
  silver: join(dir, 'data/silver/warehouse/silver/customer_interactions_enriched'),
  gold: join(dir, 'data/gold/warehouse/gold/customer_executive_dashboard'),
}
let run: RunResult

/** The raw data of a seed, in a folder beside. */
async function corpusOf(seed: number): Promise<string> {
  const storage = join(dir, `seed-${seed}`)
  await runBatch(
    {
      storage,
      architecture: { workload: { datagen: { ...datagen, seed, file_size: '4mb', workers: 1 } } },
    },
    { ...output, generate: true, stage: 'bronze-verify' },
  )
  return join(storage, 'bronze')
}

const broken = ({ metrics }: RunResult) =>
  metrics.validity.filter(rule => !rule.passed).map(rule => rule.rule)
const detail = ({ metrics }: RunResult, rule: string) =>
  metrics.validity.find(r => r.rule === rule)?.detail

beforeAll(async () => {
  useSpark()
  const other = await corpusOf(7)
  // Raw data that is exchanged between two stages, with its manifest.
  run = await overFiles(
    dir,
    { datagen },
    {
      on: {
        'stage:end': ({ stage }) => {
          if (stage !== 'bronze-verify') return
          rmSync(join(dir, 'data/bronze'), { recursive: true })
          cpSync(other, join(dir, 'data/bronze'), { recursive: true })
        },
      },
    },
  )
})

test('commits of Spark say which run made them, of which corpus, and gold of which silver', async () => {
  const { run_id, tables } = run.metrics
  const [silver, gold] = [(await loadTable(TABLES.silver))!, (await loadTable(TABLES.gold))!]
  const corpus = silver.summary['lakebench.corpus']
  expect(silver.summary).toMatchObject({
    'lakebench.run-id': run_id,
    'lakebench.corpus': expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect(gold.summary).toMatchObject({
    'lakebench.run-id': run_id,
    'lakebench.corpus': corpus,
    'lakebench.silver-snapshot': silver.snapshotId,
  })
  expect(tables).toMatchObject({
    silver: {
      run_id,
      corpus,
      source_snapshot_id: null,
      rows_snapshot_id: silver.snapshotId,
      faults: [],
    },
    gold: { run_id, corpus, source_snapshot_id: silver.snapshotId, faults: [] },
  })
})

test('raw data that is exchanged between stages makes a run invalid, and says between which', () => {
  expect(run.error).toBeNull()
  expect(run.metrics.verdict).toBe('INVALID')
  expect(broken(run)).toContain('tables-of-this-corpus')
  expect(detail(run, 'tables-of-this-corpus')).toMatch(
    /silver was made from corpus .*; the record is of .*seed 42/,
  )
})

test('queries alone name the run that built the tables, and are invalid where other raw data lies there by now', async () => {
  const built = () => benchmark(filesConfig(dir, { datagen: { ...datagen, seed: 7 } }), output)
  const same = await built()
  expect(same.error).toBeNull()
  expect(broken(same)).toEqual([])
  expect(detail(same, 'tables-of-this-run')).toContain(run.metrics.run_id)
  rmSync(join(dir, 'data/bronze'), { recursive: true })
  cpSync(await corpusOf(8), join(dir, 'data/bronze'), { recursive: true })
  const other = await built()
  expect(other.metrics.verdict).toBe('INVALID')
  expect(broken(other)).toContain('tables-of-this-corpus')
})

test('gold of another silver than the one that lies there makes queries invalid', async () => {
  const { storage } = filesConfig(dir) as { storage: string }
  const silver = await runBatch(
    { storage, architecture: { workload: { datagen: { ...datagen, seed: 8 } } } },
    { ...output, stage: 'silver-build' },
  )
  expect(silver.error).toBeNull()
  const queries = await benchmark(filesConfig(dir, { datagen: { ...datagen, seed: 8 } }), output)
  expect(queries.metrics.verdict).toBe('INVALID')
  expect(broken(queries)).toContain('silver-to-gold')
})
