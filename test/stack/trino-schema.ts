import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import type { TrinoOptions } from '../../src/engines/trino/options'
import type { TrinoQueryEngine } from '../../src/engines/trino/query-engine'
import { openTrino } from '../../src/engines/trino/query-engine'
import { servers } from './servers'

export const CATALOG = 'lakehouse'

/** A schema of one test file in a bucket of its own. */
export interface TrinoSchema {
  readonly name: string
  /** Opened with the schema's `silver` and `gold`. */
  readonly engine: TrinoQueryEngine
  options(more?: Partial<TrinoOptions>): TrinoOptions
  run(sql: string): Promise<readonly (readonly unknown[])[]>
  drop(): Promise<void>
}

export async function makeSchema(prefix: string): Promise<TrinoSchema> {
  const { endpoint, region, access_key, secret_key } = servers.s3()
  const s3 = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
  })
  const id = randomBytes(4).toString('hex')
  const name = `${prefix}_${id}`
  const bucket = `${prefix}-${id}`.replaceAll('_', '-')
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const options = (more: Partial<TrinoOptions> = {}): TrinoOptions => ({
    url: servers.trino(),
    catalog: CATALOG,
    tables: { silver: `${name}.silver`, gold: `${name}.gold` },
    source: name,
    ...more,
  })
  const engine = await openTrino(options())
  const run = async (sql: string) =>
    (await engine.query(sql, { signal: AbortSignal.timeout(240_000) })).rows
  await run(`CREATE SCHEMA ${CATALOG}.${name} WITH (location = 's3://${bucket}/${name}')`)
  return {
    name,
    engine,
    options,
    run,
    drop: async () => {
      for (const [table] of await run(`SHOW TABLES FROM ${CATALOG}.${name}`))
        await run(`DROP TABLE ${CATALOG}.${name}."${String(table)}"`)
      await run(`DROP SCHEMA ${CATALOG}.${name}`)
      await engine.close()
      await emptyBucket(s3, bucket)
      s3.destroy()
    },
  }
}

async function emptyBucket(s3: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    if (Contents.length === 0) break
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
  }
  await s3.send(new DeleteBucketCommand({ Bucket: bucket }))
}
