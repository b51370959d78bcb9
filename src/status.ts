import { access, constants, mkdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { type LakebenchConfigInput, loadConfig } from './config/load'
import type { ResolvedConfig } from './contracts/config'
import { shortMessage } from './contracts/errors'
import type { PartStatus } from './contracts/status'
import { localRoot } from './run-support'

/**
 * The health of every part that a config names: store, catalog, query engine and, where Spark does the work, Spark. Nothing is
 * started or changed but a scratch object in an S3 store.
 *
 * @throws ConfigError for a config that cannot be used; parts that are not well are part of the answer
 */
export async function status(config?: LakebenchConfigInput | string): Promise<readonly PartStatus[]> {
  const resolved = await loadConfig(config)
  const { pipeline_engine, query_engine } = resolved.architecture
  return Promise.all([
    storeStatus(resolved),
    ...(pipeline_engine === 'spark' ? [catalogStatus(resolved), sparkStatus(resolved)] : []),
    ...(query_engine.type === 'none' ? [] : [queryStatus(resolved)]),
  ])
}

async function storeStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { storage } = config.platform
  if (storage.type === 's3') {
    const { checkS3 } = await import('./lakehouse/s3/check')
    return checkS3(storage.s3)
  }
  const base = { part: 'store', address: storage.path, version: null }
  const started = performance.now()
  try {
    const root = localRoot(config)
    await mkdir(root, { recursive: true })
    await access(root, constants.R_OK | constants.W_OK)
    return { ...base, address: root, healthy: true, latency_ms: performance.now() - started, details: ['local folder'] }
  } catch (error) {
    const details = [`${shortMessage(error)}. Correct platform.storage.path, or its rights.`]
    return { ...base, healthy: false, latency_ms: null, details }
  }
}

async function catalogStatus({ architecture }: ResolvedConfig): Promise<PartStatus> {
  const { checkCatalog } = await import('./lakehouse/catalog-check')
  return checkCatalog(architecture.catalog)
}

async function queryStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { checkQueryEngine } = await import('./query-session')
  const server = await checkQueryEngine(config)
  if (server) return server
  const { duckDbVersion } = await import('./engines/duckdb/session')
  const version = await duckDbVersion()
  return {
    part: 'query engine',
    address: 'in this process',
    healthy: true,
    version,
    latency_ms: null,
    details: ['duckdb'],
  }
}

async function sparkStatus({ platform }: ResolvedConfig): Promise<PartStatus> {
  const part = 'spark'
  const { home, jars, packages, runner } = platform.compute.spark
  if (runner !== 'local') {
    const details = ['This version runs Spark on this machine only; set platform.compute.spark.runner: local.']
    return { part, address: runner, healthy: false, version: null, latency_ms: null, details }
  }
  try {
    const { findSpark } = await import('./engines/spark/submit/find-spark')
    const { sparkJars } = await import('./engines/spark/submit/jars')
    const spark = await findSpark({ home, env: process.env })
    const s3 = platform.storage.type === 's3'
    const { signal } = new AbortController()
    const found = await sparkJars({ jars, packages, spark, s3, signal, env: process.env })
    const details = [`Java ${spark.java.version}, Scala ${spark.scala}`, ...found.map(p => p.split('/').at(-1)!)]
    return { part, address: spark.home, healthy: true, version: spark.version, latency_ms: null, details }
  } catch (error) {
    return {
      part,
      address: home || 'this machine',
      healthy: false,
      version: null,
      latency_ms: null,
      details: [shortMessage(error)],
    }
  }
}
