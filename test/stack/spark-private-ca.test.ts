import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { LakebenchConfigInput } from '../../src/config/schema'
import { type RunResult, runBatch } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { privateAuthority } from '../support/private-authority'
import { startServer } from './own-s3-server'
import { servers } from './servers'
import { fingerprints, s3Of, useSpark } from './spark-runs'

const dir = tempDir()
const architecture = {
  query_engine: { type: 'none' },
  workload: { datagen: { scale: 0.002, file_size: '4mb', workers: 1 } },
}

beforeAll(() => useSpark())

const run = (endpoint: string, ca_cert: string): Promise<RunResult> =>
  runBatch(
    {
      preset: 'local-spark',
      platform: {
        storage: { type: 's3', s3: { ...s3Of('lbca'), endpoint, ca_cert } },
        compute: { spark: { jars: servers.spark().jars, driver_memory: '2gb' } },
      },
      architecture: { ...architecture, catalog: { type: 'hadoop' } },
    } as LakebenchConfigInput,
    { generate: true, outputDir: join(dir, 'output'), reject: false },
  )

test('Spark trusts the authorities that the config names: the same tables over HTTPS with a private CA', async () => {
  const other = privateAuthority()
  const { caPath, keyPath, certPath } = privateAuthority()
  const endpoint = `https://127.0.0.1:${await startServer('--cert', certPath, '--key', keyPath)}`
  const embedded = await runBatch(
    { storage: join(dir, 'data'), architecture } as LakebenchConfigInput,
    {
      generate: true,
      outputDir: join(dir, 'output'),
    },
  )
  // More than one authority in a file, and not the first of them.
  const both = join(dir, 'both authorities.pem')
  writeFileSync(
    both,
    [other, { caPath }].map(a => readFileSync(a.caPath, 'utf8')).join('some words\n'),
  )
  const spark = await run(endpoint, both)
  expect(spark.error).toBeNull()
  expect(fingerprints(spark)).toEqual(fingerprints(embedded))
  expect(Object.keys(fingerprints(spark))).toHaveLength(2)

  const broken = join(dir, 'broken.pem')
  writeFileSync(
    broken,
    `${readFileSync(caPath, 'utf8')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  )
  const refused = await run(endpoint, broken)
  expect(refused.error?.message).toMatch(
    /certificate 2 of .*broken\.pem \(platform\.storage\.s3\.ca_cert\)/,
  )
})
