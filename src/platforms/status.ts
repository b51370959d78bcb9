import { access, constants, mkdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { type LakebenchConfigInput, loadConfig } from '../config/load'
import { platformOf, type ResolvedConfig } from '../config/schema'
import { PrerequisiteError, shortMessage } from '../contracts/errors'
import { redactDocument, redactorOf, secretVariables } from '../contracts/secrets'
import type { PartStatus } from '../contracts/status'
import { never } from '../shared/abort'
import { localRoot } from './storage-place'

/**
 * The health of every part that a config names: store, catalog, query engine and, where Spark does the work, Spark or its cluster.
 * Nothing is started or changed but a scratch object in an S3 store.
 *
 * @throws ConfigError for a config that cannot be used; parts that are not well are part of the answer
 */
export async function status(
  config?: LakebenchConfigInput | string,
): Promise<readonly PartStatus[]> {
  const resolved = await loadConfig(config)
  const { query_engine } = resolved.architecture
  const parts = await Promise.all([
    storeStatus(resolved),
    ...(platformOf(resolved) !== 'embedded'
      ? [catalogStatus(resolved), sparkStatus(resolved)]
      : []),
    ...(query_engine.type === 'none' ? [] : [queryStatus(resolved)]),
  ])
  return redactDocument(parts, redactorOf(resolved, secretVariables(process.env)))
}

async function storeStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { storage } = config.platform
  if (storage.type === 's3') {
    const { checkS3 } = await import('../storage/s3/check')
    return checkS3(storage.s3)
  }
  const base = { part: 'store', address: storage.path, version: null }
  const started = performance.now()
  try {
    const root = localRoot(config)
    await mkdir(root, { recursive: true })
    await access(root, constants.R_OK | constants.W_OK)
    await seeRawData(config, root)
    return {
      ...base,
      address: root,
      healthy: true,
      latency_ms: performance.now() - started,
      details: ['local folder'],
    }
  } catch (error) {
    const remedy =
      error instanceof PrerequisiteError ? '' : '. Correct platform.storage.path, or its rights.'
    const details = [shortMessage(error) + remedy]
    return { ...base, healthy: false, latency_ms: null, details }
  }
}

/** @throws PrerequisiteError where a manifest cannot be used, or a link leads nowhere */
async function seeRawData(config: ResolvedConfig, root: string): Promise<void> {
  const [{ rawDataOf }, { localStore }] = await Promise.all([
    import('./raw-data'),
    import('../storage/local-store'),
  ])
  await rawDataOf(config, localStore(root)).list()
}

async function catalogStatus({ architecture }: ResolvedConfig): Promise<PartStatus> {
  const { checkCatalog } = await import('./catalog-check')
  return checkCatalog(architecture.catalog)
}

async function queryStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { checkQueryEngine } = await import('./query-session')
  const server = await checkQueryEngine(config)
  if (server) return server
  const { duckDbVersion } = await import('../engines/duckdb/session')
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

async function sparkStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { platform } = config
  if (platformOf(config) === 'kubernetes') return clusterStatus(config)
  const { home } = platform.compute.spark
  const part = 'spark'
  try {
    const { findInstallation } = await import('../engines/spark/local-spark')
    const wanted = { ...platform.compute.spark, s3: platform.storage.type === 's3' }
    const { spark, jars } = await findInstallation(wanted, never())
    const details = [
      `Java ${spark.java.version}, Scala ${spark.scala}`,
      ...jars.map(p => p.split('/').at(-1)!),
    ]
    return {
      part,
      address: spark.home,
      healthy: true,
      version: spark.version,
      latency_ms: null,
      details,
    }
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

async function clusterStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { kubernetes } = config.platform
  try {
    const [{ connect }, { checkCluster }] = await Promise.all([
      import('../kubernetes/connect'),
      import('../kubernetes/check-cluster'),
    ])
    const cluster = await checkCluster(await connect(kubernetes), kubernetes)
    return kubernetes.submit === 'spark-submit' ? await withSubmit(cluster, config) : cluster
  } catch (error) {
    const address = kubernetes.context || 'the current context'
    const details = [shortMessage(error)]
    return { part: 'kubernetes', address, healthy: false, version: null, latency_ms: null, details }
  }
}

/** Where no operator submits, a Spark of this machine is part of what has to be there. */
async function withSubmit(cluster: PartStatus, { platform }: ResolvedConfig): Promise<PartStatus> {
  const { findSpark } = await import('../engines/spark/submit/find-spark')
  try {
    const { home, version } = await findSpark({
      home: platform.compute.spark.home,
      env: process.env,
    })
    const submit = `Jobs are submitted by the spark-submit of Spark ${version} in ${home}.`
    return cluster.healthy ? { ...cluster, details: [...cluster.details, submit] } : cluster
  } catch (error) {
    const known = cluster.healthy ? [] : cluster.details
    return { ...cluster, healthy: false, details: [...known, shortMessage(error)] }
  }
}
