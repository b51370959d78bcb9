import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { findSpark } from '../../src/engines/spark/submit/find-spark'
import { sparkJars } from '../../src/engines/spark/submit/jars'
import { LocalDriver } from '../../src/engines/spark/submit/local-driver'
import { tempDir } from '../support/fake-parts'
import { servers } from './servers'

const root = tempDir()
const jobsFolder = join(root, 'jobs')
const warehouse = join(root, 'warehouse')
const TAKEN_UP =
  'silver-stream of run run-1 was taken up by another process, so this one may not write any more.'
const { signal } = new AbortController()

beforeAll(() => {
  cpSync(resolve(import.meta.dirname, '../../spark-jobs'), jobsFolder, { recursive: true })
  cpSync(
    resolve(import.meta.dirname, 'programs/stream_writers.py'),
    join(jobsFolder, 'stream_writers.py'),
  )
})

test.each([
  ['this Spark', servers.spark],
  ['an older Spark', servers.oldSpark],
])(
  'on %s, a writer that another has followed commits nothing, whatever it was about to do',
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
        'spark.sql.catalog.lake.warehouse': join(warehouse, _.replaceAll(' ', '-')),
      },
      env: {},
      cores: 2,
      memory: 1024 * 2 ** 20,
      outputFolder: join(folder, 'output'),
      scratchFolder: join(folder, 'scratch'),
      onState: () => {},
      signal,
    })
    onTestFinished(() => driver.stop())
    const answer = join(folder, 'answers.json')
    await driver.run({ module: 'stream_writers', job: answer }, { signal })
    expect(JSON.parse(readFileSync(answer, 'utf8'))).toEqual({
      staged_rows: [1],
      claimed: [2, 1],
      stale: TAKEN_UP,
      stale_replacing: TAKEN_UP,
      stale_claim: TAKEN_UP,
      after_stale: [
        [1, 2, 3, 4, 5, 6],
        [2, 6],
      ],
      twice: 'silver-stream of run run-1 stands at batch 6, not 1.',
      says: ['corpus of batch 7', true],
      overtaken: ['corpus of batch 6', false],
      said_again: ['corpus of batch 7', true],
      rewritten: [
        [1, 2, 3, 4, 5, 6, 7],
        [2, 7],
      ],
      expired: [[1, 2, 3, 4, 5, 6, 7], 1],
      replaced: [
        [8, 9],
        [2, 8],
      ],
      needed_from: ['all', 'from the oldest'],
      made_anew: [null, 'The table of silver-stream is no table of run run-1 any more.'],
      begun_again: [[], [1, 0], false],
      other_run: 'The table of silver-stream is no table of run run-1 any more.',
      other_run_rows: [],
    })
    // Neither files that were staged in vain, nor those of snapshots that are gone.
    const files = readdirSync(warehouse, { recursive: true, encoding: 'utf8' })
    expect(files.filter(file => /\.(parquet|avro)$/.test(file))).toEqual([])
  },
)
