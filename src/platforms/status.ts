import { access, constants, mkdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { type LakebenchConfigInput, loadConfig } from '../config/load'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError, shortMessage } from '../contracts/errors'
import type { PartStatus } from '../contracts/ports'
import { redactDocument, redactorOf, secretVariables } from '../shared/redaction'
import { checkCatalog } from './catalog-check'
import { loadPlatform } from './platform-of'
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
  const { catalog, query_engine } = resolved.architecture
  const { computeStatus } = await loadPlatform(resolved)
  const parts = await Promise.all([
    storeStatus(resolved),
    ...(computeStatus ? [checkCatalog(catalog), computeStatus(resolved)] : []),
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
