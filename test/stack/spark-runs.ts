import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LakebenchConfigInput } from '../../src/config/schema'
import { type RunOptions, type RunResult, runBatch } from '../../src/run'
import { openS3Store } from '../../src/storage/s3/s3-store'
import { RAW_PREFIX } from '../../src/workload/raw-columns'
import { BRIEF } from '../support/small-run'
import { servers } from './servers'

type PipelineInput = NonNullable<NonNullable<LakebenchConfigInput['architecture']>['pipeline']>

export interface SparkRunConfig {
  readonly pipeline?: PipelineInput
  readonly datagen?: object
  readonly spark?: object
  readonly query?: object
  readonly catalog?: object
  readonly s3?: object
  readonly tables?: object
}

const SMALL = { scale: 0.002, file_size: '4mb', workers: 1 }

/** Spark as the stack has it; its Python is told by the environment, as a user would. */
export function useSpark(
  { python, java }: { python: string; java: string } = servers.spark(),
): void {
  process.env.PYSPARK_PYTHON = python
  process.env.JAVA_HOME = java
}

const settled = { reject: false } as const

/** Spark on this machine over local files, DuckDB over the tables that it writes. */
export function overFiles(
  dir: string,
  config: SparkRunConfig = {},
  options: RunOptions = {},
): Promise<RunResult> {
  return runBatch(filesConfig(dir, config), {
    generate: true,
    outputDir: join(dir, 'output'),
    ...settled,
    ...options,
  })
}

export function filesConfig(dir: string, config: SparkRunConfig = {}): LakebenchConfigInput {
  return {
    preset: 'local-spark',
    storage: join(dir, 'data'),
    platform: {
      compute: { spark: { jars: servers.spark().jars, driver_memory: '2gb', ...config.spark } },
    },
    architecture: architecture(config),
  } as LakebenchConfigInput
}

/** The same over S3, an Iceberg REST catalog and Trino. */
export function overServers(
  dir: string,
  name: string,
  config: SparkRunConfig = {},
  options: RunOptions = {},
): Promise<RunResult> {
  return runBatch(serversConfig(name, config), {
    generate: true,
    outputDir: join(dir, 'output'),
    ...settled,
    ...options,
  })
}

export function serversConfig(name: string, config: SparkRunConfig = {}): LakebenchConfigInput {
  return {
    preset: 'local-spark',
    platform: {
      storage: { type: 's3', s3: { ...s3Of(name), ...config.s3 } },
      compute: { spark: { jars: servers.spark().jars, driver_memory: '2gb', ...config.spark } },
    },
    architecture: {
      ...architecture(config),
      catalog: { type: 'rest', uri: servers.catalog(), ...config.catalog },
      query_engine: { type: 'trino', url: servers.trino(), catalog: 'lakehouse', ...config.query },
      tables: {
        silver: `${name}_silver.customer`,
        gold: `${name}_gold.dashboard`,
        ...config.tables,
      },
    },
  } as LakebenchConfigInput
}

function architecture({ pipeline, datagen, tables }: SparkRunConfig) {
  return {
    pipeline: { ...pipeline },
    workload: { datagen: { ...SMALL, ...datagen } },
    benchmark: BRIEF,
    ...(tables && { tables }),
  }
}

export const s3Of = (name: string) => ({
  ...servers.s3(),
  create_buckets: true,
  buckets: { bronze: `${name}-bronze`, silver: `${name}-silver`, gold: `${name}-gold` },
})

/** A store over the buckets of `overServers`. */
export const storeOf = (name: string) =>
  openS3Store({ prefix: '', endpoint_in_cluster: '', ca_cert: '', verify_ssl: true, ...s3Of(name) })

/** The raw files of a run on servers, on a disk and without their manifest: what others put there. */
export async function copyRaw(name: string, storage: string): Promise<void> {
  const store = await storeOf(name)
  mkdirSync(join(storage, RAW_PREFIX), { recursive: true })
  for (const { key } of await store.list(RAW_PREFIX)) {
    if (key.endsWith('.parquet')) writeFileSync(join(storage, key), (await store.get(key))!)
  }
  store.close()
}

export const fingerprints = (run: RunResult): Record<string, string | null> =>
  Object.fromEntries([
    ...run.metrics.jobs
      .filter(j => j.output_fingerprint)
      .map(j => [j.job_name, j.output_fingerprint]),
    ...(run.metrics.benchmark?.queries.map(q => [q.name, q.fingerprint]) ?? []),
  ])
