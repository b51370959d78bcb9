import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { streamDocuments } from '../../src/engines/spark/streams/render-streams'
import { findSpark } from '../../src/engines/spark/submit/find-spark'
import { sparkJars } from '../../src/engines/spark/submit/jars'
import { LocalDriver } from '../../src/engines/spark/submit/local-driver'
import { runBatch } from '../../src/run'
import { RAW_PREFIX } from '../../src/workload/raw-columns'
import { tempDir } from '../support/fake-parts'
import { servers } from './servers'

const root = tempDir()
const jobsFolder = join(root, 'jobs')
/** One raw file, of which each part of a run gets two copies more. */
const raw = join(root, 'raw')
const { signal } = new AbortController()

beforeAll(async () => {
  cpSync(resolve(import.meta.dirname, '../../spark-jobs'), jobsFolder, { recursive: true })
  const program = 'stream_kills.py'
  cpSync(resolve(import.meta.dirname, 'programs', program), join(jobsFolder, program))
  const datagen = { scale: 0.0005, file_size: '4mb', workers: 1 }
  await runBatch(
    { storage: raw, architecture: { workload: { datagen } } },
    { outputDir: join(root, 'output'), generate: true, stage: 'bronze-verify' },
  )
})

const table = (name: string) => ({ catalog: 'lake', namespace: 'db', table: name, location: null })
const settings = { trigger_seconds: 0.5, target_file_size: 2 ** 20 }

function documentsOf(folder: string) {
  const uri = (key: string) => `file://${join(folder, key)}`
  const documents = streamDocuments(
    { version: 1, run_id: 'job-1', result: '' },
    {
      run_id: 'run-1',
      corpus: null,
      raw_prefix: RAW_PREFIX,
      bronze: { ...settings, max_files_per_trigger: 1 },
      silver: { ...settings, partitioning: 'none' },
      gold: { ...settings, partitioning: 'month' },
      checkpoint_base: 'checkpoints',
      data_clock: '2025-01-01',
      retention_seconds: 0,
      patience_seconds: 5,
    },
    {
      tables: { bronze: table('bronze'), silver: table('silver'), gold: table('gold') },
      documents: uri('streams'),
      uri,
    },
    false,
  )
  // What is rewritten or expired as soon as it may be is missed by who still needs it.
  return documents.map(document => ({
    ...document,
    maintenance: { ...document.maintenance, fewest_files: 2, retention_seconds: 0, keep_last: 1 },
  }))
}

test.each([
  ['this Spark', servers.spark],
  ['an older Spark', servers.oldSpark],
])(
  'on %s, streams that are killed at any step count nothing twice',
  { timeout: 600_000 },
  async (_, of) => {
    const { python, jars } = of()
    const env = { ...process.env, PYSPARK_PYTHON: python }
    const spark = await findSpark({ home: '', env })
    const folder = tempDir()
    const driver = await LocalDriver.start({
      spark,
      jars: await sparkJars({ jars, packages: null, spark, s3: false, conf: {}, env, signal }),
      jobsFolder,
      conf: {
        'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
        'spark.sql.catalog.lake.type': 'hadoop',
        'spark.sql.catalog.lake.cache-enabled': 'false',
        'spark.sql.catalog.lake.warehouse': join(folder, 'warehouse'),
      },
      env: {},
      cores: 2,
      memory: 1536 * 2 ** 20,
      outputFolder: join(folder, 'output'),
      scratchFolder: join(folder, 'scratch'),
      onState: () => {},
      signal,
    })
    onTestFinished(() => driver.stop())
    const job = join(folder, 'job.json')
    const source = join(raw, RAW_PREFIX)
    writeFileSync(
      job,
      JSON.stringify({
        documents: documentsOf(folder),
        documents_root: `file://${join(folder, 'documents')}`,
        file: join(source, readdirSync(source).find(name => name.endsWith('.parquet'))!),
      }),
    )
    await driver.run({ module: 'stream_kills', job }, { signal })
    const { ended, rows_of_a_file, batches, ...answers } = JSON.parse(readFileSync(job, 'utf8'))
    expect(ended).toEqual([...Array(12).fill(true), ['drained', 'drained', 'drained']])
    expect(rows_of_a_file).toHaveLength(1)
    expect(answers).toEqual({ files: 26, silver: true, gold: true })
    // A batch of bronze is one file.
    expect(batches[0]).toBe(26)
  },
)
